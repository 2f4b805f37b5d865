import type { Row } from '../verdict/index.ts';
import { wrapped } from './fit.ts';
import type { Timeline } from './timeline.ts';

/** A command, and what it shows. */
export interface Suggestion {
  readonly command: string;
  readonly shows: string;
}

const COLOURS = { good: ['green', 'bold'], bad: ['red', 'bold'], plain: 'none' } as const;
const NARROWEST_NOTE = 24;

export interface Closing {
  readonly headline: string;
  readonly ok: boolean;
  readonly rows: readonly Row[];
  readonly suggestions: readonly Suggestion[];
}

/** What it all came to, row by row, and what to try next. */
export function close(timeline: Timeline, { headline, ok, rows, suggestions }: Closing): void {
  timeline.print();
  timeline.print(timeline.paint(COLOURS[ok ? 'good' : 'bad'], headline));
  timeline.print();
  const labels = Math.max(...rows.map(({ label }) => label.length));
  const values = Math.max(...rows.map(({ value }) => value.length));
  for (const { label, value, note, mark } of rows) {
    const head = `  ${label.padEnd(labels)}  ${value.padStart(values)}`;
    const indent = `\n${' '.repeat(head.length + 3)}`;
    const notes = wrapped(note, Math.max(NARROWEST_NOTE, timeline.columns - head.length - 3));
    timeline.print(`${timeline.paint(COLOURS[mark], head)}   ${timeline.paint('dim', notes.join(indent))}`);
  }
  timeline.print();
  timeline.print('Three things to try next:');
  const commands = Math.max(...suggestions.map(({ command }) => command.length));
  for (const { command, shows } of suggestions) {
    const indent = `\n${' '.repeat(commands + 5)}`;
    const words = wrapped(shows, Math.max(NARROWEST_NOTE, timeline.columns - commands - 5)).join(indent);
    timeline.print(`  ${timeline.paint('cyan', command.padEnd(commands))}   ${words}`);
  }
}
