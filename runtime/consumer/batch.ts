import type { StoredMessage } from '../region.ts';
import { ConsumedMessage, type Origin } from './consumed-message.ts';

/** The messages of one answer on their way through the handler. They are handled in order, one at a time. */
export class Batch {
  /** Resolves when every message is handled. */
  readonly finished: Promise<void>;
  readonly #origin: Origin;
  readonly #messages: readonly StoredMessage[];
  readonly #finish: () => void;
  #handled = 0;

  constructor(origin: Origin, messages: readonly StoredMessage[]) {
    this.#origin = origin;
    this.#messages = messages;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
  }

  /** The first message that is not handled; undefined when all are. */
  current(): ConsumedMessage | undefined {
    const stored = this.#messages[this.#handled];
    const endsRead = this.#handled === this.#messages.length - 1;
    return stored === undefined ? undefined : new ConsumedMessage(this.#origin, stored, endsRead);
  }

  /** The current message is handled. */
  advance(): void {
    this.#handled += 1;
    if (this.isFinished) this.#finish();
  }

  get isFinished(): boolean {
    return this.#handled === this.#messages.length;
  }

  all(): readonly StoredMessage[] {
    return this.#messages;
  }

  unhandled(): readonly StoredMessage[] {
    return this.#messages.slice(this.#handled);
  }
}
