import { beside, withShortOcids } from './text-layout.ts';
import type { Styles, Screen } from './screen.ts';

/** The source of a line: a program, or the result of a step. */
type Source = 'emulator' | 'producer' | 'consumer' | 'good' | 'bad';

export interface TimelineLine {
  readonly source: Source;
  /** The name of the program or step. */
  readonly label: string;
  readonly text: string;
  readonly alarming?: boolean;
}

const STYLES: Readonly<Record<Source, Styles>> = {
  emulator: 'dim',
  producer: 'cyan',
  consumer: 'magenta',
  good: ['green', 'bold'],
  bad: ['red', 'bold'],
};
const TIME_COLUMNS = 7;
const LABEL_COLUMNS = 11;
const GAP = '  ';
const INDENT = TIME_COLUMNS + GAP.length + LABEL_COLUMNS + 1;
const QUOTED = ' '.repeat(TIME_COLUMNS) + GAP;

/** Prints lines with the time since the start. */
export class Timeline {
  readonly screen: Screen;
  readonly #startedAt = performance.now();

  constructor(screen: Screen) {
    this.screen = screen;
  }

  tell({ source, label, text, alarming = false }: TimelineLine): void {
    const { screen } = this;
    const time = `${((performance.now() - this.#startedAt) / 1_000).toFixed(1)} s`.padStart(TIME_COLUMNS);
    const head = `${screen.paint('dim', time)}${GAP}${screen.paint(STYLES[source], label.padEnd(LABEL_COLUMNS))}`;
    const words = beside(INDENT, screen.isTerminal ? withShortOcids(text) : text, screen.columns);
    screen.print(`${head} ${screen.paint(alarming ? 'yellow' : 'none', words)}`);
  }

  /** Prints lines of a file or a program unchanged. */
  quote(heading: string, lines: readonly string[]): void {
    const { screen } = this;
    screen.print(`${QUOTED}${screen.paint('dim', `${heading}:`)}`);
    for (const line of lines) screen.print(`${QUOTED}  ${line}`);
  }
}
