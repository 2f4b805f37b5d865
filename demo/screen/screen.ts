import { clearScreenDown, moveCursor } from 'node:readline';
import { styleText } from 'node:util';

import { shortened } from './text-layout.ts';

type Style = 'none' | 'dim' | 'bold' | 'green' | 'red' | 'yellow' | 'cyan' | 'magenta';
export type Look = Style | readonly Style[];

/** One line of the status, in one look. */
export interface StatusLine {
  readonly text: string;
  readonly look: Style;
}

const REDRAW_MS = 150;
/** Of a terminal that does not tell how wide it is. */
const USUAL_COLUMNS = 80;
const BLANK: StatusLine = { text: '', look: 'none' };

/**
 * A stream that is printed to. Where it is a terminal, a few lines of status stand below what was printed last, and are
 * drawn again and again; nothing else is ever moved.
 */
export class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #isLive: boolean;
  #status: (() => readonly StatusLine[]) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream, environment: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.#isLive = stream.isTTY && environment['TERM'] !== 'dumb';
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY;
  }

  /** A pipe has no end on the right. */
  get columns(): number {
    return this.isTerminal ? this.#stream.columns || USUAL_COLUMNS : Infinity;
  }

  /** In this look, where there are colours (NO_COLOR, FORCE_COLOR). */
  paint(look: Look, text: string): string {
    return styleText([look].flat(), text, { stream: this.#stream });
  }

  print(text = ''): void {
    this.#write(`${text}\n`);
  }

  /** Shows this status, until another one or `rest`. */
  watch(status: () => readonly StatusLine[]): void {
    if (!this.#isLive) return;
    this.#status = status;
    this.#timer ??= setInterval(() => this.#write(''), REDRAW_MS);
  }

  /** No status any more. */
  rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#status = undefined;
    this.#write('');
  }

  /** Above the status, which is drawn again below. */
  #write(text: string): void {
    this.#stream.cork();
    if (this.#drawn > 0) {
      moveCursor(this.#stream, 0, -this.#drawn);
      clearScreenDown(this.#stream);
    }
    const lines = this.#status === undefined ? [] : [BLANK, ...this.#status()];
    // One column is left free: a full line would wrap, and could not be erased by counting lines.
    const status = lines.map(({ text, look }) => this.paint(look, shortened(text, this.columns - 1)));
    this.#stream.write(text + status.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
    this.#stream.uncork();
  }
}
