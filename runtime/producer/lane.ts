import { nextMostRefused, takeBatch, type BatchLimits, type RefusalRules } from '../core/index.ts';
import { HaError } from '../errors.ts';
import {
  deliver,
  type DeliveryHistory,
  type DeliveryParts,
  type DeliveryResult,
  type Lease,
} from '../router/index.ts';
import { tooOld, unsent } from './given-up.ts';
import type { KeySlot, PendingMessage } from './pending-message.ts';

interface LaneLimits extends BatchLimits {
  readonly deliveryTimeoutMs: number;
  /** 0: a message is sent at any age. */
  readonly maxMessageAgeMs: number;
  readonly strictOrder: 'auto' | 'yes' | 'no';
}

/** Of a lane in one epoch. */
interface LaneHistory extends DeliveryHistory {
  readonly epoch: number;
  /** Messages that the region refused before, in the next request, at most. */
  readonly mostRefused: number;
}

const NO_HISTORY: LaneHistory = {
  epoch: 0,
  mostRefused: Infinity,
  attemptsUsedUp: 0,
  absentSince: undefined,
};

const NOTHING_AGAIN = { messages: [], because: '' };

/**
 * One batch in flight, so the order of each key in it holds. Batches fill up while the lane is busy: no latency is added
 * when it is idle. What is not stored goes again before anything later. Whatever is thrown, the batch is settled.
 */
export class Lane {
  readonly #parts: DeliveryParts;
  readonly #limits: LaneLimits;
  /** In order. A message that its sender gave up stays as an empty shell until the next look at the queue. */
  #waiting: PendingMessage[] = [];
  #shells = 0;
  #inFlight: readonly PendingMessage[] = [];
  /** Refused ones that the request in flight has no room for: they are tried in turn, so their time goes on too. */
  #passedOver: readonly PendingMessage[] = [];
  /** What the latest delivery did not store, with those that were passed over, and why. */
  #again: { readonly messages: readonly PendingMessage[]; readonly because: string } = NOTHING_AGAIN;
  readonly #keyless: KeySlot = { lane: this, messages: 0 };
  #busy: Promise<void> | undefined;
  #history = NO_HISTORY;
  #isStopped = false;
  #short: { readonly below: number; readonly resolve: () => void } | undefined;
  /**
   * Takes back all that waits, because a message was tried for `deliveryTimeoutMs`. False: there is no other place for it, and
   * that message fails.
   */
  onOverdue: (error: HaError) => boolean = () => false;

  constructor(parts: DeliveryParts, limits: LaneLimits) {
    this.#parts = parts;
    this.#limits = limits;
  }

