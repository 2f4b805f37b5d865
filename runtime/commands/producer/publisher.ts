import type { Clock } from '../../clock.ts';
import type { StreamProducer } from '../../producer/index.ts';
import type { AnyReceipt } from '../../receipt.ts';
import { meetsEveryCall } from '../exit-codes.ts';
import type { StandardOutput } from '../standard-streams.ts';
import type { Item } from './input.ts';
import type { LineMessage } from './line-message.ts';
import type { FailedLines, LinesNotStored, Place } from './lines-not-stored.ts';
import type { Stop } from './ending.ts';
import type { Tally } from './tally.ts';

type MessageItem = Extract<Item, { type: 'message' | 'made-up' }>;

/** A message that is sent and not settled. It does not hold its item: the bytes of a line keep the whole chunk in memory. */
interface SentLine {
  /** Undefined: it is made up. */
  readonly place: Place | undefined;
  /** For `--failed`. */
  readonly line: Uint8Array | undefined;
  /** For a receipt. */
  readonly key: LineMessage['key'];
  readonly at: number;
}

interface PublisherParts {
  readonly producer: StreamProducer<AnyReceipt>;
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
 * Sends what a source gives. It takes more from the source only while the producer has room and receipts are read, so that
 * a pipe is held back and memory stays flat. After a stop it counts what the source still gives, and sends no more.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #outstanding = new Set<SentLine>();
  /** Waits until no more than so many messages are outstanding. */
  #waiting: { readonly most: number; readonly resolve: () => void } | undefined;
  #isSourceRead = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** The source gave all that it has. */
  get isSourceRead(): boolean {
    return this.#isSourceRead;
  }

  /** Resolves when all that the source gave is settled, or when the run is stopped. */
  async publish(groups: AsyncIterable<Iterable<Item>>): Promise<void> {
    const { stop } = this.#parts;
    for await (const items of groups) {
      for (const item of items) {
        if (item.type !== 'message' && item.type !== 'made-up') {
          this.#refuse(item);
          continue;
        }
        const bytes = bytesOf(item.message);
        if (!stop.signal.aborted && !this.#isReadyFor(bytes)) await this.#untilReadyFor(bytes);
        if (stop.signal.aborted) this.#leave(item);
        else this.#send(item);
      }
    }
    this.#isSourceRead = !stop.signal.aborted;
    await this.#untilOutstanding(0);
  }

  /** For an end without waiting: what is not settled is not known to be stored. */
  giveUp(): void {
    for (const sent of this.#outstanding) this.#loses(sent);
    this.#parts.tally.failed += this.#outstanding.size;
    this.#outstanding.clear();
  }

  /** As many messages as fill a request of each lane: more would only take memory. */
  #isReadyFor(bytes: number): boolean {
    const { producer, receipts, maxOutstanding } = this.#parts;
    return (
      this.#outstanding.size < maxOutstanding &&
      producer.isWritable(bytes) &&
      receipts?.whenRoom() === undefined
    );
  }

  async #untilReadyFor(bytes: number): Promise<void> {
    const { producer, receipts, stop, maxOutstanding } = this.#parts;
    if (this.#outstanding.size >= maxOutstanding) await this.#untilOutstanding(maxOutstanding / 2);
    await stop.orStopped(producer.whenWritable(bytes));
    const room = receipts?.whenRoom();
    if (room !== undefined) await stop.orStopped(room);
  }

  #send(item: MessageItem): void {
    const { producer, tally, clock, receipts, failedLines } = this.#parts;
    const sent: SentLine = {
      place: item.type === 'message' ? item.place : undefined,
      line: item.type === 'message' && failedLines !== undefined ? Buffer.from(item.line) : undefined,
      key: receipts === undefined ? null : item.message.key,
      at: clock.now(),
    };
    tally.taken++;
    this.#outstanding.add(sent);
    producer.send(item.message).then(
      (receipt) => this.#stored(sent, receipt),
      (error: unknown) => this.#failed(sent, error instanceof Error ? error : new Error(String(error))),
    );
  }

  #stored(sent: SentLine, receipt: AnyReceipt): void {
    const { tally, clock, receipts } = this.#parts;
    if (!this.#outstanding.delete(sent)) return;
    tally.settles(receipt, clock.now() - sent.at);
    if (receipts !== undefined) {
      const line = sent.place === undefined ? {} : { line: sent.place.line };
      receipts.write(`${JSON.stringify({ ...keyFields(sent.key), ...line, ...receipt })}\n`);
    }
    this.#settledOne();
  }

  #failed(sent: SentLine, error: Error): void {
    const { tally, stop, notStored } = this.#parts;
    if (!this.#outstanding.delete(sent)) return;
    tally.failed++;
    tally.lastError = error;
    this.#loses(sent);
    // Messages that close() leaves are only counted; the summary tells the number.
    if (sent.place !== undefined && !isClosed(error)) notStored.add(sent.place, error.message);
    if (meetsEveryCall(error)) stop.refused(error);
    this.#settledOne();
  }

  /** The message was read and is not sent, because the run is stopped. A made-up message is not lost. */
  #leave(item: MessageItem): void {
    if (item.type === 'made-up') return;
    this.#parts.tally.unsent++;
    this.#loses(item);
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

  #loses({ place, line }: Pick<SentLine, 'place' | 'line'>): void {
    if (line !== undefined) this.#parts.failedLines?.add(line);
    if (place !== undefined) this.#first(place);
  }

  /** Sources are read one after the other: of two sources, the one seen first is the earlier. */
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

function bytesOf({ key, value }: LineMessage): number {
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
