import { EXIT } from './exit-codes.ts';

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.terminated } as const;

export type InterruptingSignal = keyof typeof CODES;

/**
 * SIGINT, SIGTERM and SIGHUP. The first one asks the command to end in good order; the next one ends it at once, after
 * `onSecond` has said what is left.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #first: InterruptingSignal | undefined;
  /** Runs before the process ends on a second signal; it must not wait. */
  onSecond: () => void = () => {};

  constructor(onFirst: (signal: InterruptingSignal) => void) {
    for (const name of Object.keys(CODES) as InterruptingSignal[]) {
      process.on(name, () => {
        if (this.#first !== undefined) {
          this.onSecond();
          process.exit(CODES[name]);
        }
        this.#first = name;
        onFirst(name);
        this.#controller.abort(new Error('interrupted'));
      });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 130 or 143; undefined when no signal came. */
  get exitCode(): number | undefined {
    return this.#first === undefined ? undefined : CODES[this.#first];
  }
}
