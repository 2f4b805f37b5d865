import { BatchError, type BatchOutcome, type HaError } from '../errors.ts';
import type { AnyReceipt } from '../receipt.ts';
import type { EncodedMessage } from '../region.ts';
import { PendingMessage, type MessageAccounts } from './pending-message.ts';

/** Takes what becomes of each of several messages, by its index. Each settles once. */
export interface MessageOutcomes {
  stored(index: number, receipt: AnyReceipt): void;
  failed(index: number, error: HaError): void;
}

/** The messages of one `sendBatch`, under one promise. */
export class MessageBatch implements MessageOutcomes {
  readonly messages: readonly PendingMessage[];
  /** Resolves with a receipt for each message, in order; rejects with `BatchError` when one failed, after all are settled. */
  readonly settled: Promise<AnyReceipt[]>;
  readonly #receipts: AnyReceipt[] = [];
  readonly #errors = new Map<number, HaError>();
  readonly #resolve: (receipts: AnyReceipt[]) => void;
  readonly #reject: (error: BatchError) => void;
  #unsettled: number;

  constructor(messages: readonly EncodedMessage[], accounts: MessageAccounts) {
    const { promise, resolve, reject } = Promise.withResolvers<AnyReceipt[]>();
    this.settled = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#unsettled = messages.length;
    this.#receipts.length = messages.length;
    this.messages = messages.map((message, index) => new BatchMessage(message, accounts, this, index));
  }

  stored(index: number, receipt: AnyReceipt): void {
    this.#receipts[index] = receipt;
    this.#settledOne();
  }

  failed(index: number, error: HaError): void {
    this.#errors.set(index, error);
    this.#settledOne();
  }

  #settledOne(): void {
    if (--this.#unsettled > 0) return;
    if (this.#errors.size === 0) this.#resolve(this.#receipts);
    else {
      // `map` would pass over the places of those that failed.
      const outcomes = Array.from(this.#receipts, (receipt, index) => this.#outcome(receipt, index));
      this.#reject(new BatchError(outcomes));
    }
  }

  #outcome(receipt: AnyReceipt, index: number): BatchOutcome {
    const error = this.#errors.get(index);
    return error === undefined ? { type: 'stored', receipt } : { type: 'failed', error };
  }
}

/** A message without a promise of its own. */
export class BatchMessage extends PendingMessage {
  readonly #outcomes: MessageOutcomes;
  readonly #index: number;

  constructor(message: EncodedMessage, accounts: MessageAccounts, outcomes: MessageOutcomes, index: number) {
    super(message, accounts);
    this.#outcomes = outcomes;
    this.#index = index;
  }

  protected override onStored(receipt: AnyReceipt): void {
    this.#outcomes.stored(this.#index, receipt);
  }

  protected override onFailed(error: HaError): void {
    this.#outcomes.failed(this.#index, error);
  }
}
