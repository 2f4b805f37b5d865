import type { Item } from './input.ts';
import type { LineMessage } from './line-message.ts';
import type { Place } from './lines-not-stored.ts';

export type MessageItem = Extract<Item, { type: 'message' | 'made-up' }>;

/** What is kept of a message besides its number. */
interface Kept {
  /** For `--failed`. */
  readonly lines: boolean;
  /** For receipts. */
  readonly keys: boolean;
}

/**
 * Messages that are handed to the producer together: lines of one source, or made-up ones. In columns, because an object for
 * each would be a third of what they take while they are on their way. It does not hold the items: the bytes of a line keep
 * the whole chunk in memory.
 */
export class SentGroup {
  /** When it was accepted. */
  at = 0;
  /** Undefined: its messages are made up. */
  readonly #source: string | undefined;
  readonly #numbers: readonly number[];
  /** Undefined: it is settled. */
  readonly #bytes: (number | undefined)[];
  readonly #lines: readonly (Uint8Array | undefined)[] | undefined;
  readonly #keys: readonly LineMessage['key'][] | undefined;
  #unsettled: number;

  constructor(items: readonly MessageItem[], kept: Kept) {
    const [first] = items;
    this.#source = first?.type === 'message' ? first.place.source : undefined;
    this.#numbers = items.map((item) => (item.type === 'message' ? item.place.line : 0));
    this.#bytes = items.map(({ message }) => bytesOf(message));
    this.#lines = kept.lines
      ? items.map((item) => (item.type === 'message' ? Buffer.from(item.line) : undefined))
      : undefined;
    this.#keys = kept.keys ? items.map(({ message }) => message.key) : undefined;
    this.#unsettled = items.length;
  }

  get unsettled(): number {
    return this.#unsettled;
  }

  /** Of the messages that are not settled: keys and values. */
  get unsettledBytes(): number {
    return this.#bytes.reduce<number>((sum, bytes = 0) => sum + bytes, 0);
  }

  unsettledIndexes(): number[] {
    return [...this.#bytes.keys()].filter((index) => this.#bytes[index] !== undefined);
  }

  /** Gives the bytes of the message; undefined when it is settled already. */
  settle(index: number): number | undefined {
    const bytes = this.#bytes[index];
    if (bytes === undefined) return undefined;
    this.#bytes[index] = undefined;
    this.#unsettled--;
    return bytes;
  }

  /** Undefined: it is made up. */
  placeOf(index: number): Place | undefined {
    const line = this.#numbers[index];
    return this.#source === undefined || line === undefined ? undefined : { source: this.#source, line };
  }

  lineOf(index: number): Uint8Array | undefined {
    return this.#lines?.[index];
  }

  keyOf(index: number): LineMessage['key'] {
    return this.#keys?.[index] ?? null;
  }
}

export function bytesOf({ key, value }: LineMessage): number {
  return sizeOf(value) + (key === null ? 0 : sizeOf(key));
}

function sizeOf(part: string | Uint8Array): number {
  return typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength;
}
