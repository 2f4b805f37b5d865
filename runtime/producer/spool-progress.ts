import type { Clock } from '../clock.ts';
import type { EventListener } from '../events.ts';
import type { Outbox } from '../outbox/index.ts';

/** How often it is told how the drain goes on, in ms. */
const TELL_EVERY_MS = 5_000;

interface ProgressParts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly emit: EventListener;
}

/** Tells when the outbox comes into use, how sending what is in it goes on, and when it is empty. */
export class SpoolProgress {
  readonly #parts: ProgressParts;
  /** Undefined while the outbox is not in use. */
  #use:
    | {
        readonly since: number;
        stored: number;
        told: { readonly at: number; readonly stored: number } | undefined;
      }
    | undefined;
  #isClosed = false;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
    const { outbox, emit } = parts;
    const { messages, bytes } = outbox.totals;
    if (messages === 0) return;
    emit({ type: 'outbox-found', directory: outbox.directory, messages, bytes });
    this.#begin();
  }

  used(because: string): void {
    if (this.#use !== undefined || this.#isClosed) return;
    this.#parts.emit({ type: 'outbox-used', directory: this.#parts.outbox.directory, because });
    this.#begin();
  }

  /** A message of the outbox is stored in a region. */
  stored(): void {
    if (this.#use === undefined) return;
    this.#use.stored++;
    const now = this.#parts.clock.now();
    const { told } = this.#use;
    if (told !== undefined && now - told.at < TELL_EVERY_MS) return;
    const { outbox, emit } = this.#parts;
    const left = outbox.totals.messages;
    const seconds = told === undefined ? 0 : (now - told.at) / 1_000;
    const perSecond = told === undefined ? 0 : Math.round((this.#use.stored - told.stored) / seconds);
    const emptyInMs = perSecond === 0 ? undefined : Math.round((left / perSecond) * 1_000);
    this.#use.told = { at: now, stored: this.#use.stored };
    emit({ type: 'outbox-draining', directory: outbox.directory, left, perSecond, emptyInMs });
  }

  /** Tells once that nothing is left. */
  look(): void {
    const { outbox, clock, emit } = this.#parts;
    const use = this.#use;
    if (use === undefined || this.#isClosed || !outbox.isEmpty || use.stored === 0) return;
    this.#use = undefined;
    emit({
      type: 'outbox-drained',
      directory: outbox.directory,
      messages: use.stored,
      forMs: Math.round(clock.now() - use.since),
    });
  }

  close(): void {
    this.#isClosed = true;
  }

  #begin(): void {
    this.#use = { since: this.#parts.clock.now(), stored: 0, told: undefined };
  }
}
