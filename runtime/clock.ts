/**
 * Time and chance, handed in. The only file of runtime/ that may touch timers, `Date.now` or `Math.random`
 * (lint enforces it): that is what lets a simulator run days of outage in a second.
 */
export interface Clock {
  /** Milliseconds that only go forward; for backoff, verdicts and time-outs. A set-back wall clock does not move it. */
  now(): number;
  /** Milliseconds since 1970; only for what people and other programs read. */
  wall(): number;
  /** Runs `task` once, when `now()` is at least `ms` more. Returns a function that cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Waits `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
}

/** Node fires a timer with a longer delay after 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, task) {
    const dueAt = performance.now() + ms;
    // Node cuts off fractions, and counts from the beginning of the turn: most timers fire a millisecond or two too early.
    const ring = (): void => {
      const leftMs = dueAt - performance.now();
      if (leftMs > 0) timer = setTimeout(ring, Math.min(Math.ceil(leftMs), LONGEST_TIMER_MS));
      else task();
    };
    let timer = setTimeout(ring, Math.min(Math.ceil(ms), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
  sleep: (ms, options) => sleepOn(systemClock, ms, options?.signal),
  random: () => Math.random(),
};

/** `sleep` for any clock that has `after`. */
export function sleepOn(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
