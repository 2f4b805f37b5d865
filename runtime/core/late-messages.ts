import { HASH_WORDS, hashInto, RecentHashes } from './recent-hashes.ts';

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
  readonly #hash = new Uint32Array(HASH_WORDS);
  /** The producer of the last message, and its hash. */
  #producer: string | undefined;
  readonly #producerHash = new Uint32Array(HASH_WORDS);

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
    if (producer !== this.#producer) {
      hashInto(this.#producerHash, 0, producer);
      this.#producer = producer;
    }
    const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
    hashInto(this.#hash, 0, text, this.#producerHash);
    const known = this.#keys.placeOfHash(this.#hash, 0);
    const place = known ?? this.#keys.addHash(this.#hash, 0);
    const highest = known === undefined ? 0 : this.#highest[place]!;
    this.#highest[place] = Math.max(highest, sequence);
    return sequence < highest;
  }
}
