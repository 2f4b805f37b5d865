const CHUNK = 1_024;

interface Chunk {
  readonly number: number;
  readonly bits: Uint32Array;
  count: number;
}

/**
 * Numbers that lie close together and come and go in about their order. A `Set` makes a new table of its whole size for
 * every so many that went.
 */
export class SequenceSet {
  readonly #chunks = new Map<number, Chunk>();
  #latest: Chunk | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(sequence: number): boolean {
    const chunk = this.#chunkOf(sequence);
    return chunk !== undefined && (chunk.bits[wordOf(sequence)]! & bitOf(sequence)) !== 0;
  }

  add(sequence: number): void {
    const chunk = this.#chunkOf(sequence) ?? this.#newChunk(sequence);
    const word = wordOf(sequence);
    if ((chunk.bits[word]! & bitOf(sequence)) !== 0) return;
    chunk.bits[word]! |= bitOf(sequence);
    chunk.count++;
    this.#size++;
  }

  /** False: it was not there. */
  delete(sequence: number): boolean {
    const chunk = this.#chunkOf(sequence);
    const word = wordOf(sequence);
    if (chunk === undefined || (chunk.bits[word]! & bitOf(sequence)) === 0) return false;
    chunk.bits[word]! ^= bitOf(sequence);
    chunk.count--;
    this.#size--;
    if (chunk.count === 0) {
      this.#chunks.delete(chunk.number);
      this.#latest = undefined;
    }
    return true;
  }

  #chunkOf(sequence: number): Chunk | undefined {
    const number = numberOf(sequence);
    if (this.#latest?.number !== number) this.#latest = this.#chunks.get(number);
    return this.#latest;
  }

  #newChunk(sequence: number): Chunk {
    const chunk = { number: numberOf(sequence), bits: new Uint32Array(CHUNK / 32), count: 0 };
    this.#chunks.set(chunk.number, chunk);
    this.#latest = chunk;
    return chunk;
  }
}

/** Of the chunk. Sequences can be larger than 32 bits. */
const numberOf = (sequence: number): number => Math.floor(sequence / CHUNK);
const wordOf = (sequence: number): number => (sequence % CHUNK) >> 5;
const bitOf = (sequence: number): number => 1 << (sequence % 32);
