import type { Clock } from '../../runtime/clock.ts';
import { hashOf } from '../../runtime/core/index.ts';
import {
  rowCost,
  type KeyPage,
  type OutboxRow,
  type OutboxStore,
  type OutboxTotals,
  type PageLimits,
  type StoreAnswer,
} from '../../runtime/outbox/outbox-store.ts';

/**
 * A disk for the outbox in memory, in virtual time: what is written is there once it is synced, and only then. Processes come
 * and go; the disk stays. A process that is killed leaves what was synced, and of a write that was under way all or nothing.
 */
export class MemoryDisk {
  readonly rows = new Map<number, OutboxRow>();
  readonly failed: { readonly row: OutboxRow; readonly because: string }[] = [];
  mode: 'works' | 'full' | 'broken' = 'works';
  /** How long a write takes to be synced, in ms. */
  syncMs = 2;
  /** Writes that were synced: each is a place to crash at. */
  writes = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get totals(): OutboxTotals {
    const rows = [...this.rows.values()];
    return { messages: rows.length, bytes: rows.reduce((sum, row) => sum + rowCost(row), 0) };
  }

  /** Opens it for a process. `crash` of what is given back ends the process's use of it as kill -9 does. */
  open(): MemoryStore {
    return new MemoryStore(this, this.#clock);
  }
}

export class MemoryStore implements OutboxStore {
  readonly found: OutboxStore['found'];
  readonly #disk: MemoryDisk;
  readonly #clock: Clock;
  /** Calls are executed one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #ended: 'closed' | 'crashed' | undefined;
  /** A write that is under way: what it changes. */
  #underWay: (() => void) | undefined;

  constructor(disk: MemoryDisk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
    this.found = { ...disk.totals, lastSequence: Math.max(0, ...disk.rows.keys()), isRecovering: false };
  }

  append(rows: readonly OutboxRow[]): Promise<StoreAnswer<OutboxTotals>> {
    // Their memory is released as soon as they are written.
    const copies = rows.map(copyOf);
    return this.#write(() => {
      for (const row of copies)
        if (!this.#disk.rows.has(row.sequence)) this.#disk.rows.set(row.sequence, row);
    }, this.#disk.mode === 'full');
  }

  remove(sequences: readonly number[]): Promise<StoreAnswer<OutboxTotals>> {
    return this.#write(() => {
      for (const sequence of sequences) this.#disk.rows.delete(sequence);
    });
  }

  /** Writes before it removes, so a full disk refuses it. */
  setAside(sequences: readonly number[], because: string): Promise<StoreAnswer<OutboxTotals>> {
    return this.#write(() => {
      for (const sequence of sequences) {
        const row = this.#disk.rows.get(sequence);
        if (row !== undefined) this.#disk.failed.push({ row, because });
        this.#disk.rows.delete(sequence);
      }
    }, this.#disk.mode === 'full');
  }

  read(after: number, limits: PageLimits): Promise<StoreAnswer<readonly OutboxRow[]>> {
    return this.#inTurn(async () => {
      const page: OutboxRow[] = [];
      let bytes = 0;
      for (const row of this.#after(after)) {
        bytes += rowCost(row);
        if (page.length > 0 && (page.length >= limits.messages || bytes > limits.bytes)) break;
        page.push(row);
      }
      return { type: 'done', value: page };
    });
  }

  keys(after: number, messages: number): Promise<StoreAnswer<KeyPage>> {
    return this.#inTurn(async () => {
      const rows = this.#after(after).slice(0, messages);
      const keyed = rows.filter(({ key }) => key !== null);
      return {
        type: 'done',
        value: {
          sequences: Float64Array.from(keyed, ({ sequence }) => sequence),
          hashes: Uint32Array.from(keyed, ({ key }) => hashOf(key ?? '')),
          after: rows.length < messages ? undefined : rows.at(-1)?.sequence,
        },
      };
    });
  }

  async close(): Promise<void> {
    await this.#last;
    this.#ended ??= 'closed';
  }

  /** As kill -9: a write that is under way has reached the disk, or has not. Nothing is answered any more. */
  crash(reachedTheDisk: boolean): void {
    if (reachedTheDisk) this.#underWay?.();
    this.#underWay = undefined;
    this.#ended = 'crashed';
  }

  #after(after: number): OutboxRow[] {
    return [...this.#disk.rows.values()]
      .filter(({ sequence }) => sequence > after)
      .toSorted((a, b) => a.sequence - b.sequence);
  }

  #write(change: () => void, isFull = false): Promise<StoreAnswer<OutboxTotals>> {
    return this.#inTurn(async () => {
      if (isFull) return { type: 'full', because: 'the disk is full' };
      this.#underWay = change;
      await this.#clock.sleep(this.#disk.syncMs);
      if (this.#ended === 'crashed') return new Promise(() => {});
      this.#underWay = undefined;
      change();
      this.#disk.writes++;
      return { type: 'done', value: this.#disk.totals };
    });
  }

  #inTurn<T>(act: () => Promise<StoreAnswer<T>>): Promise<StoreAnswer<T>> {
    const turn = this.#last.then(() => {
      if (this.#ended === 'crashed') return new Promise<StoreAnswer<T>>(() => {});
      if (this.#ended === 'closed') return { type: 'stopped', because: 'it is closed' } as const;
      if (this.#disk.mode === 'broken') return { type: 'stopped', because: 'disk I/O error' } as const;
      return act();
    });
    this.#last = turn;
    return turn;
  }
}

export function copyOf({ sequence, acceptedAt, key, value, bytes }: OutboxRow): OutboxRow {
  return { sequence, acceptedAt, key, value, bytes };
}
