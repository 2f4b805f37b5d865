import type { Row } from '../verdict/index.ts';
import { beside } from './fit.ts';
import type { Look, Screen } from './screen.ts';

/** A command, and what it shows. */
export interface Suggestion {
  readonly command: string;
  readonly shows: string;
}

const LOOKS: Readonly<Record<Row['mark'], Look>> = {
  good: ['green', 'bold'],
  bad: ['red', 'bold'],
  plain: 'none',
};

export interface Closing {
  readonly headline: string;
  readonly ok: boolean;
  readonly rows: readonly Row[];
  readonly suggestions: readonly Suggestion[];
}

/** What it all came to, row by row, and what to try next. */
export function close(screen: Screen, { headline, ok, rows, suggestions }: Closing): void {
  screen.print();
  screen.print(screen.paint(LOOKS[ok ? 'good' : 'bad'], headline));
  screen.print();
  const labels = Math.max(...rows.map(({ label }) => label.length));
  const values = Math.max(...rows.map(({ value }) => value.length));
  for (const { label, value, note, mark } of rows) {
    const head = `  ${label.padEnd(labels)}  ${value.padStart(values)}   `;
    screen.print(
      screen.paint(LOOKS[mark], head) + screen.paint('dim', beside(head.length, note, screen.columns)),
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
