import type { Clock } from '../clock.ts';
import type { Role } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Receipt } from '../receipt.ts';
import type { EncodedMessage } from '../region.ts';
import { PartitionNames, type Router } from '../router/index.ts';
import type { Settings } from '../settings/index.ts';
import { AbsenceChecks } from '../streams/index.ts';
import { costOf, FlowControl, GivenUp } from './flow-control.ts';
import { Lane, PendingMessage } from './lane.ts';
import { encodeMessage, type Message } from './message.ts';

export interface SendOptions {
  /** Gives the message up; the promise then rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

export interface ProducerStats {
  /** Messages that were accepted and are not yet settled. */
  readonly bufferedMessages: number;
  /** What they cost, in bytes: keys, values, and 1 KiB for each message. */
  readonly bufferedBytes: number;
  /** Messages that were accepted since the producer was opened. */
  readonly sent: number;
  /** Messages whose promise rejected. */
  readonly failed: number;
  /** Messages stored, by region. */
  readonly storedByRegion: Readonly<Record<string, number>>;
  /** Where messages go now, and for how long (ms) they have; undefined while no region takes them. */
  readonly active: { readonly role: Role; readonly region: string; readonly sinceMs: number } | undefined;
  /** Switches begun: failovers and failbacks. */
  readonly switches: number;
  /** Why the standby could not be used when it was looked at last; undefined when it could. */
  readonly standbyProblem: string | undefined;
}

/**
 * Accepts messages and gives a receipt for each. Order per key is the order of the `send` calls; keys run side by side in
 * lanes.
 */
export interface StreamProducer extends AsyncDisposable {
  /**
   * Resolves when a region has stored the message. Waits for room when `maxBufferBytes` are on their way.
   *
   * @throws HaError `BAD_MESSAGE` (before anything is sent), `BUFFER_FULL`, `CLOSED`, `ABORTED`, `DELIVERY_TIMEOUT`,
   *   `REJECTED`, `AUTH`, `NOT_AUTHORIZED_OR_NOT_FOUND`, `CONFIG`: the message is not known to be stored, and the sentence
   *   says why.
   */
  send(message: Message, options?: SendOptions): Promise<Receipt>;
  /** Whether `send` would accept a message of so many bytes (key plus value) without waiting. */
  isWritable(bytes?: number): boolean;
  /** Resolves when `send` would accept a message of so many bytes (key plus value) without waiting. */
  whenWritable(bytes?: number): Promise<void>;
  stats(): ProducerStats;
  /**
   * Drains for at most `withinMs` (`closeTimeoutMs` when absent), then rejects what is left. Safe to call twice; never
   * rejects.
   */
  close(options?: { readonly withinMs?: number | undefined }): Promise<void>;
  /** Resolves when the producer is closed. */
  readonly closed: Promise<void>;
}

interface ProducerParts {
  readonly router: Router;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Runs once, after the last message is settled. */
  readonly onClosed?: (() => Promise<void>) | undefined;
}

export class Producer implements StreamProducer {
  readonly closed: Promise<void>;
  readonly #parts: ProducerParts;
  readonly #lanes: readonly Lane[];
  readonly #flow: FlowControl;
  readonly #ended = Promise.withResolvers<void>();
  readonly #storedByRegion: Record<string, number> = {};
  #sent = 0;
  #failed = 0;
  #nextLane = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: ProducerParts) {
    const { clock, settings } = parts;
    this.#parts = parts;
    this.#flow = new FlowControl(clock, settings);
    const delivery = { ...parts, partitions: new PartitionNames(), absence: new AbsenceChecks(clock) };
    this.#lanes = Array.from({ length: settings.lanes }, () => new Lane(delivery, settings));
    this.closed = this.#ended.promise;
  }

  async send(message: Message, { signal }: SendOptions = {}): Promise<Receipt> {
    if (this.#closing !== undefined) throw closedError('after close()');
    const encoded = encodeMessage(message);
    if (signal?.aborted === true) throw abortedError(signal, false);
    const cost = costOf(encoded.bytes);
    const enter = (): Promise<Receipt> => this.#enter(encoded, cost, signal);
    // Within this turn when there is room: `send` calls join their lanes in call order.
    if (this.#flow.tryTake(cost)) return enter();
    try {
      return await this.#flow.wait(cost, enter, signal);
    } catch (error) {
      throw error instanceof GivenUp ? abortedError(signal, false) : error;
    }
  }

  isWritable(bytes = 0): boolean {
    return this.#closing !== undefined || this.#flow.isWritable(costOf(bytes));
  }

  whenWritable(bytes = 0): Promise<void> {
    return this.#closing === undefined ? this.#flow.whenWritable(costOf(bytes)) : Promise.resolve();
  }

  stats(): ProducerStats {
    const { active, switches, standbyProblem } = this.#parts.router.status;
    return {
      bufferedMessages: this.#flow.messages,
      bufferedBytes: this.#flow.bytes,
      sent: this.#sent,
      failed: this.#failed,
      storedByRegion: { ...this.#storedByRegion },
      active: active && { role: active.role, region: active.region, sinceMs: active.sinceMs },
      switches,
      standbyProblem,
    };
  }

  close({ withinMs }: { readonly withinMs?: number | undefined } = {}): Promise<void> {
    this.#closing ??= this.#drain(withinMs ?? this.#parts.settings.closeTimeoutMs).then(this.#ended.resolve);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #enter(encoded: EncodedMessage, cost: number, signal: AbortSignal | undefined): Promise<Receipt> {
    this.#sent++;
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(encoded.key);
      const onAbort = (): void => {
        pending.settle({ error: abortedError(signal, pending.wasSent) });
        lane.remove(pending);
      };
      const pending = new PendingMessage(
        encoded,
        (settled) => {
          signal?.removeEventListener('abort', onAbort);
          if ('receipt' in settled) {
            const { region } = settled.receipt;
            this.#storedByRegion[region] = (this.#storedByRegion[region] ?? 0) + 1;
            resolve(settled.receipt);
          } else {
            this.#failed++;
            reject(settled.error);
          }
        },
        () => this.#flow.give(cost),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      lane.add(pending);
    });
  }

  #laneOf(key: string | null): Lane {
    const index = key === null ? this.#nextLane++ : hash(key);
    const lane = this.#lanes[index % this.#lanes.length];
    if (lane === undefined) throw new RangeError('a producer has at least one lane');
    return lane;
  }

  async #drain(withinMs: number): Promise<void> {
    const { clock, onClosed } = this.#parts;
    this.#flow.refuse(closedError('while it waited for room'));
    const timeUp = Promise.withResolvers<void>();
    const cancel = clock.after(withinMs, () => {
      for (const lane of this.#lanes) lane.abandon((pending) => closedError(whereItIs(pending)));
      timeUp.resolve();
    });
    await Promise.race([Promise.all(this.#lanes.map((lane) => lane.idle())), timeUp.promise]);
    cancel();
    // What was opened only for this producer closes with it; a failure there loses no message.
    await onClosed?.().catch(() => {});
  }
}

function whereItIs(pending: PendingMessage): string {
  return pending.wasSent ? 'while it was being sent: it may be stored' : 'before it was sent';
}

function closedError(when: string): HaError {
  return new HaError('CLOSED', `The message is not known to be stored: the producer was closed ${when}.`);
}

function abortedError(signal: AbortSignal | undefined, wasSent: boolean): HaError {
  const fate = wasSent ? 'it was being sent and may be stored' : 'it was not sent';
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
