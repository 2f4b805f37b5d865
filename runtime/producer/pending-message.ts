import type { HaError } from '../errors.ts';
import type { SpoolableMessage } from '../outbox/index.ts';
import type { AnyReceipt, OutboxReceipt, Receipt } from '../receipt.ts';
import type { EncodedMessage } from '../region.ts';

/** Counts what becomes of a producer's messages, and takes back the room that they had. */
export interface MessageAccounts {
  stored(region: string): void;
  failed(): void;
  /** `bytes`: key plus value. */
  released(bytes: number): void;
}

/** A message on its way. It is settled once, and released once: when nothing needs it any more. */
export abstract class PendingMessage implements EncodedMessage, SpoolableMessage {
  key: string | null;
  value: string;
  readonly bytes: number;
  /** It was on the wire: it may be stored whatever its sender does. */
  wasSent = false;
  /** A call for it is under way. */
  isInFlight = false;
  /** How long attempts for it took, in ms; waiting while no region takes messages does not count. */
  triedMs = 0;
  isSettled = false;
  /** Its place in the order of acceptance, where there is an outbox. */
  sequence = 0;
  /** Milliseconds since 1970, where there is an outbox. */
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

  /** It is on this machine's disk, and that is what its sender wanted to know. */
  spooled(receipt: OutboxReceipt): void {
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

  /** Its memory is free, unless a call still needs it: a lane may hold what is left of it in a queue. */
  release(): void {
    if (this.#isReleased || this.isInFlight) return;
    this.#isReleased = true;
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
