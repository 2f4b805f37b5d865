import type { Outage } from '../outages.ts';
import { PRIMARY } from '../places.ts';

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
