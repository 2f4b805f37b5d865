import { sleepOn, type Clock } from '../../runtime/clock.ts';

const STARTS_AT = 1_000_000;

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/**
 * Time that moves only when told to, and chance from a seed: hours of outage pass in milliseconds, the same way each time.
 */
export class VirtualClock implements Clock {
  /** Not 0: a sum that should be a difference must show. */
  #now = STARTS_AT;
  #order = 0;
  #seed: number;
  readonly #timers = new Set<Timer>();
  readonly #epoch: number;

  constructor(seed = 1, epoch = Date.parse('2026-11-23T12:00:00Z')) {
    this.#seed = seed;
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#epoch + this.#now - STARTS_AT;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#now + Math.max(ms, 0), order: this.#order++, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that have not run: each would keep a process alive. */
  get timers(): number {
    return this.#timers.size;
  }

  sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void> {
    return sleepOn(this, ms, options?.signal);
  }

  /** mulberry32. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** Lets `ms` pass: every timer due in it runs in order, and everything that it sets off before the next one does. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#timers.delete(next);
      this.#now = next.at;
      next.task();
      await settled();
    }
    this.#now = until;
  }

  /** Lets time pass until `done` is settled, at most `limitMs`. */
  async passUntil<T>(done: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let open = true;
    const close = (): void => {
      open = false;
    };
    done.then(close, close);
    const until = this.#now + limitMs;
    await settled();
    while (open) {
      const next = this.#next(until);
      if (next === undefined) throw new Error(`not settled after ${limitMs} virtual ms`);
      this.#timers.delete(next);
      this.#now = next.at;
      next.task();
      await settled();
    }
    return done;
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > until) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Everything that promises set off has run: promise jobs all run before the event loop's next turn. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
