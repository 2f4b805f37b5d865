import type { Clock } from '../../clock.ts';
import type { StreamProducer } from '../../producer/index.ts';
import type { Receipt } from '../../receipt.ts';
import { meetsEveryCall } from '../exit-codes.ts';
import type { StandardOutput } from '../standard-streams.ts';
import type { Item } from './input.ts';
import type { FailedLines, LinesNotStored, Place } from './lines-not-stored.ts';
import type { Stop } from './ending.ts';
import type { Tally } from './tally.ts';

type MessageItem = Extract<Item, { type: 'message' }>;

interface PublisherParts {
  readonly producer: StreamProducer;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly stop: Stop;
  /** For receipts; undefined when none are wanted. */
  readonly receipts: StandardOutput | undefined;
  readonly failedLines: FailedLines | undefined;
  readonly notStored: LinesNotStored;
  /** Messages. */
  readonly maxOutstanding: number;
}

/**
 * Sends what a source gives. The source is asked for more only while the producer has room and receipts are read, so that a
 * pipe is held back and memory stays flat; after a stop, what the source still gives is counted and not sent.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #outstanding = new Set<MessageItem>();
  /** Waits until no more than so many messages are outstanding. */
  #waiting: { readonly most: number; readonly resolve: () => void } | undefined;
  #isSourceRead = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Sent and not settled. */
  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** The source gave all that it has. */
  get isSourceRead(): boolean {
    return this.#isSourceRead;
  }

  /** Resolves when all that the source gave is settled, or when the run is stopped. */
  async publish(items: AsyncIterable<Item>): Promise<void> {
    const { stop } = this.#parts;
    for await (const item of items) {
      if (item.type === 'message') await this.#offer(item);
      else this.#refuse(item);
    }
    this.#isSourceRead = !stop.signal.aborted;
    await this.#untilOutstanding(0);
  }

  /** For an end without waiting: what is not settled is not known to be stored. */
  giveUp(): void {
    for (const item of this.#outstanding) this.#loses(item);
    this.#parts.tally.failed += this.#outstanding.size;
    this.#outstanding.clear();
  }

  async #offer(item: MessageItem): Promise<void> {
    const { producer, receipts, stop, maxOutstanding } = this.#parts;
    if (!stop.signal.aborted) {
      const bytes = bytesOf(item);
      // As many as fill the requests of all lanes twice: more would only take memory.
      if (this.#outstanding.size >= maxOutstanding) await this.#untilOutstanding(maxOutstanding / 2);
      // A promise per message is garbage that outlives many collections.
      if (!producer.isWritable(bytes)) await stop.orStopped(producer.whenWritable(bytes));
      const room = receipts?.whenRoom();
      if (room !== undefined) await stop.orStopped(room);
    }
    if (stop.signal.aborted) {
      // A made-up message that is not sent is missed by nobody.
      if (item.place !== undefined) this.#parts.tally.unsent++;
      this.#loses(item);
    } else this.#send(item);
  }

  #send(item: MessageItem): void {
    const { producer, tally, clock } = this.#parts;
    const sentAt = clock.now();
    tally.taken++;
    this.#outstanding.add(item);
    producer.send(item.message).then(
      (receipt) => {
        if (!this.#outstanding.delete(item)) return;
        tally.stores(receipt, clock.now() - sentAt);
        this.#writeReceipt(item, receipt);
        this.#settledOne();
      },
      (error: unknown) => {
        if (!this.#outstanding.delete(item)) return;
        this.#fails(item, error instanceof Error ? error : new Error(String(error)));
        this.#settledOne();
      },
    );
  }

  #writeReceipt({ message, place }: MessageItem, receipt: Receipt): void {
    const { receipts } = this.#parts;
    if (receipts === undefined) return;
    const line = place === undefined ? {} : { line: place.line };
    receipts.write(`${JSON.stringify({ ...keyFields(message.key), ...line, ...receipt })}\n`);
  }

  #fails(item: MessageItem, error: Error): void {
    const { tally, stop, notStored } = this.#parts;
    tally.failed++;
    tally.lastError = error;
    this.#loses(item);
    // An end that was asked for is told once, as a number.
    if (item.place !== undefined && !isClosed(error)) notStored.add(item.place, error.message);
    if (meetsEveryCall(error)) stop.refused(error);
  }

  #refuse(item: Exclude<Item, MessageItem>): void {
    const { failedLines, tally, notStored } = this.#parts;
    if (item.type === 'rest') {
      failedLines?.addPart(item.bytes, item.isLast);
      return;
    }
    tally.taken++;
    tally.failed++;
    this.#first(item.place);
    notStored.add(item.place, item.problem);
    if (item.type === 'too-long') failedLines?.addPart(item.bytes, false);
    else failedLines?.add(item.line);
  }

  #loses({ place, line }: MessageItem): void {
    if (line !== undefined) this.#parts.failedLines?.add(line);
    if (place !== undefined) this.#first(place);
  }

  /** Sources come one after the other, so of two places of different sources the one that came first is the earlier. */
  #first(place: Place): void {
    const { tally } = this.#parts;
    const first = tally.firstNotStored;
    if (first === undefined || (first.source === place.source && place.line < first.line)) {
      tally.firstNotStored = place;
    }
  }

  /** Ends early when the run is stopped. */
  #untilOutstanding(most: number): Promise<void> {
    if (this.#outstanding.size <= most || this.#parts.stop.signal.aborted) return Promise.resolve();
    const few = new Promise<void>((resolve) => {
      this.#waiting = { most, resolve };
    });
    return this.#parts.stop.orStopped(few);
  }

  #settledOne(): void {
    if (this.#waiting === undefined || this.#outstanding.size > this.#waiting.most) return;
    this.#waiting.resolve();
    this.#waiting = undefined;
  }
}

function bytesOf({ message: { key, value } }: MessageItem): number {
  return sizeOf(value) + (key === null ? 0 : sizeOf(key));
}

function isClosed(error: Error): boolean {
  return 'code' in error && error.code === 'CLOSED';
}

function sizeOf(part: string | Uint8Array): number {
  return typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength;
}

/** A key that is not UTF-8 is given as base64 beside its text. */
function keyFields(key: string | Uint8Array | null): { key: string | null; keyBase64?: string } {
  if (key === null || typeof key === 'string') return { key };
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? { key: text } : { key: text, keyBase64: bytes.toString('base64') };
}
