import type { Clock } from '../clock.ts';
import { hashOf } from '../core/index.ts';
import type { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Receipt } from '../receipt.ts';
import { AwaitingSenders } from './awaiting-senders.ts';
import { closeOutbox } from './closing.ts';
import { KeyCounts } from './key-counts.ts';
import { LeftMessages, type OpenLeft } from './left-messages.ts';
import type { OutboxRow, OutboxStore, OutboxTotals, PageLimits, StoreNews } from './outbox-store.ts';
import { RoomOnDisk } from './room-on-disk.ts';
import { announce, isRecoveringAfter } from './store-events.ts';
import { WaitingRows } from './waiting-rows.ts';
import { WriteQueue, type SpoolableMessage } from './write-queue.ts';

export interface OutboxParts {
  readonly store: OutboxStore;
  /** Where the messages are, for receipts and events. */
  readonly directory: string;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly limits: { readonly maxOutboxBytes: number };
  /** What resolves `send` when no region has the message yet. */
  readonly acknowledge: 'disk' | 'region';
  readonly openLeft: OpenLeft;
}

/** A step of counting the keys that were found at the start. */
const KEYS_AT_ONCE = 20_000;

/** What the drain hands to a lane: a row of the disk, or a message that could not be written. */
export type Drained =
  | { readonly type: 'row'; readonly row: OutboxRow; readonly rows: WaitingRows }
  | { readonly type: 'message'; readonly message: SpoolableMessage };

/**
 * Messages on disk: takes what a producer cannot hand to a region, and gives it back in the order of acceptance. A message is
 * acknowledged when it is synced, and removed when a region has it.
 */
