import { duration, yesNo } from '../row.ts';

/** When to leave a region, and when to return. */
export const switching = {
  failoverOnThrottle: yesNo({
    flag: 'failover-on-throttle',
    about: 'a region that answers nothing but 429 fails over; no: it is paced',
    default: true,
  }),
  failback: yesNo({ flag: 'failback', about: 'return to the primary when it is well again', default: true }),
  failbackAfterMs: duration({
    flag: 'failback-after',
    about: 'how long the primary must have been well',
    min: 0,
    max: 86_400_000,
    default: 60_000,
  }),
  failbackMinIntervalMs: duration({
    flag: 'failback-min-interval',
    about: 'no two failbacks within this',
    min: 0,
    max: 86_400_000,
    default: 3_600_000,
  }),
  probeIntervalMs: duration({
    flag: 'probe-interval',
    about: 'first interval between probes of a region that was left; grows to 30 s',
    min: 50,
    max: 30_000,
    default: 5_000,
  }),
};