  add(message: PendingMessage, slot = this.#keyless): void {
    slot.messages++;
    message.slot = slot;
    if (message.acceptedAt === 0 && this.#limits.maxMessageAgeMs > 0)
      message.acceptedAt = this.#parts.clock.wall();
    this.#waiting.push(message);
    this.#busy ??= this.#work();
  }

  /** Its sender gave it up. What is in flight stays until the call has ended. */
  remove(message: PendingMessage): void {
    if (message.isInFlight) return;
    message.release();
    this.#shells++;
    // Each look is paid for by as many messages that were given up.
    if (this.#shells * 2 > this.#waiting.length) this.#removeShells();
  }

  #removeShells(): void {
    this.#waiting = this.#waiting.filter((message) => !message.isSettled);
    this.#shells = 0;
  }

  get inFlight(): readonly PendingMessage[] {
    return this.#inFlight;
  }

  /** In order; some may be settled. */
  get waitingMessages(): readonly PendingMessage[] {
    return this.#waiting;
  }

  /** Nothing waits and nothing is in flight. */
  get isIdle(): boolean {
    return this.#busy === undefined;
  }

  /** Messages that wait or are in flight. */
  get messages(): number {
    return this.waiting + this.#inFlight.length;
  }

  /** Messages that wait, those in flight not counted. */
  get waiting(): number {
    return this.#waiting.length - this.#shells;
  }

  /** Resolves when fewer messages wait. One asks at a time. */
  whenShort(below: number): Promise<void> {
    if (this.waiting < below) return Promise.resolve();
    return new Promise((resolve) => {
      this.#short = { below, resolve };
    });
  }

  /**
   * Takes back all that waits, in order: never only some of it, because what is later of a key must not go first. What is in
   * flight stays.
   */
  takeBack(): PendingMessage[] {
    this.#removeShells();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pending of waiting) pending.leaveLane();
    this.#looksShorter();
    return waiting;
  }

  /** Begins no further call. What waits stays until it is taken back. */
  stop(): void {
    this.#isStopped = true;
  }

  #looksShorter(): void {
    if (this.#short === undefined || this.waiting >= this.#short.below) return;
    this.#short.resolve();
    this.#short = undefined;
  }

  /** Resolves when everything that was added is settled. */
  async idle(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy;
  }

  /** Settles what still waits or is in flight. */
  abandon(error: (pending: PendingMessage) => HaError): void {
    for (const pending of this.#inFlight) pending.fail(error(pending));
    this.#settleWaiting(error);
  }

  #settleWaiting(error: (pending: PendingMessage) => HaError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#shells = 0;
    for (const pending of waiting) {
      pending.fail(error(pending));
      pending.release();
    }
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    // `send` calls of one turn share the first request.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !this.#isStopped) {
      try {
        await this.#sendNext(await this.#parts.router.acquire());
      } catch (error) {
        // The router is closed, or something is wrong with this program: nothing may stay pending.
        if (!this.#isStopped) this.#settleWaiting((pending) => unsent(pending, error));
      }
    }
    this.#busy = undefined;
  }

  async #sendNext(lease: Lease): Promise<void> {
    const { router, clock } = this.#parts;
    const { strictOrder } = this.#limits;
    const oneMessagePerKey = strictOrder === 'yes' || (strictOrder === 'auto' && router.refusesSingly);
    const { mostRefused } = this.#historyOf(lease);
    const batch = this.#isStopped ? [] : this.#take({ oneMessagePerKey, mostRefused });
    const pauseMs = batch.length === 0 ? 0 : await this.#sendBatch(lease, batch);
    if (lease.trial) {
      router.report({ type: 'trial-ended', at: clock.now(), epoch: lease.epoch, role: lease.role });
    }
    if (pauseMs > 0) await this.#pause(lease, pauseMs);
  }

  /**
   * Before what was not stored goes again. It counts as trying only while it lasts: a failover ends it, and the message then has
   * the rest of its time in the other region.
   */
  async #pause(lease: Lease, pauseMs: number): Promise<void> {
    const { clock } = this.#parts;
    const { messages, because } = this.#again;
    const triedMs = messages.reduce((longest, pending) => Math.max(longest, pending.triedMs), 0);
    const leftMs = Math.max(0, this.#limits.deliveryTimeoutMs - triedMs);
    const startedAt = clock.now();
    await clock.sleep(Math.min(pauseMs, leftMs), { signal: lease.ended }).catch(() => {});
    const pausedMs = clock.now() - startedAt;
    for (const pending of messages) pending.triedMs += pausedMs;
    if (!lease.ended.aborted) this.#endOverdue(messages, because);
  }

