import type { Clock } from '../clock.ts';
import type { OutboxRow, OutboxStore, OutboxTotals, PageLimits, StoreAnswer } from './outbox-store.ts';
import { SequenceSet } from './sequence-set.ts';

/** Removals are gathered for so long (ms), or up to so many: those of all lanes together leave fewer gaps, each a statement. */
const REMOVE_AFTER_MS = 50;
const REMOVE_AT_ONCE = 20_000;
/** Before a removal that failed is tried again, in ms. */
const REMOVE_AGAIN_MS = 1_000;
/** Messages that are stored and not yet removed: beyond it no more are read, so that memory stays bounded. */
const MOST_UNREMOVED = 50_000;

/**
 * The messages of a store on their way to the lanes: read in order of sequence, each handed out once, removed when it is
 * stored, given back when no region takes it.
 */
export class WaitingRows {
  readonly #store: OutboxStore;
  readonly #clock: Clock;
  readonly #onTotals: (totals: OutboxTotals) => void;
  /** Every row up to here was handed out, but for those that came back; then this is lowered. */
  #cursor = 0;
  #count: number;
  /** Handed out, or stored and not yet removed. */
  readonly #held = new SequenceSet();
  #stored: number[] = [];
  /** By the reason. */
  #failed = new Map<string, number[]>();
  /** Stored or failed, and still on disk. */
  #unremoved = 0;
  #removing: Promise<void> | undefined;
  #timer: (() => void) | undefined;
  #removalFailed = false;
  #isStopped = false;
  #isGone = false;
  #isClosed = false;
  /** The page after the cursor, read while the one before it goes to the lanes. */
  #ahead:
    | {
        readonly after: number;
        readonly answer: Promise<StoreAnswer<readonly OutboxRow[]>>;
        /** The lowest row that came since, and that the page may lack. */
        lowestAdded: number;
      }
    | undefined;

  constructor(store: OutboxStore, clock: Clock, onTotals: (totals: OutboxTotals) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onTotals = onTotals;
    this.#count = store.found.messages;
  }

  /** Rows on disk that are not handed out. */
  get count(): number {
    return this.#isStopped ? 0 : this.#count;
  }

  /** Handed out and not yet removed. */
  get handedOut(): number {
    return this.#held.size;
  }

  /** Handed out, or stored and not yet removed. */
  isHeld(sequence: number): boolean {
    return this.#held.has(sequence);
  }

  /** The store gives nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** As `stop`; and what is given back is nowhere. */
  gone(): void {
    this.stop();
    this.#isGone = true;
  }

  /**
   * Removes nothing more: what could not be removed would be tried again for ever. Not `stop`: as the store closes it may find
   * its files removed, and `count` says how many messages are lost by that.
   */
  close(): void {
    this.#isClosed = true;
    this.#timer?.();
    this.#timer = undefined;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Rows that were written, or recovered. */
  added(count: number, lowestSequence: number): void {
    this.#count += count;
    this.#cursor = Math.min(this.#cursor, lowestSequence - 1);
    if (this.#ahead !== undefined)
      this.#ahead.lowestAdded = Math.min(this.#ahead.lowestAdded, lowestSequence);
  }

  /** The next rows, which are handed out by that; none: there are none, or they cannot be had. */
  async next(limits: PageLimits): Promise<readonly OutboxRow[]> {
    for (let rounds = 0; this.count > 0 && this.#held.size < MOST_UNREMOVED;) {
      const after = this.#cursor;
      const answer = await this.#read(after, limits);
      if (answer.type !== 'done') return [];
      const last = answer.value.at(-1);
      if (last === undefined) {
        // What is counted is not behind the cursor: it is looked for once more from the start, then it does not exist.
        if (rounds++ > 0) this.#count = 0;
        if (this.#cursor === after) this.#cursor = 0;
        continue;
      }
      if (this.#cursor === after) this.#cursor = last.sequence;
      const rows = answer.value.filter(({ sequence }) => !this.#held.has(sequence));
      for (const { sequence } of rows) this.#held.add(sequence);
      this.#count = Math.max(0, this.#count - rows.length);
      if (rows.length === 0) continue;
      if (this.count > 0 && this.#held.size < MOST_UNREMOVED) this.#readAhead(limits);
      return rows;
    }
    return [];
  }

  async #read(after: number, limits: PageLimits): Promise<StoreAnswer<readonly OutboxRow[]>> {
    const ahead = this.#ahead;
    if (ahead?.after === after) {
      const answer = await ahead.answer;
      if (this.#ahead === ahead) this.#ahead = undefined;
      const last = answer.type === 'done' ? answer.value.at(-1)?.sequence : undefined;
      if (last !== undefined && ahead.lowestAdded > last) return answer;
    }
    this.#ahead = undefined;
    return this.#store.read(after, limits);
  }

  #readAhead(limits: PageLimits): void {
    const after = this.#cursor;
    this.#ahead = { after, answer: this.#store.read(after, limits), lowestAdded: Infinity };
  }

  /** It is in no lane any more, and not stored. */
  givenBack(sequence: number): void {
    if (!this.#held.delete(sequence)) return;
    this.added(1, sequence);
  }

  /** A region has it. */
  stored(sequence: number): void {
    this.#stored.push(sequence);
    this.#ended();
  }

  /** It will never be sent. */
  failed(sequence: number, because: string): void {
    const sequences = this.#failed.get(because);
    if (sequences === undefined) this.#failed.set(because, [sequence]);
    else sequences.push(sequence);
    this.#ended();
  }

  /** Resolves when what is stored is removed, or cannot be. */
  async flush(): Promise<void> {
    do {
      this.#remove();
      await this.#removing;
    } while (this.#unremoved > 0 && !this.#removalFailed && !this.#isStopped && !this.#isClosed);
  }

  #ended(): void {
    this.#unremoved++;
    if (this.#unremoved >= REMOVE_AT_ONCE) this.#remove();
    else this.#removeLater(REMOVE_AFTER_MS);
  }

  #removeLater(afterMs: number): void {
    if (!this.#isClosed) this.#timer ??= this.#clock.after(afterMs, () => this.#remove());
  }

  #remove(): void {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#removing !== undefined || this.#unremoved === 0 || this.#isStopped || this.#isClosed) return;
    this.#removing = this.#removeAll().finally(() => {
      this.#removing = undefined;
      if (this.#unremoved === 0) return;
      this.#removeLater(this.#removalFailed ? REMOVE_AGAIN_MS : REMOVE_AFTER_MS);
    });
  }

  async #removeAll(): Promise<void> {
    const stored = this.#stored;
    this.#stored = [];
    this.#removalFailed = false;
    if (stored.length > 0 && !(await this.#took(stored, this.#store.remove(stored))))
      this.#stored = [...stored, ...this.#stored];
    const failed = this.#failed;
    this.#failed = new Map();
    for (const [because, sequences] of failed) {
      if (await this.#took(sequences, this.#store.setAside(sequences, because))) continue;
      this.#failed.set(because, [...sequences, ...(this.#failed.get(because) ?? [])]);
    }
  }

  async #took(sequences: readonly number[], asked: Promise<StoreAnswer<OutboxTotals>>): Promise<boolean> {
    const answer = await asked;
    if (answer.type !== 'done') {
      this.#removalFailed = true;
      return false;
    }
    for (const sequence of sequences) this.#held.delete(sequence);
    this.#unremoved -= sequences.length;
    this.#onTotals(answer.value);
    return true;
  }
}
