import type { Batch } from './batch.ts';

type End = { readonly because: 'closed' } | { readonly because: 'failed'; readonly error: Error };

/**
 * Where the readers of both regions leave their batches and the handler's loops take them. It holds one batch a region at
 * most: a reader reads on when its batch is handled.
 */
export class BatchQueue {
  readonly #ready: Batch[] = [];
  readonly #takers = new Set<() => void>();
  #end: End | undefined;

  offer(batch: Batch): void {
    this.#ready.push(batch);
    this.#wake();
  }

  /** A loop ended before the batch was handled: the rest of it is the next thing that is taken. */
  putBack(batch: Batch): void {
    this.#ready.unshift(batch);
    this.#wake();
  }

  /** The next batch; undefined when the queue is closed or `signal` aborts. Rejects when reading failed for good. */
  async take(signal?: AbortSignal): Promise<Batch | undefined> {
    while (this.#end?.because !== 'closed' && signal?.aborted !== true) {
      const batch = this.#ready.shift();
      if (batch !== undefined) return batch;
      if (this.#end !== undefined) throw this.#end.error;
      await this.#change(signal);
    }
    return undefined;
  }

  close(): void {
    this.#finish({ because: 'closed' });
  }

  /** Batches that are here already are still taken; then `take` rejects. */
  fail(error: Error): void {
    if (this.#end === undefined) this.#finish({ because: 'failed', error });
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
