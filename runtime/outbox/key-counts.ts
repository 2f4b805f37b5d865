import type { KeyPage } from './outbox-store.ts';

/** A power of two. Two keys with one counter only make a message wait behind another's. */
const COUNTERS = 65_536;

/**
 * Which keys have messages on disk that are in no lane: a later message of such a key must wait behind them. Bounded: keys
 * are counted by their hash. What the store held at the start is counted in the background; until then every key may have some.
 */
export class KeyCounts {
  readonly #counts = new Uint32Array(COUNTERS);
  /** The messages found at the start are those up to this sequence. */
  readonly #foundUpTo: number;
  /** Found messages up to here are counted. */
  #countedUpTo = 0;
  /** Found messages up to here were handed to lanes in the order of their sequence. */
  #handedUpTo = 0;
  #isComplete: boolean;

  constructor(found: { readonly messages: number; readonly lastSequence: number }) {
    this.#foundUpTo = found.lastSequence;
    // A damaged file that is being recovered counts no messages yet.
    this.#isComplete = found.lastSequence === 0;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  mayWait(hash: number): boolean {
    return !this.#isComplete || this.#at(hash) > 0;
  }

  /** A message waits on disk, or is being written. */
  add(hash: number): void {
    this.#counts[hash % COUNTERS] = this.#at(hash) + 1;
  }

  /** It was handed to a lane. */
  handed(hash: number, sequence: number): void {
    const isUncounted = !this.#isComplete && sequence <= this.#foundUpTo && sequence > this.#countedUpTo;
    if (sequence <= this.#foundUpTo) this.#handedUpTo = Math.max(this.#handedUpTo, sequence);
    if (!isUncounted) this.#counts[hash % COUNTERS] = Math.max(0, this.#at(hash) - 1);
  }

  /** Takes in a page of the store. Gives where the next one begins; undefined: all is counted. */
  count({ sequences, hashes, after }: KeyPage): number | undefined {
    // Read before the disk failed.
    if (this.#isComplete) return undefined;
    sequences.forEach((sequence, index) => {
      if (sequence > this.#foundUpTo || sequence <= this.#handedUpTo) return;
      this.add(hashes[index] ?? 0);
    });
    this.#countedUpTo = after ?? Infinity;
    const isOver = after === undefined || after >= this.#foundUpTo;
    if (isOver) this.#isComplete = true;
    return isOver ? undefined : after;
  }

  /** Nothing waits on disk. */
  clear(): void {
    this.#counts.fill(0);
    this.#isComplete = true;
  }

  #at(hash: number): number {
    return this.#counts[hash % COUNTERS] ?? 0;
  }
}
