import type { Clock } from '../../clock.ts';

/** What was missed while waiting for something else is made up for, but no more than this (ms). */
const MAX_CATCH_UP_MS = 1_000;
const LEAST_SLEEP_MS = 1;

/** Gives turns at an even pace, so many a second. */
export class Pacer {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #due: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#intervalMs = 1_000 / perSecond;
    this.#due = clock.now();
  }

  /** How long to wait for the next turn (ms); 0: it is now. Takes the turn. */
  takeTurn(): number {
    const now = this.#clock.now();
    this.#due = Math.max(this.#due, now - MAX_CATCH_UP_MS);
    const waitMs = this.#due - now;
    this.#due += this.#intervalMs;
    return waitMs > LEAST_SLEEP_MS ? waitMs : 0;
  }
}
