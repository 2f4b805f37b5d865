import { count, duration } from '../row.ts';

/** How long to try in one region. */
export const retrying = {
  maxAttempts: count({
    flag: 'max-attempts',
    about: 'attempts a round, the first counted',
    min: 1,
    max: 20,
    default: 5,
  }),
  baseDelayMs: duration({
    flag: 'base-delay',
    about: 'longest first wait; doubles each time, with full jitter',
    min: 1,
    max: 60_000,
    default: 250,
  }),
  maxDelayMs: duration({
    flag: 'max-delay',
    about: 'longest wait, also when the service asks for more',
    min: 1,
    max: 600_000,
    default: 5_000,
  }),
  retryWindowMs: duration({
    flag: 'retry-window',
    about: 'attempts are used up after this, whatever their number',
    min: 100,
    max: 600_000,
    default: 6_000,
  }),
  requestTimeoutMs: duration({
    flag: 'request-timeout',
    about: 'one call; 1 s more for each 256 KiB of body',
    min: 50,
    max: 300_000,
    default: 2_000,
  }),
  deliveryTimeoutMs: duration({
    flag: 'delivery-timeout',
    about:
      'a message that no region judged well has stored by then rejects; waiting with no region up does not count',
    min: 100,
    max: 86_400_000,
    default: 120_000,
  }),
};
