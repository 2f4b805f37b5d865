import {
  type DiskReceipt,
  type LoggedEvent,
  type Position,
  positionKey,
  type ReceiptEntry,
  type ReceivedMessage,
  type SentMessage,
} from './entries.ts';

/** Everything that the demo saw and did, in order. */
export class Journal {
  readonly sent: SentMessage[] = [];
  readonly receipts: ReceiptEntry[] = [];
  readonly diskReceipts: DiskReceipt[] = [];
  readonly received: ReceivedMessage[] = [];
  readonly events: LoggedEvent[] = [];
  readonly #stored = new Map<string, number>();
  readonly #read = new Map<string, number>();
  readonly #positionsRead = new Set<string>();
  readonly #watchers = new Set<() => void>();

  addSent(sent: SentMessage): void {
    this.sent.push(sent);
    this.#changed();
  }

  addReceipt(receipt: ReceiptEntry): void {
    this.receipts.push(receipt);
    this.#stored.set(receipt.region, this.storedIn(receipt.region) + 1);
    this.#changed();
  }

  /** `index`: of the message, in the order of sending. */
  addDiskReceipt(index: number, at: number): void {
    const message = this.sent[index];
    if (message === undefined) throw new Error(`a receipt for message ${index + 1}, which was not sent`);
    this.diskReceipts.push({ ...message, at });
    this.#changed();
  }

  addReceived(received: ReceivedMessage): void {
    this.received.push(received);
    if (!this.isRead(received)) {
      this.#positionsRead.add(positionKey(received));
      this.#read.set(received.region, this.readFrom(received.region) + 1);
    }
    this.#changed();
  }

  addEvent(event: LoggedEvent): void {
    this.events.push(event);
    this.#changed();
  }

  /** An action of the demo, now. */
  addDemoEvent(type: string): void {
    this.addEvent({ who: 'demo', type, at: Date.now(), message: '' });
  }

  /** The number of messages that the producer wrote to its outbox. */
  get onDisk(): number {
    return this.diskReceipts.length;
  }

  /** The number of receipts from a region. */
  storedIn(region: string): number {
    return this.#stored.get(region) ?? 0;
  }

  /** The number of messages read from a region. A message that was read twice counts once. */
  readFrom(region: string): number {
    return this.#read.get(region) ?? 0;
  }

  isRead(position: Position): boolean {
    return this.#positionsRead.has(positionKey(position));
  }

  /** The latest event of a type, and of a role if one is given. */
  last(type: string, role?: string): LoggedEvent | undefined {
    return this.events.findLast(
      (event) => event.type === type && (role === undefined || event.role === role),
    );
  }

  /** Resolves when `condition` is true; it is evaluated after each entry. Rejects with the signal's reason. */
  until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = (): void => {
      if (condition()) resolve();
    };
    const abort = (): void => reject(signal.reason as Error);
    this.#watchers.add(check);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else check();
    return promise.finally(() => {
      this.#watchers.delete(check);
      signal.removeEventListener('abort', abort);
    });
  }

  #changed(): void {
    for (const check of this.#watchers) check();
  }
}
