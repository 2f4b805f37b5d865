import { clearScreenDown, moveCursor } from 'node:readline';
import { styleText } from 'node:util';

import { shortened } from './text-layout.ts';

type Style = 'none' | 'dim' | 'bold' | 'green' | 'red' | 'yellow' | 'cyan' | 'magenta';
export type Styles = Style | readonly Style[];

export interface StatusLine {
  readonly text: string;
  readonly look: Style;
}

const REDRAW_MS = 150;
/** For a terminal of unknown width. */
const DEFAULT_COLUMNS = 80;
const BLANK: StatusLine = { text: '', look: 'none' };

/**
 * An output stream. On a terminal a few status lines follow the last printed line and are redrawn; printed lines never move.
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

  /** A pipe has no width. */
  get columns(): number {
    return this.isTerminal ? this.#stream.columns || DEFAULT_COLUMNS : Infinity;
  }

  /** Adds colours, if the stream supports them (NO_COLOR, FORCE_COLOR). */
  paint(styles: Styles, text: string): string {
    return styleText([styles].flat(), text, { stream: this.#stream });
  }

  print(text = ''): void {
    this.#write(`${text}\n`);
  }

  /** Shows this status until the next one, or until `clearStatus`. */
  showStatus(status: () => readonly StatusLine[]): void {
    if (!this.#isLive) return;
    this.#status = status;
    this.#timer ??= setInterval(() => this.#write(''), REDRAW_MS);
  }

  clearStatus(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#status = undefined;
    this.#write('');
  }

  /** Writes above the status, and redraws the status. */
  #write(text: string): void {
    this.#stream.cork();
    if (this.#drawn > 0) {
      moveCursor(this.#stream, 0, -this.#drawn);
      clearScreenDown(this.#stream);
    }
    const lines = this.#status === undefined ? [] : [BLANK, ...this.#status()];
    // A line that fills the width would wrap, and then the count of lines to erase would be wrong.
    const status = lines.map(({ text, look }) => this.paint(look, shortened(text, this.columns - 1)));
    this.#stream.write(text + status.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
    this.#stream.uncork();
  }
}
