import type { HaError } from '../errors.ts';
import type { SpoolableMessage } from '../outbox/index.ts';
import type { AnyReceipt, Receipt } from '../receipt.ts';
import type { EncodedMessage } from '../region.ts';

/** A lane and some keys whose messages are in it. */
export interface KeySlot {
  readonly lane: { remove(message: PendingMessage): void };
  /** That wait in the lane or are in flight. */
  messages: number;
}

/** Counts the outcomes of a producer's messages, and returns their memory to flow control. */
export interface MessageAccounts {
  stored(region: string): void;
  failed(): void;
  /** `bytes`: key plus value. */
  released(bytes: number): void;
}

/**
 * A message that was accepted and is not settled yet. It is settled once; its memory is released once, when nothing
 * needs it any more.
 */
export abstract class PendingMessage implements EncodedMessage, SpoolableMessage {
  key: string | null;
  value: string;
  readonly bytes: number;
  /** Present while it is in a lane. */
  slot: KeySlot | undefined = undefined;
  /** A request with it was sent, so it may be stored even if its promise rejects. */
  wasSent = false;
  /** The region refused it, while it took others. */
  wasRefused = false;
  /** A call with it is under way. */
  isInFlight = false;
  /** The time that attempts with it took, in ms, without the waits while no region takes messages. */
  triedMs = 0;
  isSettled = false;
  /** Its position in the order of acceptance, if there is an outbox. */
  sequence = 0;
  /** Milliseconds since 1970, if there is an outbox. */
  acceptedAt = 0;
  readonly #accounts: MessageAccounts;
  #isReleased = false;

  constructor({ key, value, bytes }: EncodedMessage, accounts: MessageAccounts) {
    this.key = key;
    this.value = value;
    this.bytes = bytes;
    this.#accounts = accounts;
  }

  succeed(receipt: Receipt): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#accounts.stored(receipt.region);
    this.onStored(receipt);
  }

  /**
   * Settles a message that is on this machine's disk. It is not counted as stored: the message that is drained from disk is.
   */
  acknowledge(receipt: AnyReceipt): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.onStored(receipt);
  }

  fail(error: HaError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#accounts.failed();
    this.onFailed(error);
  }

  leaveLane(): void {
    if (this.slot === undefined) return;
    this.slot.messages--;
    this.slot = undefined;
  }

  /** Frees its memory, unless a call still needs it. A lane may keep the empty message in its queue. */
  release(): void {
    if (this.#isReleased || this.isInFlight) return;
    this.#isReleased = true;
    this.leaveLane();
    this.key = null;
    this.value = '';
    this.#accounts.released(this.bytes);
  }

  protected abstract onStored(receipt: AnyReceipt): void;
  protected abstract onFailed(error: HaError): void;
}

/** A message with a promise of its own. */
export class SingleMessage extends PendingMessage {
  readonly #resolve: (receipt: AnyReceipt) => void;
  readonly #reject: (error: HaError) => void;

  constructor(
    message: EncodedMessage,
    accounts: MessageAccounts,
    resolve: (receipt: AnyReceipt) => void,
    reject: (error: HaError) => void,
  ) {
    super(message, accounts);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override onStored(receipt: AnyReceipt): void {
    this.#resolve(receipt);
  }

  protected override onFailed(error: HaError): void {
    this.#reject(error);
  }
}
