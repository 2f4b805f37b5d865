import type { StoredMessage } from '../region.ts';
import { ConsumedMessage, type Origin } from './consumed-message.ts';

/** The messages of one read. They are handled in order, one at a time. */
export class Batch {
  /** Resolves when every message is handled. */
  readonly finished: Promise<void>;
  readonly #origin: Origin;
  readonly #messages: readonly StoredMessage[];
  readonly #finish: () => void;
  #handled = 0;

  constructor(origin: Origin, messages: readonly StoredMessage[]) {
    this.#origin = origin;
    this.#messages = messages;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
  }

  /** The first message that is not handled; undefined when all are handled. */
  current(): ConsumedMessage | undefined {
    const stored = this.#messages[this.#handled];
    if (stored === undefined) return undefined;
    return new ConsumedMessage(this.#origin, stored, this.#handled === this.#messages.length - 1);
  }

  /** Marks the current message as handled. */
  advance(): void {
    this.#handled += 1;
    if (this.isFinished) this.#finish();
  }

  get isFinished(): boolean {
    return this.#handled === this.#messages.length;
  }

  all(): readonly StoredMessage[] {
    return this.#messages;
  }

  unhandled(): readonly StoredMessage[] {
    return this.#messages.slice(this.#handled);
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
