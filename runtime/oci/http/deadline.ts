import type { Clock } from '../../clock.ts';

/** When a call must be over. One deadline can span several exchanges. */
export interface Deadline {
  /** Milliseconds for the whole call. */
  readonly limitMs: number;
  /** On the clock's `now()`. */
  readonly dueAt: number;
  readonly signal: AbortSignal | undefined;
}

/** A timer that is this late, in ms, says that the event loop was blocked, not that the other side is slow. */
const LATE_MS = 200;
const GRACE_MS = 1_000;

/**
 * Runs `task` when `ms` are over; when the timer itself comes late, gives what may lie unread in the sockets a little
 * longer, once (C9). Returns a function that cancels it.
 */
export function afterPatiently(
  clock: Pick<Clock, 'now' | 'after'>,
  ms: number,
  task: () => void,
): () => void {
  const dueAt = clock.now() + ms;
  let cancel = clock.after(ms, () => {
    if (clock.now() - dueAt > LATE_MS) cancel = clock.after(Math.min(ms, GRACE_MS), task);
    else task();
  });
  return () => cancel();
}

/** How a task ended that has no time limit of its own. */
export type Ended<T> =
  | { readonly type: 'done'; readonly value: T }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'late' }
  | { readonly type: 'aborted' };

/** Runs a task that has no time limit of its own: it may ask the metadata service of an instance, say. Never rejects. */
export function within<T>(
  clock: Clock,
  { dueAt, signal }: Deadline,
  task: () => Promise<T>,
): Promise<Ended<T>> {
  return new Promise((resolve) => {
    const onAbort = (): void => end({ type: 'aborted' });
    const cancel = clock.after(Math.max(0, dueAt - clock.now()), () => end({ type: 'late' }));
    const end = (ended: Ended<T>): void => {
      cancel();
      signal?.removeEventListener('abort', onAbort);
      resolve(ended);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    task().then(
      (value) => end({ type: 'done', value }),
      (error: unknown) => end({ type: 'failed', error }),
    );
    if (signal?.aborted === true) onAbort();
  });
}
