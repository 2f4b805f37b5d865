import type { HaError } from '../errors.ts';
import type { Outbox, OutboxRow, WaitingRows } from '../outbox/index.ts';
import type { AnyReceipt } from '../receipt.ts';
import { PendingMessage, type MessageAccounts } from './pending-message.ts';

/** No later attempt would end otherwise. */
const NEVER_SENT: ReadonlySet<string> = new Set(['REJECTED', 'BAD_MESSAGE', 'TOO_OLD']);

export interface DrainedFrom {
  readonly outbox: Outbox;
  readonly rows: WaitingRows;
  /** It cannot be sent now, though it may be later. */
  readonly onHeldUp: (error: HaError) => void;
}

/** A message from disk, in a lane. It stays on disk until a region has stored it. */
export class DrainedMessage extends PendingMessage {
  readonly #from: DrainedFrom;

  constructor(row: OutboxRow, accounts: MessageAccounts, from: DrainedFrom) {
    super(row, accounts);
    this.sequence = row.sequence;
    this.acceptedAt = row.acceptedAt;
    this.#from = from;
  }

  /** It leaves its lane and waits on disk again. */
  giveBack(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#return();
    this.release();
  }

  protected override onStored(receipt: AnyReceipt): void {
    if (receipt.type !== 'outbox') this.#from.outbox.stored(this.#from.rows, this.sequence, receipt);
  }

  protected override onFailed(error: HaError): void {
    const { outbox, rows, onHeldUp } = this.#from;
    if (NEVER_SENT.has(error.code)) outbox.refused(rows, this.sequence, error);
    else {
      this.#return();
      onHeldUp(error);
    }
  }

  #return(): void {
    this.#from.outbox.givenBack(this.#from.rows, this.sequence, this.key);
  }
}
