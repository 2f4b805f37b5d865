import { RecentHashes } from './recent-hashes.ts';

/** The key and the place of a message in the order of its producer. */
export interface Sequenced {
  readonly key: Uint8Array | null;
  readonly producer: string;
  readonly sequence: number;
}

/**
 * Finds messages that are read later than a newer one of their key and producer: across a switch of regions that can
 * happen. It remembers a fixed number of keys; one that is not read for longer than that is forgotten.
 */
export class LateMessages {
  readonly #keys: RecentHashes;
  /** The highest sequence of each key, by its place. */
  readonly #highest: Float64Array;

  constructor(capacity: number) {
    this.#keys = new RecentHashes(capacity);
    this.#highest = new Float64Array(capacity);
  }

  /** Memory of the arrays, in bytes. */
  get bytes(): number {
    return this.#keys.bytes + this.#highest.byteLength;
  }

  /** Whether this message is late; from now on, older ones of its key are. Messages without a key have no order. */
  isLate({ key, producer, sequence }: Sequenced): boolean {
    if (key === null) return false;
    // With the length, no two pairs make the same text.
    const name = `${producer.length} ${producer}${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
    const known = this.#keys.placeOf(name);
    const place = known ?? this.#keys.add(name);
    const highest = known === undefined ? 0 : this.#highest[place]!;
    this.#highest[place] = Math.max(highest, sequence);
    return sequence < highest;
  }
}
