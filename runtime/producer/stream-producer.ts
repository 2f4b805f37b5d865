import type { Clock } from '../clock.ts';
import type { Receipt } from '../delivered.ts';
import { HaError } from '../errors.ts';
import type { EncodedMessage } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { Lane, type Deliver, type Pending } from './lane.ts';
import { encodeMessage, type Message } from './message.ts';
import { Room } from './room.ts';

type ProducerSettings = Pick<
  Settings,
  | 'lanes'
  | 'maxBatchMessages'
  | 'maxBatchBytes'
  | 'strictOrder'
  | 'deliveryTimeoutMs'
  | 'maxBufferBytes'
  | 'maxBlockMs'
  | 'closeTimeoutMs'
>;

/** What a message that waits costs beside its bytes. */
const MESSAGE_OVERHEAD_BYTES = 1_024;

interface ProducerParts {
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly settings: ProducerSettings;
  /** Runs once, after the last message is settled. */
  readonly onClosed?: () => Promise<void>;
}

/**
 * Accepts messages and gives a receipt for each. Order per key is the order of the `send` calls; keys run side by side
 * in lanes.
 */
export class StreamProducer implements AsyncDisposable {
  readonly #parts: ProducerParts;
  readonly #lanes: readonly Lane[];
  readonly #room: Room;
  #nextLane = 0;
  /** Accepted and not settled, each message with its overhead: what memory really holds (bytes). */
  #heldBytes = 0;
  #writableWaiters: { readonly bytes: number; readonly wake: () => void }[] = [];
  #closed: Promise<void> | undefined;

  constructor(parts: ProducerParts) {
    const { deliver, clock, settings } = parts;
    this.#parts = parts;
    this.#room = new Room(clock, settings);
    this.#lanes = Array.from({ length: settings.lanes }, () => new Lane(deliver, clock, settings));
  }

  /** Bytes (keys plus values) accepted and not yet stored. */
  get bufferedBytes(): number {
    return this.#room.takenBytes;
  }

  /** Where back-pressure begins, in bytes. */
  get maxBufferBytes(): number {
    return this.#parts.settings.maxBufferBytes;
  }

  /**
   * Resolves when a region has stored the message. Waits for room when `maxBufferBytes` are on their way.
   *
   * @throws HaError `BAD_MESSAGE` (before anything is sent), `BUFFER_FULL`, `CLOSED`, `ABORTED`, `DELIVERY_TIMEOUT`,
   *   `REJECTED`, `AUTH`, `NOT_AUTHORIZED_OR_NOT_FOUND`: the message is not known to be stored, and the sentence says why.
   */
  async send(
    message: Message,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Receipt> {
    if (this.#closed !== undefined) throw closedError('after close()');
    const encoded = encodeMessage(message);
    const { signal } = options;
    if (signal?.aborted === true) throw abortedError(signal, false);
    const enter = (): Promise<Receipt> => this.#enter(encoded, signal);
    // Within this turn when there is room: `send` calls join their lanes in call order.
    if (this.#room.tryTake(encoded.bytes)) return enter();
    try {
      return await this.#room.wait(encoded.bytes, enter, signal);
    } catch (error) {
      throw error === signal?.reason ? abortedError(signal, false) : error;
    }
  }

  /**
   * Resolves when `send` would accept a message of so many bytes without waiting, each message counted with 1 KiB of
   * overhead; or when the producer is closed. One caller at a time: it gives no reservation.
   */
  whenWritable(bytes = 0): Promise<void> {
    if (this.#closed !== undefined || this.#isWritable(bytes)) return Promise.resolve();
    return new Promise((resolve) => this.#writableWaiters.push({ bytes, wake: resolve }));
  }

  /** Drains for at most `timeoutMs` (`closeTimeoutMs` when absent), then rejects what is left. Safe to call twice. */
  close(timeoutMs = this.#parts.settings.closeTimeoutMs): Promise<void> {
    this.#closed ??= this.#drain(timeoutMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #enter(encoded: EncodedMessage, signal: AbortSignal | undefined): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      let settled = false;
      this.#heldBytes += encoded.bytes + MESSAGE_OVERHEAD_BYTES;
      const onAbort = (): void => {
        pending.abandoned = true;
        pending.settle({ error: abortedError(signal, pending.sent) });
      };
      const pending: Pending = {
        key: encoded.key,
        value: encoded.value,
        bytes: encoded.bytes,
        abandoned: false,
        sent: false,
        refusedAt: undefined,
        settle: (fate) => {
          if (settled) return;
          settled = true;
          signal?.removeEventListener('abort', onAbort);
          this.#room.give(encoded.bytes);
          this.#release(encoded.bytes);
          if ('receipt' in fate) resolve(fate.receipt);
          else reject(fate.error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#laneOf(encoded.key).add(pending);
    });
  }

  #isWritable(bytes: number): boolean {
    const held = this.#heldBytes + bytes + MESSAGE_OVERHEAD_BYTES;
    return this.#heldBytes === 0 || held <= this.#parts.settings.maxBufferBytes;
  }

  #release(bytes: number): void {
    this.#heldBytes -= bytes + MESSAGE_OVERHEAD_BYTES;
    if (this.#writableWaiters.length > 0) this.#wakeWritable((waiter) => this.#isWritable(waiter));
  }

  #wakeWritable(isReady: (bytes: number) => boolean): void {
    const waiters = this.#writableWaiters;
    this.#writableWaiters = waiters.filter(({ bytes }) => !isReady(bytes));
    for (const { bytes, wake } of waiters) if (isReady(bytes)) wake();
  }

  #laneOf(key: string | null): Lane {
    const index = key === null ? this.#nextLane++ : hash(key);
    const lane = this.#lanes[index % this.#lanes.length];
    if (lane === undefined) throw new RangeError('a producer has at least one lane');
    return lane;
  }

  async #drain(timeoutMs: number): Promise<void> {
    const { clock, onClosed } = this.#parts;
    this.#wakeWritable(() => true);
    this.#room.refuse(closedError('while it waited for room'));
    let giveUp = (): void => {};
    const timeUp = new Promise<void>((resolve) => {
      giveUp = clock.after(timeoutMs, () => {
        for (const lane of this.#lanes) lane.abandon((pending) => closedError(whereItIs(pending)));
        resolve();
      });
    });
    await Promise.race([Promise.all(this.#lanes.map((lane) => lane.idle())), timeUp]);
    giveUp();
    await onClosed?.();
  }
}

function whereItIs(pending: Pending): string {
  return pending.sent ? 'while it was being sent: it may be stored' : 'before it was sent';
}

function closedError(when: string): HaError {
  return new HaError('CLOSED', `Message not stored: the producer was closed ${when}.`);
}

function abortedError(signal: AbortSignal | undefined, sent: boolean): HaError {
  const fate = sent ? 'it was being sent and may be stored' : 'it was not sent';
  return new HaError('ABORTED', `The sender gave the message up; ${fate}.`, { cause: signal?.reason });
}

/** FNV-1a, 32 bits: spreads keys over lanes. Not the service's partitioner, which is not documented. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