  #historyOf({ epoch }: Lease): LaneHistory {
    return this.#history.epoch === epoch ? this.#history : NO_HISTORY;
  }

  #take(rules: RefusalRules): PendingMessage[] {
    if (this.#shells > 0) this.#removeShells();
    const batch = takeBatch(this.#waiting, this.#limits, rules);
    const isHead = this.#waiting[batch.length - 1] === batch.at(-1);
    if (isHead) this.#waiting.splice(0, batch.length);
    else {
      const taken = new Set(batch);
      this.#waiting = this.#waiting.filter((message) => !taken.has(message));
    }
    this.#passedOver =
      rules.mostRefused === Infinity ? [] : this.#waiting.filter(({ wasRefused }) => wasRefused);
    this.#looksShorter();
    return this.#limits.maxMessageAgeMs === 0 ? batch : this.#youngEnough(batch);
  }

  #youngEnough(batch: readonly PendingMessage[]): PendingMessage[] {
    const { maxMessageAgeMs } = this.#limits;
    const now = this.#parts.clock.wall();
    return batch.filter((message) => {
      const ageMs = now - message.acceptedAt;
      if (ageMs <= maxMessageAgeMs) return true;
      message.fail(tooOld(ageMs, maxMessageAgeMs, message.wasSent));
      message.release();
      return false;
    });
  }

  /** Whatever is thrown, every message of the batch is settled, or waits again. Gives how long to pause, in ms. */
  async #sendBatch(lease: Lease, batch: readonly PendingMessage[]): Promise<number> {
    const { clock } = this.#parts;
    this.#inFlight = batch;
    for (const pending of batch) {
      pending.wasSent = true;
      pending.isInFlight = true;
    }
    const history = this.#historyOf(lease);
    const startedAt = clock.now();
    try {
      const result = await deliver(lease, batch, history, this.#parts);
      const mostRefused = isAnswered(lease, result)
        ? nextMostRefused(history.mostRefused, refusedBefore(batch, result), this.#limits)
        : history.mostRefused;
      this.#history = { ...result, epoch: lease.epoch, mostRefused };
      this.#settle(lease, batch, result, clock.now() - startedAt);
      return result.pauseMs;
    } catch (error) {
      for (const pending of this.#inFlight) pending.fail(unsent(pending, error));
      return 0;
    } finally {
      const ended = this.#inFlight;
      this.#inFlight = [];
      for (const pending of ended) pending.isInFlight = false;
      for (const pending of ended) pending.release();
    }
  }

  #settle(lease: Lease, batch: readonly PendingMessage[], result: DeliveryResult, tookMs: number): void {
    const { outcomes } = result;
    const wasRefused = isAnswered(lease, result);
    const region = lease.region.name;
    const stream = lease.stream.ocid;
    const again: PendingMessage[] = [];
    const rejected: { readonly pending: PendingMessage; readonly error: HaError }[] = [];
    let { because } = this.#again;
    for (const pending of this.#passedOver) pending.triedMs += tookMs;
    batch.forEach((pending, index) => {
      const outcome = outcomes[index] ?? { type: 'again', because: 'nothing is known of it' };
      if (outcome.type === 'stored') {
        const { partition, offset, timestamp } = outcome;
        pending.succeed({ region, stream, partition, offset, timestamp });
        return;
      }
      pending.triedMs += tookMs;
      if (outcome.type === 'rejected') rejected.push({ pending, error: outcome.error });
      else if (!pending.isSettled) {
        again.push(pending);
        if (wasRefused) pending.wasRefused = true;
        because = outcome.because;
      }
    });
    if (again.length > 0) {
      for (const pending of again) pending.isInFlight = false;
      this.#inFlight = this.#inFlight.filter((pending) => pending.isInFlight);
      this.#waiting = [...again, ...this.#waiting];
    }
    // Last: a message of the outbox then takes back all that waits, and what is later of its key must be among that.
    for (const { pending, error } of rejected) pending.fail(error);
    const messages = [...again, ...this.#passedOver];
    this.#again = { messages, because };
    this.#endOverdue(messages, because);
  }

  #isOverdue({ isSettled, triedMs }: PendingMessage): boolean {
    return !isSettled && triedMs >= this.#limits.deliveryTimeoutMs;
  }

  #endOverdue(again: readonly PendingMessage[], because: string): void {
    if (!again.some((pending) => this.#isOverdue(pending))) return;
    const words = `The message is not stored within ${this.#limits.deliveryTimeoutMs} ms of trying (\`deliveryTimeoutMs\`); last: ${because}. It may be stored if an attempt got no answer.`;
    const error = new HaError('DELIVERY_TIMEOUT', words);
    if (this.onOverdue(error)) return;
    const overdue = this.#waiting.filter((pending) => this.#isOverdue(pending));
    this.#parts.emit({ type: 'delivery-failed', messages: overdue.length, error });
    for (const pending of overdue) {
      pending.fail(error);
      pending.release();
    }
    this.#removeShells();
  }
}

/** What is not stored was refused. */
function isAnswered({ ended }: Lease, { attemptsUsedUp, absentSince }: DeliveryResult): boolean {
  return attemptsUsedUp === 0 && absentSince === undefined && !ended.aborted;
}

/** Of the messages that were refused before: how many were sent, and how many of those are stored now. */
function refusedBefore(
  batch: readonly PendingMessage[],
  { outcomes }: DeliveryResult,
): { readonly sent: number; readonly stored: number } {
  let sent = 0;
  let stored = 0;
  batch.forEach(({ wasRefused }, index) => {
    if (!wasRefused) return;
    sent++;
    if (outcomes[index]?.type === 'stored') stored++;
  });
  return { sent, stored };
}
