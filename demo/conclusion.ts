import type { Report } from './demo.ts';
import { type Outage, type OutageName, OUTAGES } from './outages.ts';
import { PRIMARY, SECONDARY } from './demo-regions.ts';
import type { TableRow } from './results/results-table.ts';
import { isComplete } from './results/results.ts';
import type { Styles, Screen } from './screen/screen.ts';
import { beside } from './screen/text-layout.ts';

/** Whether every step happened and no message is missing. */
export function succeeded({ outcomes, results }: Report): boolean {
  return outcomes.every(({ happened }) => happened) && results !== undefined && isComplete(results);
}

/** The result in one sentence. */
export function headlineOf({ outcomes, results }: Report, { both = false }: Outage): string {
  const missed = outcomes.find(({ happened }) => !happened);
  if (missed !== undefined) return `The story ended at "${missed.title}": that step did not happen.`;
  if (results === undefined) return 'No results: the emulator did not answer what it stored.';
  if (!isComplete(results)) return `Of ${results.sent} payments some are missing.`;
  const lost = both ? `${PRIMARY.city} and ${SECONDARY.city} were` : `${PRIMARY.city} was`;
  return `${lost} lost and came back. Of ${results.sent} payments not one was lost.`;
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

interface Suggestion {
  readonly command: string;
  readonly shows: string;
}

const STYLES: Readonly<Record<TableRow['mark'], Styles>> = {
  good: ['green', 'bold'],
  bad: ['red', 'bold'],
  plain: 'none',
};

interface Closing {
  readonly headline: string;
  readonly ok: boolean;
  readonly rows: readonly TableRow[];
  readonly suggestions: readonly Suggestion[];
}

/** Prints the headline, the table of results, and what to try next. */
export function printConclusion(screen: Screen, { headline, ok, rows, suggestions }: Closing): void {
  screen.print();
  screen.print(screen.paint(STYLES[ok ? 'good' : 'bad'], headline));
  screen.print();
  const labels = Math.max(...rows.map(({ label }) => label.length));
  const values = Math.max(...rows.map(({ value }) => value.length));
  for (const { label, value, note, mark } of rows) {
    const head = `  ${label.padEnd(labels)}  ${value.padStart(values)}   `;
    screen.print(
      screen.paint(STYLES[mark], head) + screen.paint('dim', beside(head.length, note, screen.columns)),
    );
  }
  screen.print();
  screen.print('Three things to try next:');
  const commands = Math.max(...suggestions.map(({ command }) => command.length));
  for (const { command, shows } of suggestions) {
    const head = `  ${command.padEnd(commands)}   `;
    screen.print(screen.paint('cyan', head) + beside(head.length, shows, screen.columns));
  }
}
