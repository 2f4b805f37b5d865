import { PRIMARY } from './regions.ts';

/** A way for São Paulo to fail: every call to it, from one moment to the next. */
export interface Outage {
  /** What a person reads: `São Paulo …`. */
  readonly words: string;
  /** The emulator's fault rule for all of the region. */
  readonly everything: Readonly<Record<string, unknown>>;
  /** The same for its readers alone, who notice first: what is stored after that moment stays behind, unread. */
  readonly reading: Readonly<Record<string, unknown>>;
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
} as const satisfies Record<string, Outage>;

export type OutageName = keyof typeof OUTAGES;

/** Where the story lets the emulator's scenario go on: what has to have happened before is no matter of seconds. */
export const CUES = Object.freeze({ readersFail: 'readers-fail', allFails: 'all-fails', heals: 'heals' });

/** What the emulator is given with `--scenario`: São Paulo fails its readers first, then everybody, and is well again. */
export function scenarioOf({ reading, everything, words }: Outage) {
  const { region, city } = PRIMARY;
  return {
    seed: 1,
    steps: [
      { cue: CUES.readersFail, region, faults: reading, say: `${city} fails those who read` },
      { cue: CUES.allFails, region, faults: everything, say: `${city} ${words}` },
      { cue: CUES.heals, region, faults: [], say: `${city} is well again` },
    ],
  };
}
