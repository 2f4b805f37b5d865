import type { Journal } from '../journal/journal.ts';

const ACCOUNTS = 12;
const TICK_MS = 20;

/** Separates key and value in a line of the producer's input. */
export const KEY_DELIMITER = ':';

/** Sends payments of a dozen accounts at an even rate, and records each in the journal. */
export class Payments {
  readonly #give: (line: string) => void;
  readonly #journal: Journal;
  readonly #perSecond: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(give: (line: string) => void, journal: Journal, perSecond: number) {
    this.#give = give;
    this.#journal = journal;
    this.#perSecond = perSecond;
  }

  /** The number of payments in so many seconds. */
  in(seconds: number): number {
    return Math.ceil(seconds * this.#perSecond);
  }

  one(): void {
    const number = this.#journal.sent.length + 1;
    const key = `account-${String((number % ACCOUNTS) + 1).padStart(2, '0')}`;
    const value = `payment ${number}`;
    this.#journal.addSent({ key, value, at: Date.now() });
    this.#give(`${key}${KEY_DELIMITER}${value}`);
  }

  start(): void {
    const startedAt = performance.now();
    const before = this.#journal.sent.length;
    this.#timer = setInterval(() => {
      const due = ((performance.now() - startedAt) * this.#perSecond) / 1_000;
      while (this.#journal.sent.length - before < due) this.one();
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
