import { checkArgument, checkArguments } from '../arguments.ts';
import type { Clock } from '../clock.ts';
import { HaError, thrownInWords } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { DISK_PATIENCE_MS, type Outbox } from '../outbox/index.ts';
import type { AnyReceipt, Receipt } from '../receipt.ts';
import type { EncodedMessage } from '../region.ts';
import { PartitionNames, type Router } from '../router/index.ts';
import type { Settings } from '../settings/index.ts';
import { AbsenceChecks } from '../streams/index.ts';
import { costOf, FlowControl, GivenUp } from './flow-control.ts';
import { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import { BatchMessage, MessageBatch, type MessageOutcomes } from './message-batch.ts';
import { abortedError, closedError, closedMeanwhile, orAborted, unlessAborted } from './given-up.ts';
import {
  encodeAsItIs,
  encodeBatch,
  messageEncoder,
  type GivenMessage,
  type Message,
  type MessageEncoder,
} from './message.ts';
import type { ProducerStats, SendOptions, StreamProducer } from './stream-producer.ts';
import { Spool } from './spool.ts';
import { SingleMessage, type MessageAccounts, type PendingMessage } from './pending-message.ts';

interface ProducerParts {
  readonly router: Router;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Where messages go that no region takes; it closes with the producer. While it is being opened, messages wait for it. */
  readonly outbox?: Outbox | Promise<Outbox | undefined> | undefined;
  /** Runs once, after the last message is settled. */
  readonly onClosed?: (() => Promise<void>) | undefined;
}

/** Checked before a message is accepted: a sender that is told of an error must not find it stored. */
const SEND_OPTIONS = { signal: 'signal', traceparent: 'text' } as const satisfies Record<
  keyof SendOptions,
  string
>;

/** `R` follows from the settings: receipts of the outbox come only where there is one. */
export class Producer<R extends AnyReceipt = Receipt> implements StreamProducer<R> {
  readonly closed: Promise<void>;
  readonly #parts: ProducerParts;
  readonly #lanes: Lanes;
  readonly #flow: FlowControl;
  readonly #encode: MessageEncoder;
  readonly #ended = Promise.withResolvers<void>();
  readonly #accounts: MessageAccounts;
  #outbox: Outbox | undefined;
  #spool: Spool | undefined;
  /** Accepted while the outbox is being opened, in order. */
  #early: PendingMessage[] | undefined;
  readonly #opened: Promise<void> | undefined;
  /** Why there is no outbox, though there must be one. */
  #noOutbox: HaError | undefined;
  readonly #storedByRegion: Record<string, number> = {};
  readonly #requests = { attempts: 0 };
  #sent = 0;
  #failed = 0;
  #closing: Promise<void> | undefined;

  constructor(parts: ProducerParts) {
    const { clock, settings } = parts;
    this.#parts = parts;
    this.#flow = new FlowControl(clock, settings, () => this.#outbox?.room.error);
    this.#encode = messageEncoder(settings, clock);
    this.#accounts = {
      stored: (region) => void (this.#storedByRegion[region] = (this.#storedByRegion[region] ?? 0) + 1),
      failed: () => void this.#failed++,
      released: (bytes) => this.#flow.give(costOf(bytes)),
    };
    const delivery = {
      ...parts,
      partitions: new PartitionNames(),
      absence: new AbsenceChecks(clock),
      requests: this.#requests,
    };
    this.#lanes = new Lanes(Array.from({ length: settings.lanes }, () => new Lane(delivery, settings)));
    this.closed = this.#ended.promise;
    const { outbox } = parts;
    if (outbox instanceof Promise) {
      this.#early = [];
      this.#opened = outbox.then(
        (opened) => (this.#noOutbox === undefined ? this.#begin(opened) : opened?.close()),
        (error: unknown) =>
          this.#beginWithout(error instanceof HaError ? error : new HaError('OUTBOX', thrownInWords(error))),
      );
    } else this.#begin(outbox);
  }

  send(message: Message, options?: SendOptions): Promise<R> {
    try {
      const signal = options?.signal;
      if (options !== undefined) checkArguments('send', options, SEND_OPTIONS);
      this.#assertOpen(signal);
      const encoded = this.#encode(message, options?.traceparent);
      const cost = costOf(encoded.bytes);
      const alsoFits = this.#roomFor(encoded);
      // Within this turn when there is room: what is sent joins its lane in the order of the calls.
      if (this.#flow.tryTake(cost, 1, alsoFits)) return this.#enter(encoded, signal);
      return this.#wait(cost, 1, signal, alsoFits, () => this.#enter(encoded, signal));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  sendBatch(messages: readonly Message[], options?: SendOptions): Promise<R[]> {
    try {
      const signal = options?.signal;
      if (options !== undefined) checkArguments('sendBatch', options, SEND_OPTIONS);
      this.#assertOpen(signal);
      const encoded = encodeBatch(messages, (message) => this.#encode(message, options?.traceparent));
      if (encoded.length === 0) return Promise.resolve([]);
      const cost = encoded.reduce((sum, { bytes }) => sum + costOf(bytes), 0);
      const alsoFits = this.#roomForAll(encoded);
      if (this.#flow.tryTake(cost, encoded.length, alsoFits)) return this.#enterBatch(encoded, signal);
      return this.#wait(cost, encoded.length, signal, alsoFits, () => this.#enterBatch(encoded, signal));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * For the command line: many messages without a promise for each, whose outcomes are told one by one. A message that cannot
   * be sent keeps no other one back. Resolves when the others are accepted, and waits for room as long as that takes; false:
   * `signal` aborted first, and nothing more will be told of them.
   */
  async sendEach(
    messages: readonly GivenMessage[],
    outcomes: MessageOutcomes,
    signal: AbortSignal,
  ): Promise<boolean> {
    const pending: PendingMessage[] = [];
    let cost = 0;
    messages.forEach((message, index) => {
      try {
        const encoded =
          message.isExported === true ? encodeAsItIs(message) : this.#encode(message, undefined);
        pending.push(new BatchMessage(encoded, this.#accounts, outcomes, index));
        cost += costOf(encoded.bytes);
      } catch (error) {
        outcomes.failed(index, error as HaError);
      }
    });
    const alsoFits = this.#roomForAll(pending);
    while (pending.length > 0 && this.#closing === undefined) {
      if (signal.aborted) return false;
      if (this.#flow.tryTake(cost, pending.length, alsoFits)) {
        this.#enterAll(pending);
        return true;
      }
      const writable = this.#flow.whenWritable(cost, alsoFits);
      this.#spool?.memoryIsFull();
      await orAborted(writable, signal);
    }
    for (const message of pending) message.fail(closedError('was closed before it was accepted'));
    return true;
  }

  isWritable(bytes = 0): boolean {
    checkArgument('isWritable', 'bytes', bytes, 'amount');
    return (
      this.#closing !== undefined || this.#flow.isWritable(costOf(bytes), this.#roomFor({ key: null, bytes }))
    );
  }

  async whenWritable(bytes = 0): Promise<void> {
    checkArgument('whenWritable', 'bytes', bytes, 'amount');
    if (this.isWritable(bytes)) return;
    const writable = this.#flow.whenWritable(costOf(bytes), this.#roomFor({ key: null, bytes }));
    this.#spool?.memoryIsFull();
    return writable;
  }

  stats(): ProducerStats {
    const { clock, router } = this.#parts;
    const outbox = this.#outbox;
    const { active, switches, standbyProblem } = router.status;
    return {
      bufferedMessages: this.#flow.messages,
      bufferedBytes: this.#flow.bytes,
      sent: this.#sent,
      failed: this.#failed,
      storedByRegion: { ...this.#storedByRegion },
      attempts: this.#requests.attempts,
      active: active && {
        role: active.role,
        region: active.region,
        since: new Date(clock.wall() - active.sinceMs).toISOString(),
      },
      switches,
      standbyProblem,
      outbox: outbox && {
        directory: outbox.directory,
        ...outbox.totals,
        isRecovering: outbox.isRecovering,
        lost: outbox.lost,
      },
    };
  }

  close(options: { readonly withinMs?: number | undefined } = {}): Promise<void> {
    try {
      checkArguments('close', options, { withinMs: 'amount' });
    } catch (error) {
      return Promise.reject(error);
    }
    const { withinMs } = options;
    this.#closing ??= this.#drain(withinMs ?? this.#parts.settings.closeTimeoutMs).then(this.#ended.resolve);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(outbox: Outbox | undefined): void {
    this.#outbox = outbox;
    if (outbox !== undefined) {
      this.#spool = new Spool({
        ...this.#parts,
        outbox,
        lanes: this.#lanes,
        onStored: (region) => this.#accounts.stored(region),
        onRoom: () => this.#flow.admit(),
      });
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const message of early) if (!message.isSettled) this.#join(message);
  }

  #beginWithout(error: HaError): void {
    if (this.#noOutbox !== undefined) return;
    this.#noOutbox = error;
    this.#begin(undefined);
  }

  #assertOpen(signal: AbortSignal | undefined): void {
    if (this.#closing !== undefined) throw closedError('is closed');
    if (signal?.aborted === true) throw abortedError(signal, false);
  }

  #wait<T>(
    cost: number,
    messages: number,
    signal: AbortSignal | undefined,
    alsoFits: (() => boolean) | undefined,
    enter: () => Promise<T>,
  ): Promise<T> {
    const entered = this.#flow.wait(cost, enter, signal, messages, alsoFits).catch((error: unknown) => {
      throw error instanceof GivenUp ? abortedError(signal, false) : error;
    });
    this.#spool?.memoryIsFull();
    return entered;
  }

  #enter(encoded: EncodedMessage, signal: AbortSignal | undefined): Promise<R> {
    this.#sent++;
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const message = new SingleMessage(encoded, this.#accounts, (receipt) => resolve(receipt as R), reject);
    this.#join(message);
    return signal === undefined ? promise : unlessAborted(signal, promise, [message]);
  }

  #enterBatch(encoded: readonly EncodedMessage[], signal: AbortSignal | undefined): Promise<R[]> {
    const batch = new MessageBatch(encoded, this.#accounts);
    this.#enterAll(batch.messages);
    const settled = batch.settled as Promise<R[]>;
    return signal === undefined ? settled : unlessAborted(signal, settled, batch.messages);
  }

  #enterAll(messages: readonly PendingMessage[]): void {
    this.#sent += messages.length;
    const { maxBatchMessages } = this.#parts.settings;
    let forKeyless: Lane | undefined;
    let keyless = 0;
    for (const message of messages) {
      // Requests that are full, not one for each lane.
      if (message.key === null && keyless++ % maxBatchMessages === 0) forKeyless = this.#lanes.shortest();
      this.#join(message, forKeyless);
    }
  }

  #join(message: PendingMessage, forKeyless?: Lane): void {
    if (this.#early !== undefined) this.#early.push(message);
    else if (this.#noOutbox !== undefined) {
      message.fail(this.#noOutbox);
      message.release();
    } else if (this.#spool === undefined) this.#lanes.add(message, forKeyless);
    else this.#spool.enter(message, forKeyless);
  }

  #roomFor({ key, bytes }: Pick<EncodedMessage, 'key' | 'bytes'>): (() => boolean) | undefined {
    const spool = this.#spool;
    return spool && ((): boolean => !spool.takes(key) || spool.hasRoom(bytes));
  }

  /** Room on disk for those of the messages that would go there. */
  #roomForAll(messages: readonly EncodedMessage[]): (() => boolean) | undefined {
    const spool = this.#spool;
    return (
      spool &&
      ((): boolean => {
        const onDisk = messages.filter(({ key }) => spool.takes(key));
        return onDisk.length === 0 || spool.hasRoom(onDisk.reduce((sum, { bytes }) => sum + bytes, 0));
      })
    );
  }

  async #drain(withinMs: number): Promise<void> {
    const { onClosed } = this.#parts;
    this.#flow.refuse(closedError('was closed while it waited for room'));
    await this.#outboxOpened(withinMs);
    await (this.#spool === undefined ? this.#drainLanes(withinMs) : this.#spool.close(withinMs));
    // What was opened only for this producer closes with it; a failure there loses no message.
    await onClosed?.().catch(() => {});
  }

  /** Resolves also when the disk of the outbox does not answer. */
  async #outboxOpened(withinMs: number): Promise<void> {
    if (this.#opened === undefined) return;
    const timeUp = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.after(withinMs + DISK_PATIENCE_MS, () => {
      this.#beginWithout(closedError('was closed, and its outbox did not open'));
      timeUp.resolve();
    });
    await Promise.race([this.#opened, timeUp.promise]);
    cancel();
  }

  async #drainLanes(withinMs: number): Promise<void> {
    const { clock } = this.#parts;
    const lanes = this.#lanes.all;
    const timeUp = Promise.withResolvers<void>();
    const cancel = clock.after(withinMs, () => {
      for (const lane of lanes) lane.abandon(closedMeanwhile);
      timeUp.resolve();
    });
    await Promise.race([Promise.all(lanes.map((lane) => lane.idle())), timeUp.promise]);
    cancel();
  }
}
