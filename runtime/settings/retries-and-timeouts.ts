import { count, duration, type RowsOf } from './row.ts';

/** How often and how long a producer, a manager or a consumer tries, and how long it waits at the end. */
export interface RetryAndTimeoutOptions {
  /**
   * Attempts to store or read in one region before a failover is considered, the first included.
   *
   * 1..20; default 5.
   */
  readonly maxAttempts?: number | undefined;
  /**
   * Longest wait before the second attempt; it doubles each time, with full jitter.
   *
   * 1..60000 ms; default 250.
   */
  readonly baseDelayMs?: number | undefined;
  /**
   * Longest wait between attempts, also when the service asks for more.
   *
   * 1..600000 ms; default 5000.
   */
  readonly maxDelayMs?: number | undefined;
  /**
   * Attempts are used up after this time, whatever their number.
   *
   * 100..600000 ms; default 6000.
   */
  readonly retryWindowMs?: number | undefined;
  /**
   * Time limit of one call; 1 s more for each 256 KiB of body.
   *
   * 50..300000 ms; default 2000.
   */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * How long the end waits for messages that are being sent or handled.
   *
   * 0..3600000 ms; default 10000.
   */
  readonly closeTimeoutMs?: number | undefined;
}

export const retryAndTimeoutSettings = {
  maxAttempts: count({
    section: 'retrying',
    about: 'attempts to store or read in one region before a failover is considered, the first included',
    min: 1,
    max: 20,
    default: 5,
  }),
  baseDelayMs: duration({
    section: 'retrying',
    about: 'longest wait before the second attempt; it doubles each time, with full jitter',
    min: 1,
    max: 60_000,
    default: 250,
  }),
  maxDelayMs: duration({
    section: 'retrying',
    about: 'longest wait between attempts, also when the service asks for more',
    min: 1,
    max: 600_000,
    default: 5_000,
  }),
  retryWindowMs: duration({
    section: 'retrying',
    about: 'attempts are used up after this time, whatever their number',
    min: 100,
    max: 600_000,
    default: 6_000,
  }),
  requestTimeoutMs: duration({
    section: 'retrying',
    about: 'time limit of one call; 1 s more for each 256 KiB of body',
    min: 50,
    max: 300_000,
    default: 2_000,
  }),
  closeTimeoutMs: duration({
    section: 'ending',
    about: 'how long the end waits for messages that are being sent or handled',
    min: 0,
    max: 3_600_000,
    default: 10_000,
  }),
} satisfies RowsOf<RetryAndTimeoutOptions>;