export class Outbox {
  readonly room: RoomOnDisk;
  readonly #parts: OutboxParts;
  readonly #keys: KeyCounts;
  readonly #rows: WaitingRows;
  readonly #queue: WriteQueue;
  #totals: OutboxTotals;
  #sequence: number;
  /** The latest message that is on disk, or was. */
  #lastWritten: number;
  /** Messages that the drain took out of memory, and that are in no lane yet. */
  #onTheWay = 0;
  /** The keys of what the drain took last, and how many of those messages are in lanes, from the first one on. */
  #inHand: readonly (string | null)[] = [];
  #handed = 0;
  /** No region takes messages: that they are on disk is all that their senders can learn. */
  #regionsAreOut = false;
  /** Messages of a damaged file are not all in `#rows` yet. */
  #isRecovering: boolean;
  readonly #senders: AwaitingSenders;
  readonly #left: LeftMessages;
  /** Messages that were on disk when its files were removed; `told`: so many of them. */
  readonly #lost = { messages: 0, told: 0, because: '' };
  #onChange = (): void => {};
  #closed: Promise<void> | undefined;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    const { store, clock } = parts;
    this.#totals = store.found;
    this.#isRecovering = store.found.isRecovering;
    this.#sequence = store.found.lastSequence;
    this.#lastWritten = store.found.lastSequence;
    this.#keys = new KeyCounts(store.found);
    this.#senders = new AwaitingSenders(parts.directory);
    this.#rows = new WaitingRows(store, clock, (totals) => this.#hold(totals));
    this.#queue = new WriteQueue({
      store,
      clock,
      onWritten: (messages, totals) => this.#written(messages, totals),
      onProblem: ({ type, because }, isNews) => {
        if (type === 'stopped') this.#forgetRows();
        const { emit, directory } = this.#parts;
        if (isNews) emit({ type: type === 'full' ? 'outbox-full' : 'outbox-stopped', directory, because });
        this.#onChange();
      },
      onRoom: () => this.#onChange(),
    });
    this.room = new RoomOnDisk({ ...parts, queue: this.#queue, totals: () => this.#totals });
    this.#left = new LeftMessages({
      ...parts,
      onChange: () => this.#onChange(),
      onLost: (messages, directory, because) => this.#lose(messages, directory, because),
    });
    void this.#countKeys();
  }

  /** On disk, those of an ended process that are being sent included. */
  get totals(): OutboxTotals {
    const left = this.#left.totals;
    return { messages: this.#totals.messages + left.messages, bytes: this.#totals.bytes + left.bytes };
  }

  /** Messages that are in no place any more: they were on disk, and its files were removed. */
  get lost(): number {
    return this.#lost.messages;
  }

  get directory(): string {
    return this.#parts.directory;
  }

  /** Messages of a damaged file are still being copied: `totals` grows yet. */
  get isRecovering(): boolean {
    return this.#isRecovering || this.#left.isRecovering;
  }

  /** Nothing is on disk, or on its way there. */
  get isEmpty(): boolean {
    return this.totals.messages === 0 && this.#inMemory === 0 && !this.isRecovering;
  }

  /** Nothing is left that can be sent: what is on a disk that failed cannot be read any more. */
  get isDrained(): boolean {
    if (!this.isStopped) return this.isEmpty;
    return this.#inMemory === 0 && this.#left.totals.messages === 0 && !this.#left.isRecovering;
  }

  /** Messages that are neither on disk nor in a lane. */
  get #inMemory(): number {
    return this.#queue.length + this.#onTheWay;
  }

  /** The disk cannot be written any more. */
  get isStopped(): boolean {
    return this.#queue.problem?.type === 'stopped';
  }

  /** Called when there may be more room, or more to drain. */
  set onChange(listener: () => void) {
    this.#onChange = listener;
  }

  /** Gives a message its place in the order of acceptance. */
  accept(message: SpoolableMessage): void {
    message.sequence = ++this.#sequence;
    message.acceptedAt = this.#parts.clock.wall();
  }

  /** Messages of this key may wait here and be in no lane: a later one waits behind them. */
  mayHold(key: string | null): boolean {
    return key !== null && this.#keys.mayWait(hashOf(key));
  }

  /** Takes messages to be written. They are acknowledged when they are synced. */
  write(messages: readonly SpoolableMessage[]): void {
    this.#enqueue(messages);
    if (this.#queue.problem !== undefined) this.#onChange();
  }

  #enqueue(messages: readonly SpoolableMessage[]): void {
    this.#count(messages);
    this.#queue.push(messages);
  }

  #count(messages: readonly Pick<OutboxRow, 'key'>[]): void {
    for (const { key } of messages) if (key !== null) this.#keys.add(hashOf(key));
  }

  /** What is on disk cannot be read any more: later messages wait only behind what is in memory. */
  #forgetRows(): void {
    this.#keys.clear();
    this.#count(this.#queue.messages);
    this.#count(this.#inHand.slice(this.#handed).map((key) => ({ key })));
  }

  /** Other slots come after this one, and nothing waits behind them. */
  #isCounted(drained: Drained): boolean {
    return drained.type === 'message' || drained.rows === this.#rows;
  }

  /** What comes next, in the order of acceptance: to be `handed` or `returned`. What cannot be written comes from memory. */
  async next(limits: PageLimits): Promise<readonly Drained[]> {
    // A lane gave it back: nothing that is later on disk may go first. When it is written, `onChange` is called.
    if (this.#queue.problem === undefined && this.#queue.hasEarlier(this.#lastWritten)) return [];
    const drained =
      this.#queue.problem === undefined
        ? await this.#nextRows(limits)
        : await this.#queue.withoutWrites(() => this.#nextRowsAndMessages(limits));
    if (drained.length > 0) return drained;
    if (this.#rows.count === 0 && this.#queue.length === 0 && !this.#isRecovering) this.#keys.clear();
    return this.#take(await this.#left.next(limits));
  }

  /** The next of a page is in the lane of its key now: a later message may follow it there. */
  handed(drained: Drained, key: string | null): void {
    this.#handed++;
    if (drained.type === 'message') this.#onTheWay--;
    if (key !== null && this.#isCounted(drained)) this.#keys.handed(hashOf(key), rowOf(drained).sequence);
  }

  /** These came into no lane. */
  returned(drained: readonly Drained[]): void {
    for (const each of drained) {
      if (each.type === 'row') each.rows.givenBack(each.row.sequence);
      else {
        this.#onTheWay--;
        this.#queue.push([each.message]);
      }
    }
  }

  /** A region has it. */
  stored(rows: WaitingRows, sequence: number, receipt: Receipt): void {
    rows.stored(sequence);
    const message = this.#takeAwaited(rows, sequence);
    message?.acknowledge(receipt);
    message?.release();
  }

  /** It is in no lane any more, and stays on disk: that is what a sender learns that waits for a region. */
  givenBack(rows: WaitingRows, sequence: number, key: string | null): void {
    rows.givenBack(sequence);
    const message = this.#takeAwaited(rows, sequence);
    if (rows.isGone) {
      if (message === undefined) this.#lost.messages++;
      else this.#enqueue([message]);
      return;
    }
    if (message !== undefined) this.#senders.acknowledge(message);
    if (key !== null && rows === this.#rows && !this.isStopped) this.#keys.add(hashOf(key));
  }

  /** No region will take it, or it is too old: it is moved to the failed ones. */
  refused(rows: WaitingRows, sequence: number, error: HaError): void {
    const { emit, directory } = this.#parts;
    emit({ type: 'outbox-failed', directory, sequence, error });
    const message = this.#takeAwaited(rows, sequence);
    message?.fail(error);
    message?.release();
    rows.failed(sequence, error.message);
  }

  /** Resolves when all that was taken is on disk or cannot be written, and what is stored is removed. */
  async flush(): Promise<void> {
    await this.#queue.idle();
    await Promise.all([this.#rows.flush(), this.#left.flush()]);
  }

  /** Messages that were taken and cannot be written fail; senders that wait for a region learn that theirs are on disk. */
  close(): Promise<void> {
    this.#closed ??= closeOutbox({
      ...this.#parts,
      queue: this.#queue,
      flush: () => this.flush(),
      acknowledgeAwaited: () => this.acknowledgeAwaited(),
      closeStores: () => {
        this.#rows.close();
        return Promise.all([this.#parts.store.close(), this.#left.close()]);
      },
    }).then(() => this.#tellLost(this.directory));
    return this.#closed;
  }

  /** No region takes messages, or one does again. */
  set regionsAreOut(areOut: boolean) {
    this.#regionsAreOut = areOut;
    if (areOut) this.acknowledgeAwaited();
  }

  /** Senders that wait for a region learn that their messages are on disk; their memory is free. */
  acknowledgeAwaited(): void {
    // What is handed out may be stored yet; else it is given back.
    if (this.#rows.isGone) return;
    for (const message of this.#senders.takeAll()) this.#senders.acknowledge(message);
  }

  /** What the store tells. */
  news(news: StoreNews): void {
    announce(news, this.directory, this.#parts.emit);
    this.#isRecovering = isRecoveringAfter(news);
    if (news.type === 'recovered') {
      this.#rows.added(news.messages, 1);
      this.#hold(news.totals);
    } else if (news.type === 'stopped') {
      this.#rows.stop();
      this.#queue.stop(news.because);
    } else if (news.type === 'gone') this.#gone(news.because);
  }

  /** What is handed out may be stored yet, and what a sender waits for is in memory too. All else is lost. */
  #gone(because: string): void {
    const inMemory = this.#senders.takeAll((sequence) => !this.#rows.isHeld(sequence));
    const lost = this.#rows.count - inMemory.length;
    this.#rows.gone();
    this.#totals = { messages: 0, bytes: 0 };
    if (this.#closed === undefined) this.#queue.stop(because);
    this.#enqueue(inMemory);
    this.#lose(lost, this.directory, because);
    this.#onChange();
  }

  #lose(messages: number, directory: string, because: string): void {
    this.#lost.messages += messages;
    this.#lost.because = because;
    this.#tellLost(directory);
  }

  #tellLost(directory: string): void {
    const { because, told } = this.#lost;
    const messages = this.#lost.messages - told;
    this.#lost.told += messages;
    if (messages > 0) this.#parts.emit({ type: 'outbox-lost', directory, messages, because });
  }

  #hold(totals: OutboxTotals): void {
    this.#totals = totals;
    if (totals.messages === 0) this.room.isEmptied();
    if (this.#queue.problem?.type === 'full') this.#queue.write();
    this.#onChange();
  }

  #written(messages: readonly SpoolableMessage[], totals: OutboxTotals): void {
    // Before anything is released: that lets in who waits for room.
    this.#totals = totals;
    this.#lastWritten = Math.max(this.#lastWritten, messages.at(-1)?.sequence ?? 0);
    for (const message of messages) {
      const { sequence, key, isSettled } = message;
      if (isSettled) {
        // Its sender gave it up.
        this.#rows.stored(sequence);
        if (key !== null) this.#keys.handed(hashOf(key), sequence);
        continue;
      }
      this.#rows.added(1, sequence);
      if (this.#parts.acknowledge === 'disk' || this.#regionsAreOut) this.#senders.acknowledge(message);
      else this.#senders.add(message);
    }
    this.#hold(totals);
  }

  #takeAwaited(rows: WaitingRows, sequence: number): SpoolableMessage | undefined {
    return rows === this.#rows ? this.#senders.take(sequence) : undefined;
  }

  /** In the background: until it is done, every key may have messages on disk. */
  async #countKeys(): Promise<void> {
    for (let after: number | undefined = 0; after !== undefined && !this.#keys.isComplete;) {
      const answer = await this.#parts.store.keys(after, KEYS_AT_ONCE);
      if (answer.type !== 'done') return;
      after = this.#keys.count(answer.value);
    }
  }

  async #nextRows(limits: PageLimits): Promise<readonly Drained[]> {
    const rows = await this.#rows.next(limits);
    // They were read before the disk failed.
    if (this.isStopped) this.#count(rows);
    return this.#take(rows.map((row) => ({ type: 'row', row, rows: this.#rows })));
  }

  async #nextRowsAndMessages(limits: PageLimits): Promise<readonly Drained[]> {
    const rows = await this.#nextRows(limits);
    const last = rows.at(-1);
    const upTo = last === undefined ? Infinity : rowOf(last).sequence;
    const messages = this.#queue.take(upTo, limits.messages);
    this.#onTheWay += messages.length;
    const drained = [...rows, ...messages.map((message): Drained => ({ type: 'message', message }))];
    return this.#take(drained.toSorted((a, b) => rowOf(a).sequence - rowOf(b).sequence));
  }

  #take(page: readonly Drained[]): readonly Drained[] {
    // Not the messages: they would outlive collections of garbage.
    this.#inHand = page.map((drained) => (this.#isCounted(drained) ? rowOf(drained).key : null));
    this.#handed = 0;
    return page;
  }
}

function rowOf(drained: Drained): OutboxRow {
  return drained.type === 'row' ? drained.row : drained.message;
}
