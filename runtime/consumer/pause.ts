import type { Clock } from '../clock.ts';

/** A wait that somebody else can cut short. A cut that comes while nobody waits ends the next wait: none is missed. */
export class Pause {
  readonly #clock: Pick<Clock, 'after'>;
  #end: (() => void) | undefined;
  #isCut = false;

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** Waits `ms`, or until cut. */
  wait(ms: number): Promise<void> {
    return this.#until((done) => this.#clock.after(ms, done));
  }

  untilCut(): Promise<void> {
    return this.#until(() => () => {});
  }

  cut(): void {
    if (this.#end === undefined) this.#isCut = true;
    else this.#end();
  }

  /** `start` says when the wait is over by itself, and gives what cancels that. */
  async #until(start: (done: () => void) => () => void): Promise<void> {
    if (!this.#isCut) {
      await new Promise<void>((resolve) => {
        const cancel = start(resolve);
        this.#end = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#end = undefined;
    this.#isCut = false;
  }
}
