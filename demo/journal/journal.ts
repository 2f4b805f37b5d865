import {
  type Happening,
  type Position,
  positionOf,
  type Receipt,
  type Received,
  type Sent,
} from './entries.ts';

/** Everything that the demo saw and did, in the order in which it came. */
export class Journal {
  readonly sent: Sent[] = [];
  readonly receipts: Receipt[] = [];
  readonly received: Received[] = [];
  readonly happenings: Happening[] = [];
  readonly #stored = new Map<string, number>();
  readonly #read = new Map<string, number>();
  readonly #positionsRead = new Set<string>();
  readonly #watchers = new Set<() => void>();

  hands(sent: Sent): void {
    this.sent.push(sent);
    this.#changed();
  }

  gets(receipt: Receipt): void {
    this.receipts.push(receipt);
    this.#stored.set(receipt.region, this.storedIn(receipt.region) + 1);
    this.#changed();
  }

  reads(received: Received): void {
    this.received.push(received);
    if (!this.isRead(received)) {
      this.#positionsRead.add(positionOf(received));
      this.#read.set(received.region, this.readFrom(received.region) + 1);
    }
    this.#changed();
  }

  hears(happening: Happening): void {
    this.happenings.push(happening);
    this.#changed();
  }

  /** Something that the demo itself did just now. */
  notes(type: string): void {
    this.hears({ who: 'demo', type, at: Date.now(), message: '' });
  }

  /** Messages that a region gave receipts for. */
  storedIn(region: string): number {
    return this.#stored.get(region) ?? 0;
  }

  /** Messages that were read from a region; one that came twice counts once. */
  readFrom(region: string): number {
    return this.#read.get(region) ?? 0;
  }

  isRead(position: Position): boolean {
    return this.#positionsRead.has(positionOf(position));
  }

  /** The latest of its type, and of a role where one is given. */
  last(type: string, role?: string): Happening | undefined {
    return this.happenings.findLast(
      (happening) => happening.type === type && (role === undefined || happening.role === role),
    );
  }

  /** Resolves when `condition` holds; it is asked again after each entry. Rejects with the signal's reason. */
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
