/** 32-bit words of a hash. */
export const HASH_WORDS = 4;

/**
 * The hashes of the latest texts, up to a number that is fixed at the start; then each new one replaces the oldest. Ring and
 * index are typed arrays: 24 bytes for each text at the most, whatever its length. A text is taken for another one with a
 * probability of 2^-128 for each pair.
 */
export class RecentHashes {
  readonly capacity: number;
  /** The hashes, in the order of `add`. */
  readonly #ring: Uint32Array;
  /** Open addressing with linear probing: a place in the ring, plus one; 0 where free. */
  readonly #index: Int32Array;
  readonly #mask: number;
  /** Of the text that was asked for last: it is mostly asked for again, or added. */
  readonly #hash = new Uint32Array(HASH_WORDS);
  #text: string | undefined;
  #next = 0;
  #size = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#ring = new Uint32Array(capacity * HASH_WORDS);
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 2)));
    this.#mask = this.#index.length - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Memory of the arrays, in bytes. */
  get bytes(): number {
    return this.#ring.byteLength + this.#index.byteLength;
  }

  has(text: string): boolean {
    return this.placeOf(text) !== undefined;
  }

  /** Gives the place of the text in the ring: it stays the same until another text replaces it. */
  add(text: string): number {
    return this.#add(this.#hashOf(text), 0);
  }

  /** The same for a hash that `hashInto` made. */
  addHash(words: Uint32Array, at: number): number {
    return this.#add(words, at);
  }

  /** Undefined when it is not among the latest. */
  placeOf(text: string): number | undefined {
    return this.placeOfHash(this.#hashOf(text), 0);
  }

  /** The same for a hash that `hashInto` made. */
  placeOfHash(words: Uint32Array, at: number): number | undefined {
    const place = this.#index[this.#slotOf(words, at)]! - 1;
    return place === -1 ? undefined : place;
  }

  /** All hashes, the oldest first. */
  hashes(): Uint32Array {
    const all = new Uint32Array(this.#size * HASH_WORDS);
    // While it is not full, nothing stands behind the latest.
    const split = this.#next * HASH_WORDS;
    const oldest = this.#ring.subarray(split, this.#size * HASH_WORDS);
    all.set(oldest);
    all.set(this.#ring.subarray(0, split), oldest.length);
    return all;
  }

  #hashOf(text: string): Uint32Array {
    if (text !== this.#text) {
      hashInto(this.#hash, 0, text);
      this.#text = text;
    }
    return this.#hash;
  }

  #add(words: Uint32Array, at: number): number {
    const slot = this.#slotOf(words, at);
    if (this.#index[slot] !== 0) return this.#index[slot]! - 1;
    const place = this.#next;
    if (this.#size === this.capacity) this.#remove(this.#slotOf(this.#ring, place * HASH_WORDS));
    else this.#size += 1;
    this.#ring.set(words.subarray(at, at + HASH_WORDS), place * HASH_WORDS);
    this.#index[this.#slotOf(words, at)] = place + 1;
    this.#next = place + 1 === this.capacity ? 0 : place + 1;
    return place;
  }

  /** The slot of the hash, or the free one where it would stand. */
  #slotOf(words: Uint32Array, at: number): number {
    let slot = words[at]! & this.#mask;
    for (;;) {
      const place = this.#index[slot]!;
      if (place === 0 || this.#isAt((place - 1) * HASH_WORDS, words, at)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #isAt(from: number, words: Uint32Array, at: number): boolean {
    const ring = this.#ring;
    return (
      ring[from] === words[at] &&
      ring[from + 1] === words[at + 1] &&
      ring[from + 2] === words[at + 2] &&
      ring[from + 3] === words[at + 3]
    );
  }

  /** Moves those behind it up: a free slot between a hash and its first slot would hide it. */
  #remove(slot: number): void {
    const index = this.#index;
    let free = slot;
    for (let next = (slot + 1) & this.#mask; index[next] !== 0; next = (next + 1) & this.#mask) {
      const first = this.#ring[(index[next]! - 1) * HASH_WORDS]! & this.#mask;
      if (((next - first) & this.#mask) < ((next - free) & this.#mask)) continue;
      index[free] = index[next]!;
      free = next;
    }
    index[free] = 0;
  }
}

const NO_SEED = new Uint32Array(HASH_WORDS);

/**
 * Writes the hash of a text: MurmurHash3 x86 128 of its UTF-16 code units, two to a word. `seed`: the hash of what comes
 * before the text, so that it need not be put together.
 */
export function hashInto(words: Uint32Array, at: number, text: string, seed = NO_SEED): void {
  let [h1, h2, h3, h4] = [seed[0]! | 0, seed[1]! | 0, seed[2]! | 0, seed[3]! | 0];
  const { length } = text;
  for (let from = 0; from < length; from += 8) {
    h1 = add(rotate(h1 ^ scramble(pair(text, from), 0x239b961b, 15, 0xab0e9789), 19), h2, 0x561ccd1b);
    h2 = add(rotate(h2 ^ scramble(pair(text, from + 2), 0xab0e9789, 16, 0x38b34ae5), 17), h3, 0x0bcaa747);
    h3 = add(rotate(h3 ^ scramble(pair(text, from + 4), 0x38b34ae5, 17, 0xa1e38b93), 15), h4, 0x96cd1c35);
    h4 = add(rotate(h4 ^ scramble(pair(text, from + 6), 0xa1e38b93, 18, 0x239b961b), 13), h1, 0x32ac3b17);
  }
  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = mix((h2 + h1) | 0);
  h3 = mix((h3 + h1) | 0);
  h4 = mix((h4 + h1) | 0);
  h1 = (mix(h1) + h2 + h3 + h4) | 0;
  words[at] = h1;
  words[at + 1] = h2 + h1;
  words[at + 2] = h3 + h1;
  words[at + 3] = h4 + h1;
}

/** Two code units; 0 behind the end: the length is a part of the hash. */
function pair(text: string, at: number): number {
  const low = at < text.length ? text.charCodeAt(at) : 0;
  return at + 1 < text.length ? low | (text.charCodeAt(at + 1) << 16) : low;
}

function scramble(word: number, before: number, bits: number, after: number): number {
  return Math.imul(rotate(Math.imul(word, before), bits), after);
}

function add(word: number, other: number, constant: number): number {
  return (Math.imul(word + other, 5) + constant) | 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
