import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { rowCost, type OutboxRow, type OutboxTotals } from './outbox-store.ts';
import { syncDirectory } from './places.ts';
import { salvage, type Salvaged } from './salvage.ts';
import { SequenceSet } from './sequence-set.ts';

const RECOVER_AT_ONCE = { messages: 2_000, bytes: 4_194_304 };

/** What is readable of a damaged file, some rows at a time. */
export class Recovery {
  readonly #file: string;
  readonly #salvaged: Generator<Salvaged>;
  readonly #leftOut = new Set<number>();
  /** What was readable, whether it had to be copied or not: an earlier process may have copied it, or a region have it. */
  readonly #readable = new SequenceSet();
  #rows: OutboxRow[] = [];
  #told: OutboxTotals | undefined;
  /** Copied by this process. */
  messages = 0;

  constructor(file: string) {
    this.#file = file;
    this.#salvaged = salvage(file);
  }

  get missing(): number | undefined {
    return this.#told === undefined ? undefined : Math.max(0, this.#told.messages - this.#readable.size);
  }

  /** Reads all of the file. */
  lastSequence(): number {
    let last = 0;
    for (const found of salvage(this.#file)) {
      if (found.type === 'row') last = Math.max(last, found.row.sequence);
    }
    return last;
  }

  /** These are stored in a region by now. */
  leaveOut(sequences: Float64Array): void {
    for (const sequence of sequences) this.#leftOut.add(sequence);
  }

  /** The same rows until they are taken. */
  next(): readonly OutboxRow[] {
    let bytes = this.#rows.reduce((sum, row) => sum + rowCost(row), 0);
    while (this.#rows.length < RECOVER_AT_ONCE.messages && bytes < RECOVER_AT_ONCE.bytes) {
      const { value: found, done } = this.#salvaged.next();
      if (done === true) break;
      if (found.type === 'totals') {
        this.#told = found.totals;
        continue;
      }
      const { row } = found;
      this.#readable.add(row.sequence);
      if (this.#leftOut.has(row.sequence)) continue;
      this.#rows.push(row);
      bytes += rowCost(row);
    }
    return this.#rows;
  }

  /** `messages`: as many of them were not there yet. An old page can repeat a row. */
  taken(messages: number): void {
    this.messages += messages;
    this.#rows = [];
  }

  setAside(directory: string, wallMs: number): string {
    const at = new Date(wallMs).toISOString().replaceAll(/[:.]/g, '-');
    const place = join(directory, `damaged-${at}.db`);
    for (const part of ['-wal', '-shm', '']) {
      if (existsSync(`${this.#file}${part}`)) renameSync(`${this.#file}${part}`, `${place}${part}`);
    }
    syncDirectory(directory);
    return place;
  }
}
