import type { HaError } from '../errors.ts';
import type { Receipt } from '../receipt.ts';
import type { EncodedMessage } from '../region.ts';

/** Counts what becomes of a producer's messages, and takes back the room that they had. */
export interface MessageAccounts {
  stored(region: string): void;
  failed(): void;
  /** `bytes`: key plus value. */
  released(bytes: number): void;
}

/** A message on its way. It is settled once, and released once: when nothing needs it any more. */
export abstract class PendingMessage implements EncodedMessage {
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

  fail(error: HaError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#accounts.failed();
    this.onFailed(error);
  }

  /** Its memory is free: a lane may still hold what is left of it in a queue. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.key = null;
    this.value = '';
    this.#accounts.released(this.bytes);
  }

  protected abstract onStored(receipt: Receipt): void;
  protected abstract onFailed(error: HaError): void;
}

/** A message with a promise of its own. */
export class SingleMessage extends PendingMessage {
  readonly #resolve: (receipt: Receipt) => void;
  readonly #reject: (error: HaError) => void;

  constructor(
    message: EncodedMessage,
    accounts: MessageAccounts,
    resolve: (receipt: Receipt) => void,
    reject: (error: HaError) => void,
  ) {
    super(message, accounts);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override onStored(receipt: Receipt): void {
    this.#resolve(receipt);
  }

  protected override onFailed(error: HaError): void {
    this.#reject(error);
  }
}
