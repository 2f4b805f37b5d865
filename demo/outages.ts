import { PRIMARY, SECONDARY } from './demo-regions.ts';

/** One way in which São Paulo fails. */
export interface Outage {
  /** The predicate of the sentence `São Paulo …`. */
  readonly words: string;
  /** The emulator's fault rule for the whole region. */
  readonly everything: Readonly<Record<string, unknown>>;
  /** The same for reads alone. It comes first, so that some stored messages stay unread. */
  readonly reading: Readonly<Record<string, unknown>>;
  /** Vinhedo fails in the same way at the same time. */
  readonly both?: boolean;
}

/** One row for each `--outage`. */
export const OUTAGES = {
  '500': {
    words: 'answers 500 to every call',
    everything: { status: 500 },
    reading: { status: 500, operation: 'GetMessages' },
  },
  '429': {
    words: 'answers 429 (too many requests) to every call',
    everything: { status: 429 },
    reading: { status: 429, operation: 'GetMessages' },
  },
  hang: {
    words: 'takes every call and never answers',
    everything: { hang: true },
    reading: { hang: true, operation: 'GetMessages' },
  },
  refused: {
    words: 'refuses every connection',
    everything: { refuse: true },
    reading: { reset: 'before', operation: 'GetMessages' },
  },
  both: {
    words: 'and Vinhedo answer 503 to every call',
    everything: { status: 503 },
    reading: { status: 503, operation: 'GetMessages' },
    both: true,
  },
} as const satisfies Record<string, Outage>;

export type OutageName = keyof typeof OUTAGES;

/** The cues of the emulator's scenario. The demo gives them when its own conditions are met, not after a fixed time. */
export const CUES = Object.freeze({ readersFail: 'readers-fail', allFails: 'all-fails', heals: 'heals' });

/** The emulator's scenario: São Paulo fails for reads, then for all calls, and then recovers. */
export function scenarioOf({ reading, everything, words, both = false }: Outage) {
  const { region, city } = PRIMARY;
  const other = SECONDARY.region;
  const ofTheOther = [
    { cue: CUES.allFails, region: other, faults: everything, say: `${SECONDARY.city} fails too` },
    { cue: CUES.heals, region: other, faults: [], say: `${SECONDARY.city} is well again` },
  ];
  return {
    seed: 1,
    steps: [
      { cue: CUES.readersFail, region, faults: reading, say: `${city} fails for reads` },
      { cue: CUES.allFails, region, faults: everything, say: `${city} ${words}` },
      { cue: CUES.heals, region, faults: [], say: `${city} is well again` },
      ...(both ? ofTheOther : []),
    ],
  };
}
