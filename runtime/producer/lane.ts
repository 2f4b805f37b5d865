import type { Clock } from '../clock.ts';
import { batchLength, type BatchLimits } from '../core/index.ts';
import type { Delivered, Receipt } from '../delivered.ts';
import { HaError } from '../errors.ts';
import type { EncodedMessage } from '../region.ts';

/** A message on its way: settled once, with a receipt or an error. */
export interface Pending extends EncodedMessage {
  readonly settle: (fate: { receipt: Receipt } | { error: Error }) => void;
  /** Its sender has gone: no need to send it. */
  abandoned: boolean;
  /** It was on the wire: it may be stored whatever the sender does. */
  sent: boolean;
  /** When a region first refused it while others of its batch were stored (monotonic ms). */
  refusedAt: number | undefined;
}

export type Deliver = (messages: readonly EncodedMessage[]) => Promise<Delivered>;

type LaneLimits = BatchLimits & { readonly deliveryTimeoutMs: number };

/**
 * One batch in flight, so the order of each key in it holds. Batches fill up while the lane is busy: no added latency
 * when idle. What a region refused goes again before anything later.
 */
export class Lane {
  readonly #deliver: Deliver;
  readonly #clock: Clock;
  readonly #limits: LaneLimits;
  #queue: Pending[] = [];
  #inFlight: readonly Pending[] = [];
  #busy: Promise<void> | undefined;

  constructor(deliver: Deliver, clock: Clock, limits: LaneLimits) {
    this.#deliver = deliver;
    this.#clock = clock;
    this.#limits = limits;
  }

  add(message: Pending): void {
    this.#queue.push(message);
    this.#busy ??= this.#work();
  }

  /** Resolves when everything that was added is settled. */
  async idle(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy;
  }

  /** Settles what is still waiting or in flight. */
  abandon(error: (pending: Pending) => Error): void {
    for (const pending of [...this.#inFlight, ...this.#queue]) {
      pending.abandoned = true;
      pending.settle({ error: error(pending) });
    }
    this.#queue = [];
  }

  async #work(): Promise<void> {
    // Lets a burst of `send` calls in one turn share the first request.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue
        .splice(0, batchLength(this.#queue, this.#limits))
        .filter((pending) => !pending.abandoned);
      if (batch.length > 0) await this.#send(batch);
    }
    this.#busy = undefined;
  }

  async #send(batch: readonly Pending[]): Promise<void> {
    for (const pending of batch) pending.sent = true;
    this.#inFlight = batch;
    const { fates, pauseMs } = await this.#deliver(batch);
    this.#inFlight = [];
    const again: Pending[] = [];
    batch.forEach((pending, index) => {
      const fate = fates[index];
      if (fate?.fate === 'stored') pending.settle({ receipt: fate.receipt });
      else if (fate?.fate === 'rejected') pending.settle({ error: fate.error });
      else if (this.#mayGoAgain(pending, fate?.because ?? 'no fate')) again.push(pending);
    });
    // A copy of the queue only when something was refused.
    if (again.length > 0) this.#queue = [...again, ...this.#queue];
    if (pauseMs > 0) await this.#clock.sleep(pauseMs);
  }

  #mayGoAgain(pending: Pending, because: string): boolean {
    const now = this.#clock.now();
    pending.refusedAt ??= now;
    if (now - pending.refusedAt < this.#limits.deliveryTimeoutMs) return true;
    const within = `within ${this.#limits.deliveryTimeoutMs} ms (deliveryTimeoutMs)`;
    pending.settle({
      error: new HaError('DELIVERY_TIMEOUT', `Message not stored ${within}; last: ${because}.`),
    });
    return false;
  }
}
