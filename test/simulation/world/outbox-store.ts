import { hashOf } from '../../../runtime/core/index.ts';
import type { ConnectContext } from '../../../runtime/wiring/index.ts';
import type { KeyPage, OutboxRow, OutboxStore, StoreAnswer } from '../../../runtime/outbox/outbox-store.ts';
import { rowCost } from '../../../runtime/outbox/outbox-store.ts';
import { copyOf } from '../../support/memory-disk.ts';
import type { OutboxPlace } from './machine-disk.ts';
import type { SimProcess } from './process.ts';

type Opener = NonNullable<ConnectContext['openStore']>;

/** What a write takes, in ms: to the disk, and back. */
const WRITE_MS = [1, 6] as const;

/** Opens stores that keep the contract of `OutboxStore` on the simulated disk of the process's machine. */
export function outboxOpener(process: SimProcess): Opener {
  return ({ take }) => {
    const { places } = process.world.disk(process.machine);
    const isFree = ({ holder }: OutboxPlace): boolean => holder === undefined || holder.isDead;
    let place = places.find((each) => isFree(each) && (take !== 'left' || each.rows.size > 0));
    if (place === undefined) {
      if (take === 'left') return Promise.resolve(undefined);
      place = {
        name: `place-${places.length}`,
        rows: new Map(),
        aside: [],
        lastSequence: 0,
        holder: undefined,
      };
      places.push(place);
    }
    place.holder = process;
    return Promise.resolve({ store: new SimStore(place, process), directory: place.name });
  };
}

class SimStore implements OutboxStore {
  readonly found: OutboxStore['found'];
  readonly #place: OutboxPlace;
  readonly #process: SimProcess;
  /** Calls are executed in the order in which they are made. */
  #latest: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(place: OutboxPlace, process: SimProcess) {
    this.#place = place;
    this.#process = process;
    this.found = { ...this.#totals(), lastSequence: place.lastSequence, isRecovering: false };
  }

  append(rows: readonly OutboxRow[]): ReturnType<OutboxStore['append']> {
    // Their memory is released as soon as they are written.
    const copies = rows.map(copyOf);
    return this.#write('append', () => {
      for (const row of copies) {
        if (!this.#place.rows.has(row.sequence)) this.#place.rows.set(row.sequence, row);
        this.#place.lastSequence = Math.max(this.#place.lastSequence, row.sequence);
      }
    });
  }

  read(
    after: number,
    limits: { readonly messages: number; readonly bytes: number },
  ): ReturnType<OutboxStore['read']> {
    return this.#call(() => {
      const page: OutboxRow[] = [];
      let bytes = 0;
      for (const row of this.#after(after)) {
        bytes += rowCost(row);
        if (page.length >= limits.messages || (bytes > limits.bytes && page.length > 0)) break;
        page.push(row);
      }
      return page;
    });
  }

  remove(sequences: readonly number[]): ReturnType<OutboxStore['remove']> {
    return this.#write('remove', () => {
      for (const sequence of sequences) this.#place.rows.delete(sequence);
    });
  }

  setAside(sequences: readonly number[], because: string): ReturnType<OutboxStore['setAside']> {
    return this.#write('remove', () => {
      for (const sequence of sequences) {
        const row = this.#place.rows.get(sequence);
        if (row !== undefined) this.#place.aside.push({ row, because });
        this.#place.rows.delete(sequence);
      }
    });
  }

  keys(after: number, messages: number): ReturnType<OutboxStore['keys']> {
    return this.#call((): KeyPage => {
      const rows = this.#after(after).slice(0, messages);
      const keyed = rows.flatMap(({ key, sequence }) => (key === null ? [] : [{ key, sequence }]));
      return {
        sequences: Float64Array.from(keyed, ({ sequence }) => sequence),
        hashes: Uint32Array.from(keyed, ({ key }) => hashOf(key)),
        after: rows.length < messages ? undefined : rows.at(-1)?.sequence,
      };
    });
  }

  async close(): Promise<void> {
    await this.#latest;
    this.#isClosed = true;
    this.#place.holder = undefined;
  }

  #after(sequence: number): OutboxRow[] {
    return [...this.#place.rows.values()]
      .filter((row) => row.sequence > sequence)
      .toSorted((a, b) => a.sequence - b.sequence);
  }

  #totals(): { readonly messages: number; readonly bytes: number } {
    const rows = [...this.#place.rows.values()];
    return { messages: rows.length, bytes: rows.reduce((sum, row) => sum + rowCost(row), 0) };
  }

  #write(kind: 'append' | 'remove', change: () => void) {
    const { world } = this.#process;
    return this.#call(() => {
      const { trouble } = world.disk(this.#process.machine);
      if (trouble === 'EROFS') throw new DiskError('stopped');
      if (trouble === 'ENOSPC' && kind === 'append') throw new DiskError('full');
      const crash = world.crashAtWrite(this.#process);
      if (crash !== 'before') change();
      if (crash !== undefined) world.crash(this.#process);
      return this.#totals();
    });
  }

  /** It takes effect in the middle of its time: a process that ends earlier leaves nothing, one that ends later is not answered. */
  #call<T>(effect: () => T): Promise<StoreAnswer<T>> {
    const { world, clock } = this.#process;
    const call = this.#latest.then(async (): Promise<StoreAnswer<T>> => {
      if (this.#isClosed) return { type: 'stopped', because: 'the store is closed' };
      await clock.sleep(WRITE_MS[0] + clock.random() * (WRITE_MS[1] - WRITE_MS[0]));
      await world.disk(this.#process.machine).answers();
      if (this.#process.isDead) return new Promise(() => {});
      try {
        const value = effect();
        await clock.sleep(WRITE_MS[0]);
        return { type: 'done', value };
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
        return { type: error.kind, because: `the simulated disk: ${error.kind}` };
      }
    });
    this.#latest = call;
    return call;
  }
}

class DiskError extends Error {
  readonly kind: 'full' | 'stopped';

  constructor(kind: 'full' | 'stopped') {
    super(kind);
    this.kind = kind;
  }
}
