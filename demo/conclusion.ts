import type { Report } from './demo.ts';
import { OUTAGES, type OutageName } from './outages.ts';
import { PRIMARY } from './places.ts';
import type { Suggestion } from './screen/index.ts';
import { isWhole } from './verdict/index.ts';

/** Whether the story went as it has to: every step happened, and nothing is missing. */
export function succeeded({ outcomes, verdict }: Report): boolean {
  return outcomes.every(({ happened }) => happened) && verdict !== undefined && isWhole(verdict);
}

/** The one sentence that a person in a hurry reads. */
export function headlineOf({ outcomes, verdict }: Report): string {
  const missed = outcomes.find(({ happened }) => !happened);
  if (missed !== undefined) return `The story ended at "${missed.title}": that step did not happen.`;
  if (verdict === undefined) return 'No verdict: the emulator could not be asked what it stored.';
  if (!isWhole(verdict)) return `Not all is well: of ${verdict.sent} payments some are missing.`;
  return `${PRIMARY.city} was lost and came back. Of ${verdict.sent} payments not one was lost.`;
}

export function suggestionsAfter(outage: OutageName): Suggestion[] {
  const others = Object.keys(OUTAGES).filter((name) => name !== outage);
  const next = outage === 'hang' ? '500' : 'hang';
  return [
    {
      command: `npm start -- --outage ${next}`,
      shows: `${PRIMARY.city} ${OUTAGES[next].words} (there are also: ${others.filter((name) => name !== next).join(', ')})`,
    },
    {
      command: 'npm run emulator',
      shows: 'two regions of your own: it prints what to type in other terminals, and how to break them',
    },
    {
      command: 'npm run producer -- --help',
      shows: 'the settings; README.md says how to run it on real OCI',
    },
  ];
}
