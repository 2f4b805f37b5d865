/**
 * Time and chance, handed in. The only file of runtime/ that may touch timers, `Date.now` or `Math.random`
 * (lint enforces it): that is what lets a simulator run days of outage in a second.
 */
export interface Clock {
  /** Milliseconds that only go forward; for backoff, verdicts and time-outs. A set-back wall clock does not move it. */
  now(): number;
  /** Milliseconds since 1970; only for what people and other programs read. */
  wall(): number;
  /** Runs `task` once, `ms` from now. Returns a function that cancels it. */
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
    if (ms > LONGEST_TIMER_MS) return afterLong(ms, task);
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  sleep: (ms, options) => sleepOn(systemClock, ms, options?.signal),
  random: () => Math.random(),
};

/** A wait of more than 24.8 days: one timer after the other. */
function afterLong(ms: number, task: () => void): () => void {
  let cancel = (): void => {};
  const wait = (leftMs: number): void => {
    if (leftMs <= LONGEST_TIMER_MS) cancel = systemClock.after(leftMs, task);
    else cancel = systemClock.after(LONGEST_TIMER_MS, () => wait(leftMs - LONGEST_TIMER_MS));
  };
  wait(ms);
  return () => cancel();
}

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
