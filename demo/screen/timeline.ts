import { clearScreenDown, moveCursor } from 'node:readline';
import { styleText } from 'node:util';

import { shortened, wrapped } from './fit.ts';

/** Who speaks in a line of the timeline; each has a colour on a terminal. */
export type Voice = 'producer' | 'consumer' | 'demo' | 'good' | 'bad';

export interface Line {
  readonly voice: Voice;
  /** What stands before the text: a program's name, or a step's. */
  readonly label: string;
  readonly text: string;
  readonly alarming?: boolean;
}

type Style = 'none' | 'dim' | 'bold' | 'green' | 'red' | 'yellow' | 'cyan' | 'magenta';
export type Look = Style | readonly Style[];

/** One line of the status; its format is of the whole line. */
export interface StatusLine {
  readonly text: string;
  readonly format: 'none' | 'dim' | 'green' | 'red';
}

const COLOURS = { producer: 'cyan', consumer: 'magenta', demo: 'dim', good: 'green', bad: 'red' } as const;
const LABEL_COLUMNS = 11;
const TIME_COLUMNS = 7;
const INDENT = ' '.repeat(TIME_COLUMNS + LABEL_COLUMNS + 3);
const REDRAW_MS = 150;
const NARROWEST_TEXT = 24;

/**
 * What the demo says, line by line. A terminal that can has below them a few lines of status that are drawn again and
 * again; a pipe has none.
 */
export class Timeline {
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = performance.now();
  readonly #isLive: boolean;
  #status: (() => readonly StatusLine[]) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream, environment: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.#isLive = stream.isTTY && environment['TERM'] !== 'dumb';
  }

  /** Shows this status until `rest`. */
  watch(status: () => readonly StatusLine[]): void {
    if (!this.#isLive) return;
    this.#status = status;
    this.#timer = setInterval(() => this.#write(''), REDRAW_MS);
  }

  /** No status any more. */
  rest(): void {
    clearInterval(this.#timer);
    this.#status = undefined;
    this.#write('');
  }

  /** A line with the time since the beginning. */
  tell({ voice, label, text, alarming = false }: Line): void {
    const seconds = `${((performance.now() - this.#startedAt) / 1_000).toFixed(1)} s`;
    const head = `${this.paint('dim', seconds.padStart(TIME_COLUMNS))}  ${this.#labelled(voice, label)} `;
    const colour = alarming ? 'yellow' : voice === 'bad' ? 'red' : 'none';
    const width = Math.max(NARROWEST_TEXT, this.columns - INDENT.length);
    const lines = wrapped(text, width).map((line) => this.paint(colour, line));
    this.print(`${head}${lines.join(`\n${INDENT}`)}`);
  }

  /** What a file or a program says, as it is. */
  quote(heading: string, lines: readonly string[]): void {
    this.print(`${INDENT}${this.paint('dim', `${heading}:`)}`);
    for (const line of lines) this.print(`${INDENT}  ${line}`);
  }

  print(text = ''): void {
    this.#write(`${text}\n`);
  }

  /** In this look, where there are colours. */
  paint(look: Look, text: string): string {
    return styleText([look].flat(), text, { stream: this.#stream });
  }

  /** A pipe has no end on the right. */
  get columns(): number {
    return this.#stream.isTTY ? this.#stream.columns : Infinity;
  }

  #labelled(voice: Voice, label: string): string {
    const isStep = voice === 'good' || voice === 'bad';
    return this.paint(isStep ? [COLOURS[voice], 'bold'] : COLOURS[voice], label.padEnd(LABEL_COLUMNS));
  }

  /** Above the status, which is drawn again below. */
  #write(text: string): void {
    this.#stream.cork();
    if (this.#drawn > 0) {
      moveCursor(this.#stream, 0, -this.#drawn);
      clearScreenDown(this.#stream);
    }
    const status =
      this.#status === undefined ? [] : [{ text: '', format: 'none' } as const, ...this.#status()];
    // One column is left free: a full line would wrap, and could not be erased by counting lines.
    const lines = status.map(({ text, format }) => this.paint(format, shortened(text, this.columns - 1)));
    this.#stream.write(text + lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
    this.#stream.uncork();
  }
}
