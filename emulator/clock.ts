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
    const timer = setTimeout(task, Math.min(ms, LONGEST_TIMER_MS));
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
      const alarm: Alarm = {
        at: now() + ms,
        ring: () => {
          stop();
          alarms.delete(alarm);
          task();
        },
      };
      const stop = base.after(ms, alarm.ring);
      alarms.add(alarm);
      return () => {
        stop();
        alarms.delete(alarm);
      };
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
