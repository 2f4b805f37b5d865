import type { StoredMessage } from '../region.ts';
import { ConsumedMessage, type Origin } from './consumed-message.ts';
import type { Deduplicator } from './deduplicator.ts';

/** The messages of one read. They are handled in order, one at a time; copies of handled messages are passed over. */
export class Batch {
  /** Resolves when every message is handled. */
  readonly finished: Promise<void>;
  readonly #origin: Origin;
  readonly #messages: readonly StoredMessage[];
  readonly #deduplicator: Deduplicator | undefined;
  readonly #finish: () => void;
  #handled = 0;
  /** Opened once: opening counts copies and late messages. */
  #current: ConsumedMessage | undefined;
  #handledIds: string[] = [];

  constructor(origin: Origin, messages: readonly StoredMessage[], deduplicator?: Deduplicator) {
    this.#origin = origin;
    this.#messages = messages;
    this.#deduplicator = deduplicator;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
  }

  /** The first message that is not handled; undefined when all are handled. */
  current(): ConsumedMessage | undefined {
    if (this.#current !== undefined && this.#deduplicator?.isCopy(this.#current) === true) this.#passOver();
    while (this.#current === undefined) {
      const stored = this.#messages[this.#handled];
      if (stored === undefined) return undefined;
      this.#current = this.#open(stored, this.#handled === this.#messages.length - 1);
      if (this.#current === undefined) this.#passOver();
    }
    return this.#current;
  }

  /** Takes the current message. When a copy of it is being handled elsewhere: a promise that resolves when that has ended. */
  claim(): Promise<void> | undefined {
    return this.#current && this.#deduplicator?.claim(this.#current, this);
  }

  /** Gives the current message back. */
  release(): void {
    if (this.#current !== undefined) this.#deduplicator?.release(this.#current, this);
  }

  /** Marks the current message as handled. */
  advance(): void {
    const id = this.#current && this.#deduplicator?.handled(this.#current);
    if (id !== undefined) this.#handledIds.push(id);
    this.#passOver();
  }

  get isFinished(): boolean {
    return this.#handled === this.#messages.length;
  }

  /** The ids of handled messages since the last call. */
  takeHandledIds(): readonly string[] {
    const ids = this.#handledIds;
    this.#handledIds = [];
    return ids;
  }

  all(): readonly StoredMessage[] {
    return this.#messages;
  }

  unhandled(): readonly StoredMessage[] {
    return this.#messages.slice(this.#handled);
  }

  #open(stored: StoredMessage, endsRead: boolean): ConsumedMessage | undefined {
    return this.#deduplicator === undefined
      ? new ConsumedMessage(this.#origin, stored, endsRead)
      : this.#deduplicator.open(this.#origin, stored, endsRead);
  }

  #passOver(): void {
    this.#current = undefined;
    this.#handled += 1;
    if (this.isFinished) this.#finish();
  }
}

type End = { readonly type: 'closed' } | { readonly type: 'failed'; readonly error: Error };

/** Carries batches from the readers to the handler's loops. It holds at most one batch per region: a reader waits until its batch is handled. */
export class BatchQueue {
  readonly #ready: Batch[] = [];
  readonly #takers = new Set<() => void>();
  #end: End | undefined;

  offer(batch: Batch): void {
    this.#ready.push(batch);
    this.#wake();
  }

  /** For a loop that ends before its batch is handled: the rest is the next batch that is taken. */
  putBack(batch: Batch): void {
    this.#ready.unshift(batch);
    this.#wake();
  }

  /** The next batch; undefined when the queue is closed or `signal` aborts. Rejects after `fail`. */
  async take(signal?: AbortSignal): Promise<Batch | undefined> {
    while (this.#end?.type !== 'closed' && signal?.aborted !== true) {
      const batch = this.#ready.shift();
      if (batch !== undefined) return batch;
      if (this.#end !== undefined) throw this.#end.error;
      await this.#change(signal);
    }
    return undefined;
  }

  close(): void {
    this.#finish({ type: 'closed' });
  }

  /** The batches of the queue are still taken; then `take` rejects. */
  fail(error: Error): void {
    if (this.#end === undefined) this.#finish({ type: 'failed', error });
  }

  #finish(end: End): void {
    this.#end = end;
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
