import type { Message, Work } from '../bench/work.ts';

/** The number of a message, at the start of its value. */
const NUMBER_BYTES = 6;

/** Messages that can be told apart: number n, from 0 on, has the key n modulo the number of keys. */
export function numberedSource({ size, keys }: Pick<Work, 'size' | 'keys'>): () => Message {
  let n = 0;
  return () => {
    const value = Buffer.alloc(size, 'x');
    value.writeUIntBE(n, 0, NUMBER_BYTES);
    return { key: `key-${n++ % keys}`, value };
  };
}

/** Whether a stream holds each message of a `numberedSource` once, and those of each key in order. */
export class StoredInOrder {
  readonly #messages: number;
  readonly #keys: number;
  /** By the key: the number that comes next. */
  readonly #next: number[];
  #misplaced = 0;

  constructor(messages: number, { keys }: Pick<Work, 'keys'>) {
    this.#messages = messages;
    this.#keys = keys;
    this.#next = Array.from({ length: keys }, (_, key) => key);
  }

  /** Messages of one partition, in order of their offsets. */
  take({ key, value }: Message): void {
    const n = value.readUIntBE(0, NUMBER_BYTES);
    const index = n % this.#keys;
    const isNext = key === `key-${index}` && n === this.#next[index] && n < this.#messages;
    if (!isNext) this.#misplaced++;
    this.#next[index] = n + this.#keys;
  }

  /** Messages that do not follow the one before them of their key, and keys of which the last ones are missing. */
  get misplaced(): number {
    const unfinished = this.#next.filter((next) => next < this.#messages).length;
    return this.#misplaced + unfinished;
  }
}
