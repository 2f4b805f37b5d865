import type { Clock } from '../../clock.ts';
import type { HaError } from '../../errors.ts';
import type { MessageOutcomes, Producer } from '../../producer/index.ts';
import type { AnyReceipt } from '../../receipt.ts';
import { meetsEveryCall } from '../exit-codes.ts';
import type { StandardOutput } from '../standard-streams.ts';
import type { Item } from './input.ts';
import type { FailedLines, LinesNotStored, Place } from './lines-not-stored.ts';
import { bytesOf, SentGroup, type MessageItem } from './sent-group.ts';
import type { Stop } from './stop.ts';
import type { Tally } from './tally.ts';

/** `bytes`: keys and values. */
export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

interface PublisherParts {
  readonly producer: Pick<Producer<AnyReceipt>, 'sendEach'>;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly stop: Stop;
  /** For receipts; undefined when none are wanted. */
  readonly receipts: StandardOutput | undefined;
  readonly failedLines: FailedLines | undefined;
  readonly notStored: LinesNotStored;
  /** No group is sent while so much is not settled. */
  readonly maxOutstanding: Amount;
  /** A group is sent when it has so much. */
  readonly maxGroup: Amount;
}

/**
 * Sends what a source gives, in groups; a line that comes alone goes at once. It takes more from the source only while the
 * producer has room and receipts are read, so that a pipe is held back and memory stays flat. After a stop it counts what the
 * source still gives, and sends no more.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #groups = new Set<SentGroup>();
  readonly #outstanding = { messages: 0, bytes: 0 };
  /** Waits until no more than so much is outstanding. */
  #waiting: { readonly most: Amount; readonly resolve: () => void } | undefined;
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
    const { stop, maxGroup } = this.#parts;
    for await (const items of groups) {
      let group: MessageItem[] = [];
      let bytes = 0;
      for (const item of items) {
        if (item.type !== 'message' && item.type !== 'made-up') {
          this.#refuse(item);
          continue;
        }
        group.push(item);
        bytes += bytesOf(item.message);
        if (group.length < maxGroup.messages && bytes < maxGroup.bytes) continue;
        await this.#send(group);
        group = [];
        bytes = 0;
      }
      if (group.length > 0) await this.#send(group);
    }
    this.#isSourceRead = !stop.signal.aborted;
    await this.#untilOutstanding({ messages: 0, bytes: 0 });
  }

  /** For an end without waiting: what is not settled is not known to be stored. */
  giveUp(): void {
    for (const group of this.#groups) {
      this.#parts.tally.failed += group.unsettled;
      for (const index of group.unsettledIndexes()) {
        group.settle(index);
        this.#loses(group.placeOf(index), group.lineOf(index));
      }
    }
    this.#groups.clear();
    Object.assign(this.#outstanding, { messages: 0, bytes: 0 });
  }

  async #send(items: readonly MessageItem[]): Promise<void> {
    const { producer, tally, clock, stop, receipts, failedLines } = this.#parts;
    if (!stop.signal.aborted) await this.#untilReady();
    if (stop.signal.aborted) {
      for (const item of items) this.#leave(item);
      return;
    }
    const group = new SentGroup(items, { lines: failedLines !== undefined, keys: receipts !== undefined });
    this.#groups.add(group);
    this.#outstanding.messages += group.unsettled;
    this.#outstanding.bytes += group.unsettledBytes;
    tally.taken += items.length;
    const outcomes: MessageOutcomes = {
      stored: (index, receipt) => this.#stored(group, index, receipt),
      failed: (index, error) => this.#failed(group, index, error),
    };
    const messages = items.map(({ message }) => message);
    const isAccepted = await producer.sendEach(messages, outcomes, stop.signal);
    group.at = clock.now();
    if (isAccepted) return;
    items.forEach((item, index) => {
      if (!this.#settle(group, index)) return;
      tally.taken--;
      this.#leave(item);
    });
  }

  async #untilReady(): Promise<void> {
    const { receipts, stop, maxOutstanding } = this.#parts;
    const { messages, bytes } = this.#outstanding;
    if (messages >= maxOutstanding.messages || bytes >= maxOutstanding.bytes) {
      await this.#untilOutstanding({
        messages: maxOutstanding.messages / 2,
        bytes: maxOutstanding.bytes / 2,
      });
    }
    const room = receipts?.whenRoom();
    if (room !== undefined) await stop.orStopped(room);
  }

  #stored(group: SentGroup, index: number, receipt: AnyReceipt): void {
    const { tally, clock, receipts } = this.#parts;
    if (!this.#settle(group, index)) return;
    tally.settles(receipt, clock.now() - group.at);
    if (receipts === undefined) return;
    const place = group.placeOf(index);
    const line = place === undefined ? {} : { line: place.line };
    receipts.write(`${JSON.stringify({ ...keyFields(group.keyOf(index)), ...line, ...receipt })}\n`);
  }

  #failed(group: SentGroup, index: number, error: HaError): void {
    const { tally, stop, notStored } = this.#parts;
    if (!this.#settle(group, index)) return;
    tally.failed++;
    tally.lastError = error;
    const place = group.placeOf(index);
    this.#loses(place, group.lineOf(index));
    // Messages that close() leaves are only counted; the summary tells the number.
    if (place !== undefined && error.code !== 'CLOSED') notStored.add(place, error.message);
    if (meetsEveryCall(error)) stop.refused(error);
  }

  /** False: it was given up before. */
  #settle(group: SentGroup, index: number): boolean {
    const bytes = group.settle(index);
    if (bytes === undefined) return false;
    if (group.unsettled === 0) this.#groups.delete(group);
    this.#outstanding.messages--;
    this.#outstanding.bytes -= bytes;
    if (this.#waiting !== undefined && this.#isWithin(this.#waiting.most)) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
    return true;
  }

  /** The message was read and is not sent, because the run is stopped. A made-up message is not lost. */
  #leave(item: MessageItem): void {
    if (item.type === 'made-up') return;
    this.#parts.tally.unsent++;
    this.#loses(item.place, item.line);
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

  #loses(place: Place | undefined, line: Uint8Array | undefined): void {
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
  #untilOutstanding(most: Amount): Promise<void> {
    if (this.#isWithin(most) || this.#parts.stop.signal.aborted) return Promise.resolve();
    const few = new Promise<void>((resolve) => {
      this.#waiting = { most, resolve };
    });
    return this.#parts.stop.orStopped(few);
  }

  #isWithin(most: Amount): boolean {
    return this.#outstanding.messages <= most.messages && this.#outstanding.bytes <= most.bytes;
  }
}

/** A key that is not UTF-8 is given as base64 beside its text. */
function keyFields(key: string | Uint8Array | null): { key: string | null; keyBase64?: string } {
  if (key === null || typeof key === 'string') return { key };
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? { key: text } : { key: text, keyBase64: bytes.toString('base64') };
}
