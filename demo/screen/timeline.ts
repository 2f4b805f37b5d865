import { beside, withShortOcids } from './text-layout.ts';
import type { Look, Screen } from './screen.ts';

/** Who speaks in a line of the timeline: one of the programs, or the story itself. */
type Voice = 'emulator' | 'producer' | 'consumer' | 'good' | 'bad';

export interface Line {
  readonly voice: Voice;
  /** What stands before the text: a program's name, or a step's. */
  readonly label: string;
  readonly text: string;
  readonly alarming?: boolean;
}

const LOOKS: Readonly<Record<Voice, Look>> = {
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

/** What happens, line by line, each with the time since the beginning. */
export class Timeline {
  readonly screen: Screen;
  readonly #startedAt = performance.now();

  constructor(screen: Screen) {
    this.screen = screen;
  }

  tell({ voice, label, text, alarming = false }: Line): void {
    const { screen } = this;
    const time = `${((performance.now() - this.#startedAt) / 1_000).toFixed(1)} s`.padStart(TIME_COLUMNS);
    const head = `${screen.paint('dim', time)}${GAP}${screen.paint(LOOKS[voice], label.padEnd(LABEL_COLUMNS))}`;
    const words = beside(INDENT, screen.isTerminal ? withShortOcids(text) : text, screen.columns);
    screen.print(`${head} ${screen.paint(alarming ? 'yellow' : 'none', words)}`);
  }

  /** What a file or a program says, as it is. */
  quote(heading: string, lines: readonly string[]): void {
    const { screen } = this;
    screen.print(`${QUOTED}${screen.paint('dim', `${heading}:`)}`);
    for (const line of lines) screen.print(`${QUOTED}  ${line}`);
  }
}
