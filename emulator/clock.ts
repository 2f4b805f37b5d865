/**
 * Time and random numbers. Only this file of emulator/ may use timers, `Date.now` and `Math.random` (lint enforces it); all other code
 * gets a `Clock`.
 */
export interface Clock {
  /** The regions' time: milliseconds since 1970. */
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

/** The range of RFC 3339. */
const EARLIEST_MS = 0;
const LATEST_MS = Date.UTC(9999, 11, 31);

/** A longer delay would overflow, and the timer would fire after 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A clock that runs, and that can also be moved, for example past 24 hours of retention. */
export interface MovableClock extends Clock {
  /**
   * Moves the time forward, or back if negative. Timers that are due then run at once, in order. Throws a `RangeError` for a time before
   * 1970 or after 9999.
   */
  readonly advance: (ms: number) => void;
  /** Milliseconds by which it is ahead of its base clock. */
  readonly ahead: () => number;
  /** The time of the base clock. Clients date their signatures by it. */
  readonly unmoved: () => number;
}

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Starts `ahead` of the base clock. `moved` is called after each move, with the new value of `ahead()`. */
export function movableClock(
  base: Clock,
  ahead = 0,
  moved: (ahead: number) => void = () => {},
): MovableClock {
  const timers = new Set<Timer>();
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
        timers.delete(timer);
      };
      const fire = (): void => {
        cancel();
        task();
      };
      const timer: Timer = { at: now() + ms, fire };
      // The base timer can fire too early: if the clock was moved back, or if the delay was too long for one timer.
      const wait = (left: number): void => {
        const aheadThen = ahead;
        const delay = Math.min(left, LONGEST_TIMER_MS);
        stop = base.after(delay, () => {
          const still = left - delay - (ahead - aheadThen);
          if (still > 0) wait(still);
          else fire();
        });
      };
      timers.add(timer);
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
      const due = [...timers].filter((timer) => timer.at <= now()).sort((a, b) => a.at - b.at);
      // A task may move the clock, which runs timers too. Those must not run again.
      for (const timer of due) if (timers.has(timer)) timer.fire();
    },
  };
}

/** Resolves after `ms`, or when the signal aborts. */
export function pause({ after }: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = after(ms, done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
