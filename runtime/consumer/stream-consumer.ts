import type { ReadHealth } from '../core/index.ts';
import type { Role } from '../events.ts';
import type { Reservation } from '../region.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { BatchHandler } from './handle-batch.ts';
import type { DeadLetterHook, Handler } from './handle-message.ts';

export interface RunOptions {
  /** True: the handler takes whole batches. Default false. */
  readonly batch?: false | undefined;
  /** Ends the run when the message or the batch in hand is handled, or its handler has failed: the next run gets it then. */
  readonly signal?: AbortSignal | undefined;
  /** For messages that the handler failed with too often; in place of the stream that the option `deadLetters` names. */
  readonly onDeadLetter?: DeadLetterHook | undefined;
}

export interface BatchRunOptions extends Omit<RunOptions, 'batch'> {
  readonly batch: true;
}

export interface RegionStats {
  /** For example `sa-saopaulo-1`. */
  readonly region: string;
  /** Reads that were tried, also those that failed or gave nothing. */
  readonly reads: number;
  /** Messages that were read. */
  readonly received: number;
  /** Messages that were read and are not handled yet: those of a read at most, and of the next one. */
  readonly buffered: number;
  /** Messages that were handled and then committed. */
  readonly committed: number;
}

/** The state of reading one region. */
export interface Reading {
  readonly role: Role;
  /** For example `sa-saopaulo-1`. */
  readonly region: string;
  /** Its stream is known. */
  readonly isLocated: boolean;
  /** There is no stream to read, as far as is known. */
  readonly isAbsent: boolean;
  readonly health: ReadHealth;
}

/** A partition of another member of the group. */
export interface HeldPartition extends Reservation {
  readonly region: string;
}

/** Counts since the consumer was opened. */
export interface ConsumerStats {
  /** Reads of both regions that were tried, also those that failed or gave nothing. */
  readonly reads: number;
  /** Messages of both regions that were read. */
  readonly received: number;
  /** Messages of both regions that were read and are not handled yet. */
  readonly buffered: number;
  /** Messages of both regions that were handled and then committed. */
  readonly committed: number;
  /** Copies of handled messages that were removed (envelope mode). They are received and committed too. */
  readonly copies: number;
  /** Messages that were read later than a newer one of their key and producer (envelope mode). */
  readonly late: number;
  readonly primary: RegionStats;
  readonly secondary: RegionStats;
  /** The region that is read at full pace, and since when (RFC 3339, this machine's clock). */
  readonly active: { readonly role: Role; readonly region: string; readonly since: string };
  /** How many times the active region has changed. */
  readonly switches: number;
}

/**
 * Reads the streams of both regions through a consumer group, at least once: a message is committed only after it is handled,
 * and delivered again otherwise. A message that a region stored twice is delivered twice; in envelope mode (`envelope`) it
 * is delivered once, within the last million ids.
 */
export interface StreamConsumer extends AsyncIterable<ConsumedMessage>, AsyncDisposable {
  /** The region that is read at full pace; the other one is read less often. */
  readonly active: Role;
  /** Resolves when `close` has ended. Never rejects. */
  readonly closed: Promise<void>;

  /**
   * `for await (const message of consumer)`: a message is handled when the loop asks for the next one. If the loop ends
   * before (break, throw), the next loop gets that message again.
   *
   * Ends when the consumer is closed. Throws an HaError when the primary is active and refuses to be read, or both regions do
   * (`AUTH`, `NOT_AUTHORIZED_OR_NOT_FOUND`, `REJECTED`, `CONFIG`). During an outage it waits, and events report it.
   */
  [Symbol.asyncIterator](): AsyncGenerator<ConsumedMessage, void, undefined>;

  /**
   * Calls `handler` with each message, one at a time. Resolves when `signal` aborts or the consumer is closed.
   *
   * @throws HaError `HANDLER` when it failed with one message `maxHandlerAttempts` times and there is no
   *   `deadLetters` and no `onDeadLetter`; and the errors of a loop.
   */
  run(handler: Handler, options?: RunOptions): Promise<void>;

  /**
   * Calls `handler` with one batch after another: the messages of a read, in order, of one partition or more, and
   * `readLimit` at most. Copies are left out (envelope mode). The batch is handled when the handler has succeeded, and committed
   * only then.
   *
   * When the handler fails, it gets the same messages again, with backoff. After `maxHandlerAttempts` calls it gets each of them
   * by itself, in order, as a batch of one: what it fails with then as many times again is one message, and goes
   * to `deadLetters` or `onDeadLetter`; its neighbours do not.
   *
   * @throws as above.
   */
  run(handler: BatchHandler, options: BatchRunOptions): Promise<void>;

  /**
   * The messages of one read (up to `readLimit`): of the active region, or of the other region when that one fails. Both
   * regions are read while both answer, the other one every `standbyPollMs`. One of the next calls, or `close`, commits them. The Java
   * program reads this way.
   *
   * @throws HaError when no region can be read. The next call then waits before it asks a region again, up to `retryWindowMs`.
   */
  consumeOnce(): Promise<ConsumedMessage[]>;

  /** Counts since the consumer was opened. */
  stats(): ConsumerStats;

  /** The state of reading each region. */
  readings(): readonly Reading[];

  /** The partitions of other members of the group: this consumer does not read them. Empty when no region tells. */
  heldByOthers(): Promise<readonly HeldPartition[]>;

  /**
   * Waits for the message in hand, commits the handled messages, and leaves the group. The next reader gets the others again.
   * It waits `closeTimeoutMs` for a handler and a second for a loop: do not await it inside of one. Without `commit` nothing is
   * committed of a read that is not handled to its end. Rejects only for options that it does not know (`CONFIG`): then nothing is closed.
   */
  close(options?: { readonly commit?: boolean | undefined }): Promise<void>;
}
