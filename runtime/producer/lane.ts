import { takeBatch, type BatchLimits } from '../core/index.ts';
import { HaError, thrownInWords } from '../errors.ts';
import type { Receipt } from '../receipt.ts';
import type { EncodedMessage } from '../region.ts';
import {
  deliver,
  type DeliveryHistory,
  type DeliveryParts,
  type DeliveryResult,
  type Lease,
  type MessageOutcome,
} from '../router/index.ts';

type Settled = { readonly receipt: Receipt } | { readonly error: Error };

/** A message on its way. It is settled once, and let go of once: when it has left the lane. */
export class PendingMessage implements EncodedMessage {
  readonly key: string | null;
  readonly value: string;
  readonly bytes: number;
  readonly #onSettled: (settled: Settled) => void;
  readonly #onReleased: () => void;
  /** It was on the wire: it may be stored whatever its sender does. */
  wasSent = false;
  /** How long attempts for it took, in ms; waiting while no region takes messages does not count. */
  triedMs = 0;
  #isSettled = false;
  #isReleased = false;

  constructor(message: EncodedMessage, onSettled: (settled: Settled) => void, onReleased: () => void) {
    this.key = message.key;
    this.value = message.value;
    this.bytes = message.bytes;
    this.#onSettled = onSettled;
    this.#onReleased = onReleased;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  settle(settled: Settled): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#onSettled(settled);
  }

  /** Nothing holds it any more. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#onReleased();
  }
}

interface LaneLimits extends BatchLimits {
  readonly deliveryTimeoutMs: number;
  readonly strictOrder: 'auto' | 'yes' | 'no';
}

const NO_HISTORY: DeliveryHistory & { readonly epoch: number } = {
  epoch: 0,
  attemptsUsedUp: 0,
  absentSince: undefined,
};

/**
 * One batch in flight, so the order of each key in it holds. Batches fill up while the lane is busy: no latency is added
 * when it is idle. What is not stored goes again before anything later. Whatever is thrown, the batch is settled.
 */
export class Lane {
  readonly #parts: DeliveryParts;
  readonly #limits: LaneLimits;
  /** In order. A set: a message that its sender gave up leaves it at once. */
  #waiting = new Set<PendingMessage>();
  #inFlight: readonly PendingMessage[] = [];
  #busy: Promise<void> | undefined;
  #history = NO_HISTORY;

  constructor(parts: DeliveryParts, limits: LaneLimits) {
    this.#parts = parts;
    this.#limits = limits;
  }

  add(message: PendingMessage): void {
    this.#waiting.add(message);
    this.#busy ??= this.#work();
  }

  /** Its sender gave it up. What is in flight stays until the call has ended. */
  remove(message: PendingMessage): void {
    if (this.#waiting.delete(message)) message.release();
  }

  /** Resolves when everything that was added is settled. */
  async idle(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy;
  }

  /** Settles what still waits or is in flight. */
  abandon(error: (pending: PendingMessage) => Error): void {
    for (const pending of this.#inFlight) pending.settle({ error: error(pending) });
    this.#settleWaiting(error);
  }

  #settleWaiting(error: (pending: PendingMessage) => Error): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const pending of waiting) {
      pending.settle({ error: error(pending) });
      pending.release();
    }
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    // `send` calls of one turn share the first request.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      try {
        await this.#sendNext(await this.#parts.router.acquire());
      } catch (error) {
        // The router is closed, or something is wrong with this program: nothing may stay pending.
        this.#settleWaiting((pending) => unsent(pending, error));
      }
    }
    this.#busy = undefined;
  }

  async #sendNext(lease: Lease): Promise<void> {
    const { router, clock } = this.#parts;
    const { strictOrder } = this.#limits;
    const oneMessagePerKey = strictOrder === 'yes' || (strictOrder === 'auto' && router.refusesEntries);
    const batch = takeBatch(this.#waiting, this.#limits, oneMessagePerKey);
    const pauseMs = batch.length === 0 ? 0 : await this.#sendBatch(lease, batch);
    if (lease.trial) {
      router.report({ type: 'trial-ended', at: clock.now(), epoch: lease.epoch, role: lease.role });
    }
    if (pauseMs > 0) await clock.sleep(pauseMs, { signal: lease.ended }).catch(() => {});
  }

  /** Whatever is thrown, every message of the batch is settled, or waits again. Gives how long to pause, in ms. */
  async #sendBatch(lease: Lease, batch: readonly PendingMessage[]): Promise<number> {
    const { clock } = this.#parts;
    this.#inFlight = batch;
    for (const pending of batch) {
      this.#waiting.delete(pending);
      pending.wasSent = true;
    }
    const history = this.#history.epoch === lease.epoch ? this.#history : NO_HISTORY;
    const startedAt = clock.now();
    try {
      const result = await deliver(lease, batch, history, this.#parts);
      this.#history = { ...result, epoch: lease.epoch };
      this.#settle(batch, result, clock.now() - startedAt);
      return result.pauseMs;
    } catch (error) {
      for (const pending of this.#inFlight) pending.settle({ error: unsent(pending, error) });
      return 0;
    } finally {
      const ended = this.#inFlight;
      this.#inFlight = [];
      for (const pending of ended) pending.release();
    }
  }

  #settle(batch: readonly PendingMessage[], { outcomes, pauseMs }: DeliveryResult, tookMs: number): void {
    const again: PendingMessage[] = [];
    batch.forEach((pending, index) => {
      const outcome = outcomes[index] ?? { type: 'again', because: 'nothing is known of it' };
      pending.triedMs += tookMs + pauseMs;
      if (outcome.type === 'stored') pending.settle({ receipt: outcome.receipt });
      else if (outcome.type === 'rejected') pending.settle({ error: outcome.error });
      else if (this.#mayGoAgain(pending, outcome)) again.push(pending);
    });
    if (again.length === 0) return;
    this.#inFlight = this.#inFlight.filter((pending) => pending.isSettled);
    this.#waiting = new Set([...again, ...this.#waiting]);
  }

  #mayGoAgain(pending: PendingMessage, { because }: Extract<MessageOutcome, { type: 'again' }>): boolean {
    if (pending.isSettled) return false;
    const { deliveryTimeoutMs } = this.#limits;
    if (pending.triedMs < deliveryTimeoutMs) return true;
    const words = `The message is not stored within ${deliveryTimeoutMs} ms of trying (deliveryTimeoutMs); last: ${because}. It may be stored if an attempt got no answer.`;
    const error = new HaError('DELIVERY_TIMEOUT', words);
    this.#parts.emit({ type: 'delivery-failed', messages: 1, error });
    pending.settle({ error });
    return false;
  }
}

function unsent(pending: PendingMessage, error: unknown): Error {
  const code = error instanceof HaError ? error.code : 'CALL_FAILED';
  const why = thrownInWords(error);
  const fate = pending.wasSent ? 'may be stored: it was being sent' : 'is not stored';
  return new HaError(code, `The message ${fate}. ${why}`, { cause: error });
}
