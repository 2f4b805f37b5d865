import { sleepOn, type Clock } from '../../../runtime/clock.ts';

/**
 * For one sleeper beside a real disk: every wait is over in the next turn of the event loop, and moves the time on. Waits
 * of `endlessFrom` ms or more end only when they are cancelled. Chance is always the same.
 */
export class HurriedClock implements Clock {
  readonly waits: number[] = [];
  readonly endlessFrom: number;
  #now = 0;

  constructor({ endlessFrom = Infinity } = {}) {
    this.endlessFrom = endlessFrom;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return Date.parse('2026-10-03T00:00:00Z') + this.#now;
  }

  after(ms: number, task: () => void): () => void {
    this.waits.push(ms);
    if (ms >= this.endlessFrom) return () => undefined;
    const turn = setImmediate(() => {
      this.#now += ms;
      task();
    });
    return () => clearImmediate(turn);
  }

  sleep(ms: number, options?: { signal?: AbortSignal | undefined }): Promise<void> {
    return sleepOn(this, ms, options?.signal);
  }

  random(): number {
    return 0.5;
  }
}
