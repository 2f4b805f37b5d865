export type Piece =
  /** A whole line, without what ends it. */
  | { readonly type: 'line'; readonly number: number; readonly bytes: Uint8Array }
  /** A line has passed the limit. `bytes`: its beginning; the rest follows. */
  | { readonly type: 'too-long'; readonly number: number; readonly bytes: Uint8Array }
  | { readonly type: 'rest'; readonly number: number; readonly bytes: Uint8Array; readonly isLast: boolean };

export interface SplitterOptions {
  /** What ends a line; at least one byte. */
  readonly delimiter: Uint8Array;
  /** Bytes of a line, at most. */
  readonly maxLineBytes: number;
}

/**
 * Cuts chunks of bytes into lines and changes no byte. It holds at most one line of `maxLineBytes`: it gives a longer line
 * in parts, as they come. `push` a chunk, then take `next` until it gives nothing.
 */
export class LineSplitter {
  readonly #delimiter: Buffer;
  readonly #maxLineBytes: number;
  #input: Buffer = Buffer.alloc(0);
  /** Where the rest of `#input` begins. */
  #at = 0;
  #isEnded = false;
  /** The parts of a line that began in earlier chunks. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isTooLong = false;
  #number = 1;

  constructor({ delimiter, maxLineBytes }: SplitterOptions) {
    if (delimiter.byteLength === 0) throw new RangeError('a delimiter has at least one byte');
    this.#delimiter = Buffer.from(delimiter);
    this.#maxLineBytes = maxLineBytes;
  }

  /** The number of the line that is not complete yet, from 1. */
  get number(): number {
    return this.#number;
  }

  push(chunk: Uint8Array): void {
    const rest = this.#input.subarray(this.#at);
    this.#input = rest.byteLength === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    this.#at = 0;
  }

  /** No more chunks come: this ends the last line too, unless it is empty. */
  end(): void {
    this.#isEnded = true;
  }

  /** Undefined: it needs another chunk, or everything is given. */
  next(): Piece | undefined {
    const end = this.#input.indexOf(this.#delimiter, this.#at);
    return end === -1 ? this.#part() : this.#upTo(end);
  }

  /** The line that ends at `end`, or the last part of it. */
  #upTo(end: number): Piece {
    const bytes = this.#input.subarray(this.#at, end);
    if (!this.#isTooLong && this.#heldBytes + bytes.byteLength > this.#maxLineBytes) {
      // What ends the line is found again, and gives the last part, which is empty.
      this.#at = end;
      return this.#tooLong(bytes);
    }
    this.#at = end + this.#delimiter.byteLength;
    return this.#finish(bytes);
  }

  /** What there is of a line that is not complete. */
  #part(): Piece | undefined {
    // The last bytes can be the beginning of a delimiter.
    const kept = this.#isEnded ? 0 : this.#delimiter.byteLength - 1;
    const end = Math.max(this.#at, this.#input.byteLength - kept);
    const bytes = this.#input.subarray(this.#at, end);
    this.#at = end;
    if (bytes.byteLength > 0) {
      if (this.#isTooLong) return { type: 'rest', number: this.#number, bytes, isLast: false };
      if (this.#heldBytes + bytes.byteLength > this.#maxLineBytes) return this.#tooLong(bytes);
      this.#held.push(bytes);
      this.#heldBytes += bytes.byteLength;
    }
    return this.#isEnded && (this.#heldBytes > 0 || this.#isTooLong) ? this.#finish() : undefined;
  }

  #tooLong(last: Buffer): Piece {
    this.#isTooLong = true;
    return { type: 'too-long', number: this.#number, bytes: this.#release(last) };
  }

  #finish(last: Buffer = Buffer.alloc(0)): Piece {
    const number = this.#number++;
    if (this.#isTooLong) {
      this.#isTooLong = false;
      return { type: 'rest', number, bytes: last, isLast: true };
    }
    return { type: 'line', number, bytes: this.#release(last) };
  }

  #release(last: Buffer): Buffer {
    if (this.#held.length === 0) return last;
    const line = Buffer.concat([...this.#held, last]);
    this.#held = [];
    this.#heldBytes = 0;
    return line;
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
