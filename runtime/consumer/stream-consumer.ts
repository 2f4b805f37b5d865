import type { ReadHealth } from '../core/index.ts';
import type { Role } from '../events.ts';
import type { Reservation } from '../region.ts';
import type { ConsumedMessage } from './consumed-message.ts';
import type { DeadLetterHook, Handler } from './handle-message.ts';

export interface RunOptions {
  /** Ends the run after the message in hand. */
  readonly signal?: AbortSignal | undefined;
  readonly onDeadLetter?: DeadLetterHook | undefined;
}

export interface RegionStats {
  /** For example `sa-saopaulo-1`. */
  readonly region: string;
  /** Messages that were read to be handled. */
  readonly received: number;
  /** Messages that were handled and then committed. */
  readonly committed: number;
}

/** How reading from one region goes. */
export interface Reading {
  readonly role: Role;
  /** For example `sa-saopaulo-1`. */
  readonly region: string;
  /** Its stream is known. */
  readonly isLocated: boolean;
  readonly health: ReadHealth;
}

/** A partition that another member of the group holds. */
export interface HeldPartition extends Reservation {
  readonly region: string;
}

/** What a consumer did since it was opened. */
export interface ConsumerStats {
  /** Messages of both regions that were read to be handled. */
  readonly received: number;
  /** Messages of both regions that were handled and then committed. */
  readonly committed: number;
  readonly primary: RegionStats;
  readonly secondary: RegionStats;
  /** The region that is read at full pace, and since when (RFC 3339, this machine's clock). */
  readonly active: { readonly role: Role; readonly region: string; readonly since: string };
  /** How many times the active region has changed. */
  readonly switches: number;
}

/**
 * Reads the streams of both regions through a consumer group, at least once: what is not handled is never committed, and
 * is delivered again. A message of which the region stored two copies is delivered twice.
 */
export interface StreamConsumer extends AsyncIterable<ConsumedMessage>, AsyncDisposable {
  /** The region that is read at full pace; the other one is read now and then. */
  readonly active: Role;
  /** Resolves when the consumer is closed, by `close`. Never rejects. */
  readonly closed: Promise<void>;

  /**
   * `for await (const message of consumer)`: a message counts as handled when the next one is asked for. One that a loop
   * was left with (break, throw) is delivered again, in the next loop.
   *
   * Ends when the consumer is closed. Throws an HaError when the primary is active and refuses to be read, or both regions do
   * (`AUTH`, `NOT_AUTHORIZED_OR_NOT_FOUND`, `REJECTED`, `CONFIG`); an outage is waited out, and told by events.
   */
  [Symbol.asyncIterator](): AsyncGenerator<ConsumedMessage, void, undefined>;

  /**
   * Calls `handler` with each message, one after another. Resolves when `signal` aborts or the consumer is closed.
   *
   * @throws HaError `HANDLER` when it failed with one message `maxHandlerAttempts` times and there is no
   *   `onDeadLetter`; and whatever a loop throws.
   */
  run(handler: Handler, options?: RunOptions): Promise<void>;

  /**
   * One pass, as the Java program reads: what one read of the active region gives (up to `readLimit` messages), or of the
   * other one when that fails. The next call, or `close`, commits them.
   *
   * @throws HaError when no region can be read.
   */
  consumeOnce(): Promise<ConsumedMessage[]>;

  /** Counts since the consumer was opened. */
  stats(): ConsumerStats;

  /** How reading from each region goes. */
  readings(): readonly Reading[];

  /** Partitions that other members of the group hold: their messages are not read here. Empty where that cannot be asked. */
  heldByOthers(): Promise<readonly HeldPartition[]>;

  /**
   * Lets the message in hand be finished, commits what is handled, and leaves the group. What is not handled is delivered
   * again to the next reader. A handler has `closeTimeoutMs` to finish, and a loop a second, so do not await this in either:
   * call it, and go on. Without `commit` nothing of the last read of each region is committed: all of it is delivered again.
   * Never rejects.
   */
  close(options?: { readonly commit: boolean }): Promise<void>;
}
