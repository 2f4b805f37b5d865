export type Piece =
  /** A whole line, without what ends it. */
  | { readonly type: 'line'; readonly number: number; readonly bytes: Uint8Array }
  /** A line has passed the limit. `bytes`: what came of it so far; its `rest` follows. */
  | { readonly type: 'too-long'; readonly number: number; readonly bytes: Uint8Array }
  | { readonly type: 'rest'; readonly number: number; readonly bytes: Uint8Array; readonly isLast: boolean };

export interface SplitterOptions {
  /** What ends a line; at least one byte. */
  readonly delimiter: Uint8Array;
  /** Bytes of a line, at most. */
  readonly maxLineBytes: number;
}

/**
 * Cuts a sequence of chunks into lines, byte by byte as they are. It holds at most one line of `maxLineBytes`, whatever
 * comes: of a longer line it gives the parts as they come.
 */
export class LineSplitter {
  readonly #delimiter: Buffer;
  readonly #maxLineBytes: number;
  /** The parts of the line that is not complete yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The last bytes of the last chunk, which can be the beginning of a delimiter. */
  #tail: Buffer = Buffer.alloc(0);
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

  *push(chunk: Uint8Array): Generator<Piece, void, undefined> {
    const bytes = this.#tail.byteLength === 0 ? asBuffer(chunk) : Buffer.concat([this.#tail, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(this.#delimiter); at !== -1; at = bytes.indexOf(this.#delimiter, from)) {
      yield* this.#take(bytes.subarray(from, at));
      from = at + this.#delimiter.byteLength;
      yield this.#finish();
    }
    const keep = Math.min(bytes.byteLength - from, this.#delimiter.byteLength - 1);
    this.#tail = bytes.subarray(bytes.byteLength - keep);
    yield* this.#take(bytes.subarray(from, bytes.byteLength - keep));
  }

  /** The end of the input ends the last line too, unless there is nothing of it. */
  *end(): Generator<Piece, void, undefined> {
    const tail = this.#tail;
    this.#tail = Buffer.alloc(0);
    yield* this.#take(tail);
    if (this.#heldBytes > 0 || this.#isTooLong) yield this.#finish();
  }

  *#take(bytes: Buffer): Generator<Piece, void, undefined> {
    if (bytes.byteLength === 0) return;
    if (this.#isTooLong) {
      yield { type: 'rest', number: this.#number, bytes, isLast: false };
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.byteLength;
    if (this.#heldBytes <= this.#maxLineBytes) return;
    this.#isTooLong = true;
    yield { type: 'too-long', number: this.#number, bytes: this.#release() };
  }

  #finish(): Piece {
    const number = this.#number++;
    if (this.#isTooLong) {
      this.#isTooLong = false;
      return { type: 'rest', number, bytes: Buffer.alloc(0), isLast: true };
    }
    return { type: 'line', number, bytes: this.#release() };
  }

  #release(): Buffer {
    const [first] = this.#held;
    const line = this.#held.length === 1 && first !== undefined ? first : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return line;
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
