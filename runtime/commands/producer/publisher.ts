import type { Clock } from '../../clock.ts';
import type { HaError } from '../../errors.ts';
import type { MessageOutcomes, Producer } from '../../producer/index.ts';
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
  readonly bytes: number;
}

/** What is handed to the producer together. */
interface SentGroup {
  /** Undefined: it is settled. */
  readonly lines: (SentLine | undefined)[];
  unsettled: number;
  /** When it was accepted. */
  at: number;
}

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
      for (const sent of group.lines) if (sent !== undefined) this.#loses(sent);
      group.lines.fill(undefined);
      this.#parts.tally.failed += group.unsettled;
    }
    this.#groups.clear();
    Object.assign(this.#outstanding, { messages: 0, bytes: 0 });
  }

  async #send(items: readonly MessageItem[]): Promise<void> {
    const { producer, tally, clock, stop } = this.#parts;
    if (!stop.signal.aborted) await this.#untilReady();
    if (stop.signal.aborted) {
      for (const item of items) this.#leave(item);
      return;
    }
    const group: SentGroup = {
      lines: items.map((item) => this.#sentLine(item)),
      unsettled: items.length,
      at: 0,
    };
    this.#groups.add(group);
    this.#outstanding.messages += items.length;
    for (const sent of group.lines) this.#outstanding.bytes += sent?.bytes ?? 0;
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
      if (this.#settle(group, index) === undefined) return;
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

  #sentLine(item: MessageItem): SentLine {
    const { receipts, failedLines } = this.#parts;
    return {
      place: item.type === 'message' ? item.place : undefined,
      line: item.type === 'message' && failedLines !== undefined ? Buffer.from(item.line) : undefined,
      key: receipts === undefined ? null : item.message.key,
      bytes: bytesOf(item.message),
    };
  }

  #stored(group: SentGroup, index: number, receipt: AnyReceipt): void {
    const { tally, clock, receipts } = this.#parts;
    const sent = this.#settle(group, index);
    if (sent === undefined) return;
    tally.settles(receipt, clock.now() - group.at);
    if (receipts === undefined) return;
    const line = sent.place === undefined ? {} : { line: sent.place.line };
    receipts.write(`${JSON.stringify({ ...keyFields(sent.key), ...line, ...receipt })}\n`);
  }

  #failed(group: SentGroup, index: number, error: HaError): void {
    const { tally, stop, notStored } = this.#parts;
    const sent = this.#settle(group, index);
    if (sent === undefined) return;
    tally.failed++;
    tally.lastError = error;
    this.#loses(sent);
    // Messages that close() leaves are only counted; the summary tells the number.
    if (sent.place !== undefined && error.code !== 'CLOSED') notStored.add(sent.place, error.message);
    if (meetsEveryCall(error)) stop.refused(error);
  }

  /** Undefined: it was given up before. */
  #settle(group: SentGroup, index: number): SentLine | undefined {
    const sent = group.lines[index];
    if (sent === undefined) return undefined;
    group.lines[index] = undefined;
    if (--group.unsettled === 0) this.#groups.delete(group);
    this.#outstanding.messages--;
    this.#outstanding.bytes -= sent.bytes;
    if (this.#waiting !== undefined && this.#isWithin(this.#waiting.most)) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
    return sent;
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

function bytesOf({ key, value }: LineMessage): number {
  return sizeOf(value) + (key === null ? 0 : sizeOf(key));
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
