/**
 * Time and chance, handed in. The only file of emulator/ that may touch timers, `Date.now` or `Math.random`
 * (lint enforces it).
 */
export interface Clock {
  /** Milliseconds since 1970: what the regions take for the time. */
  readonly now: () => number;
  /** Runs `task` once, `ms` from now. Returns a function that cancels it. */
  readonly after: (ms: number, task: () => void) => () => void;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** What RFC 3339 can say. */
const EARLIEST_MS = 0;
const LATEST_MS = Date.UTC(9999, 11, 31);

/** Longer ones would overflow to 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A clock that runs by itself and can also be moved: 24 hours of retention pass in a moment. */
export interface MovableClock extends Clock {
  /** Moves the time forward (or back, when negative); what became due runs at once, in order. Throws a `RangeError`
   * for a time that no timestamp can say. */
  readonly advance: (ms: number) => void;
  /** Milliseconds by which it is ahead of the clock below it. */
  readonly ahead: () => number;
  /** The time of the clock below it, which is the callers': signatures are dated by it. */
  readonly unmoved: () => number;
}

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** Starts `ahead` of the base; `moved` is told by how much it is ahead after each move. */
export function movableClock(
  base: Clock,
  ahead = 0,
  moved: (ahead: number) => void = () => {},
): MovableClock {
  const alarms = new Set<Alarm>();
  const now = (): number => base.now() + ahead;

  return {
    now,
    random: base.random,
    ahead: () => ahead,
    unmoved: base.now,
    after(ms, task) {
      let stop = (): void => {};
      const cancel = (): void => {
        stop();
        alarms.delete(alarm);
      };
      const ring = (): void => {
        cancel();
        task();
      };
      const alarm: Alarm = { at: now() + ms, ring };
      // Not yet due when the clock was moved back meanwhile, or when a timer cannot be set for so long.
      const wait = (left: number): void => {
        const aheadThen = ahead;
        const some = Math.min(left, LONGEST_TIMER_MS);
        stop = base.after(some, () => {
          const still = left - some - (ahead - aheadThen);
          if (still > 0) wait(still);
          else ring();
        });
      };
      alarms.add(alarm);
      wait(ms);
      return cancel;
    },
    advance(ms) {
      const to = now() + ms;
      if (!(to >= EARLIEST_MS && to <= LATEST_MS)) {
        throw new RangeError('The clock can be moved to times from 1970 to 9999 only');
      }
      ahead += ms;
      moved(ahead);
      const due = [...alarms].filter((alarm) => alarm.at <= now()).sort((a, b) => a.at - b.at);
      // One that rings may move the clock itself: what that made ring must not ring again.
      for (const alarm of due) if (alarms.has(alarm)) alarm.ring();
    },
  };
}
