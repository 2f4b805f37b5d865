import type { StoredMessage } from '../region.ts';
import { ConsumedMessage, type Origin } from './consumed-message.ts';
import type { Deduplicator } from './deduplicator.ts';

/** The messages of one read. They are handled in order; copies of handled messages are passed over. */
export class Batch {
  /** Resolves when every message is handled. */
  readonly finished: Promise<void>;
  readonly #origin: Origin;
  readonly #deduplicator: Deduplicator | undefined;
  readonly #finish: () => void;
  /** The batch of its region that was read before it. */
  #previous: Batch | undefined;
  /** Empty when all are handled: a batch that waits for its commit holds no message. */
  #messages: readonly StoredMessage[];
  #handled = 0;
  /** Opened once: opening counts copies and late messages. */
  #current: ConsumedMessage | undefined;
  /** Those that `claimAll` opened, by their place; undefined for a copy. */
  readonly #opened = new Map<number, ConsumedMessage | undefined>();
  /** The number of messages up to the last one that `claimAll` gave. */
  #claimed = 0;
  #handledIds: string[] = [];

  constructor(
    origin: Origin,
    messages: readonly StoredMessage[],
    deduplicator?: Deduplicator,
    previous?: Batch,
  ) {
    this.#origin = origin;
    this.#messages = messages;
    this.#deduplicator = deduplicator;
    this.#previous = previous;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
  }

  /** The one before it is handled. Handled earlier, it could overtake a message of the same key. */
  get isNext(): boolean {
    if (this.#previous?.isFinished === true) this.#previous = undefined;
    return this.#previous === undefined;
  }

  /** The first message that is not handled; undefined when all are handled. */
  current(): ConsumedMessage | undefined {
    if (this.#current !== undefined && this.#deduplicator?.isCopy(this.#current) === true) this.#passOver();
    while (this.#current === undefined) {
      if (this.isFinished) return undefined;
      this.#current = this.#openedAt(this.#handled);
      if (this.#current === undefined) this.#passOver();
    }
    return this.#current;
  }

  /** Takes the current message. When a copy of it is being handled elsewhere: a promise that resolves when that has ended. */
  claim(): Promise<void> | undefined {
    return this.#current && this.#deduplicator?.claim(this.#current, this.#current);
  }

  /**
   * Takes the messages that are not handled, up to the first one of which a copy is being handled elsewhere, or is taken with
   * them. When that is the very first: a promise that resolves when it has ended.
   */
  claimAll(): readonly ConsumedMessage[] | Promise<void> {
    const claimed: ConsumedMessage[] = [];
    let index = this.#handled;
    for (; index < this.#messages.length; index++) {
      const message = this.#openedAt(index);
      const isCopy = message === undefined || this.#deduplicator?.isCopy(message) === true;
      this.#opened.set(index, isCopy ? undefined : message);
      if (isCopy) continue;
      const copy = this.#deduplicator?.claim(message, message);
      if (copy !== undefined && claimed.length === 0) return copy;
      if (copy !== undefined) break;
      claimed.push(message);
    }
    this.#claimed = index;
    return claimed;
  }

  /** Gives back what was taken and is not handled. */
  release(): void {
    for (const message of [this.#current, ...this.#opened.values()]) {
      if (message !== undefined) this.#deduplicator?.release(message, message);
    }
  }

  /** Marks the current message as handled. */
  advance(): void {
    const id = this.#current && this.#deduplicator?.handled(this.#current);
    if (id !== undefined) this.#handledIds.push(id);
    this.#passOver();
  }

  /** Marks all that `claimAll` gave as handled. */
  advanceClaimed(): void {
    for (let left = this.#claimed - this.#handled; left > 0; left--) {
      this.#current = this.#opened.get(this.#handled);
      this.advance();
    }
  }

  get isFinished(): boolean {
    return this.left === 0;
  }

  /** The number of messages that are not handled. */
  get left(): number {
    return this.#messages.length - this.#handled;
  }

  /** The ids of handled messages since the last call. */
  takeHandledIds(): readonly string[] {
    const ids = this.#handledIds;
    this.#handledIds = [];
    return ids;
  }

  unhandled(): readonly StoredMessage[] {
    return this.#messages.slice(this.#handled);
  }

  #openedAt(index: number): ConsumedMessage | undefined {
    if (this.#opened.has(index)) return this.#opened.get(index);
    const stored = this.#messages[index]!;
    const endsRead = index === this.#messages.length - 1;
    return this.#deduplicator === undefined
      ? new ConsumedMessage(this.#origin, stored, endsRead)
      : this.#deduplicator.open(this.#origin, stored, endsRead);
  }

  #passOver(): void {
    this.#current = undefined;
    this.#opened.delete(this.#handled);
    this.#handled += 1;
    if (!this.isFinished) return;
    this.#messages = [];
    this.#handled = 0;
    this.#finish();
  }
}

/** Carries batches from the readers to the handler's loops. Those of one region are taken one at a time, in order. */
export class BatchQueue {
  readonly #ready: Batch[] = [];
  readonly #takers = new Set<() => void>();
  #failure: Error | undefined;

  offer(batch: Batch): void {
    this.#ready.push(batch);
    this.#wake();
    void batch.finished.then(() => this.#wake());
  }

  /** For a loop that ends before its batch is handled: the rest is the next batch that is taken. */
  putBack(batch: Batch): void {
    this.#ready.unshift(batch);
    this.#wake();
  }

  /** The next batch; undefined when `signal` aborts. Rejects after `fail`. */
  async take(signal?: AbortSignal): Promise<Batch | undefined> {
    while (signal?.aborted !== true) {
      const next = this.#ready.findIndex(({ isNext }) => isNext);
      if (next !== -1) return this.#ready.splice(next, 1)[0];
      if (this.#failure !== undefined && this.#ready.length === 0) throw this.#failure;
      await this.#change(signal);
    }
    return undefined;
  }

  /** The batches of the queue are still taken; then `take` rejects. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#takers) wake();
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#takers.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#takers.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }
}
