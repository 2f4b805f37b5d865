import type { Role } from '../core/index.ts';
import type { AnyReceipt, Receipt } from '../receipt.ts';
import type { Message } from './message.ts';

export interface SendOptions {
  /** Gives the message up; the promise then rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  /** W3C trace context of the message, or of each message of a batch: `00-…`. Needs the option `envelope`. */
  readonly traceparent?: string | undefined;
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
  /** Requests that put messages, those that failed included. */
  readonly attempts: number;
  /** The region that messages go to, and since when (RFC 3339, this machine's clock); undefined while no region takes them. */
  readonly active: { readonly role: Role; readonly region: string; readonly since: string } | undefined;
  /** Switches begun: failovers and failbacks. */
  readonly switches: number;
  /** Why the standby could not be used when it was looked at last; undefined when it could. */
  readonly standbyProblem: string | undefined;
  /**
   * Messages that wait on disk, with their bytes; `isRecovering`: more are being copied from a damaged file; `lost`: those that
   * were there when its files were removed. Undefined without an outbox.
   */
  readonly outbox:
    | {
        readonly directory: string;
        readonly messages: number;
        readonly bytes: number;
        readonly isRecovering: boolean;
        readonly lost: number;
      }
    | undefined;
}

/**
 * Accepts messages and gives a receipt for each. Order per key is the order of the `send` calls; keys run side by side in
 * lanes.
 */
export interface StreamProducer<R extends AnyReceipt = Receipt> extends AsyncDisposable {
  /**
   * Resolves when a region has stored the message; with an `outbox` also when it is on disk and no region takes it. Waits for
   * room when `maxBufferBytes` are on their way.
   *
   * @throws HaError `BAD_MESSAGE` (before anything is sent), `BUFFER_FULL`, `OUTBOX_FULL`, `CLOSED`, `ABORTED`, `DELIVERY_TIMEOUT`,
   *   `REJECTED`, `AUTH`, `NOT_AUTHORIZED_OR_NOT_FOUND`, `CONFIG`: the message is not known to be stored, and the sentence
   *   says why.
   */
  send(message: Message, options?: SendOptions): Promise<R>;
  /**
   * Sends many messages under one promise: cheaper than as many calls of `send`, with the same order per key among themselves
   * and with what `send` takes before and after. It is no transaction: messages are stored each on its own, in as many
   * requests as they need. Resolves with a receipt for each message, in order, when all are stored. Counts as a whole for
   * `maxBufferBytes`; a batch that is larger than that is let in alone.
   *
   * @throws BatchError once all are settled and at least one is not known to be stored; its `outcomes` say for each message
   *   what became of it. Before anything is sent: HaError `BAD_MESSAGE` (one of them cannot be sent), `BUFFER_FULL`, `CLOSED`,
   *   `ABORTED`.
   */
  sendBatch(messages: readonly Message[], options?: SendOptions): Promise<R[]>;
  /** Whether `send` would accept a message of so many bytes (key plus value) without waiting. */
  isWritable(bytes?: number): boolean;
  /** Resolves when `send` would accept a message of so many bytes (key plus value) without waiting. */
  whenWritable(bytes?: number): Promise<void>;
  stats(): ProducerStats;
  /**
   * Drains for at most `withinMs` (`closeTimeoutMs` when absent), then rejects what is left; with an `outbox` that goes to
   * disk. Safe to call twice. Rejects only for options that it does not know (`CONFIG`): then nothing is closed.
   */
  close(options?: { readonly withinMs?: number | undefined }): Promise<void>;
  /** Resolves when the producer is closed. */
  readonly closed: Promise<void>;
}
