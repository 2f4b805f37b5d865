import pRetry from 'p-retry';

import type { Clock } from './clock.ts';

export interface RetryOptions {
  /** Counts the first attempt. */
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Decides after each failure, numbered from 1: how long to wait (ms) before the next attempt, or 'give-up'. */
  readonly after: (error: Error, attempt: number) => number | 'give-up';
}

/**
 * The one retry layer of this project. p-retry counts and repeats; the caller decides; the waiting is the Clock's (p-retry
 * would take global timers), also after the last attempt when a wait is asked for, and ends when `signal` aborts.
 *
 * @throws the last error, or the signal's reason.
 */
export function retry<T>(task: () => Promise<T>, options: RetryOptions): Promise<T> {
  let goOn = true;
  return pRetry(task, {
    retries: options.maxAttempts - 1,
    minTimeout: 0,
    shouldRetry: () => goOn,
    onFailedAttempt: async ({ error, attemptNumber }) => {
      const next = options.after(error, attemptNumber);
      goOn = next !== 'give-up';
      if (next !== 'give-up') await options.clock.sleep(next, { signal: options.signal });
    },
  });
}
