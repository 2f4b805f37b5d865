import { BatchError, type BatchOutcome, type HaError } from '../errors.ts';
import type { AnyReceipt } from '../receipt.ts';
import type { EncodedMessage } from '../region.ts';
import { PendingMessage, type MessageAccounts } from './pending-message.ts';

/** The messages of one `sendBatch`, under one promise. */
export class MessageBatch {
  readonly messages: readonly PendingMessage[];
  /** Resolves with a receipt for each message, in order; rejects with `BatchError` when one failed, after all are settled. */
  readonly settled: Promise<AnyReceipt[]>;
  readonly #receipts: AnyReceipt[];
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
    this.#receipts = Array.from({ length: messages.length });
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
    else this.#reject(new BatchError(this.#receipts.map((receipt, index) => this.#outcome(receipt, index))));
  }

  #outcome(receipt: AnyReceipt, index: number): BatchOutcome {
    const error = this.#errors.get(index);
    return error === undefined ? { type: 'stored', receipt } : { type: 'failed', error };
  }
}

class BatchMessage extends PendingMessage {
  readonly #batch: MessageBatch;
  readonly #index: number;

  constructor(message: EncodedMessage, accounts: MessageAccounts, batch: MessageBatch, index: number) {
    super(message, accounts);
    this.#batch = batch;
    this.#index = index;
  }

  protected override onStored(receipt: AnyReceipt): void {
    this.#batch.stored(this.#index, receipt);
  }

  protected override onFailed(error: HaError): void {
    this.#batch.failed(this.#index, error);
  }
}
