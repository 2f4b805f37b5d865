import { DatabaseSync, type StatementSync } from 'node:sqlite';

import { hashOf } from '../core/index.ts';
import { DamagedFile } from './disk-problem.ts';
import { APPLICATION_ID, FORMAT_VERSION, PAGE_SIZE, SCHEMA, sealOf } from './file-format.ts';
import { ROW_OVERHEAD_BYTES, rowCost, type KeyPage, type OutboxRow } from './outbox-store.ts';
import type { OutboxTotals, PageLimits } from './outbox-store.ts';
import { makeFile } from './places.ts';

/** Pages; 4 MiB. As much of the log is copied back at once; the reserve for a full disk is larger. */
const CHECKPOINT_PAGES = 256;
const CACHE_KIB = 8_192;

/** The file is of a version that this program does not know. */
export class NewerFormat extends Error {
  override readonly name = 'NewerFormat';
}

interface StoredRow {
  readonly sequence: number;
  readonly accepted_at: number;
  readonly seal: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
}

/** One SQLite database of messages. Every method throws what SQLite throws, or `DamagedFile`. */
export class MessageFile {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #count: StatementSync;
  readonly #delete: StatementSync;
  readonly #addTotals: StatementSync;
  #totals: OutboxTotals;

  /** Opens the file, or makes it (mode 0600). Reads its first and its last row, and no other: a check of all takes too long. */
  constructor(file: string, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    // SQLite gives its log and its shared memory the mode of this file.
    if (!readOnly) makeFile(file);
    this.#database = new DatabaseSync(file, { readOnly });
    try {
      // A person may look at the file with another program.
      this.#database.exec('PRAGMA busy_timeout = 5000');
      if (!readOnly) this.#prepareForWriting();
      this.#checkFormat();
      const prepare = (sql: string): StatementSync => this.#database.prepare(sql);
      this.#insert = prepare('INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?)');
      this.#select = prepare('SELECT * FROM messages WHERE sequence > ? ORDER BY sequence LIMIT ?');
      this.#count = prepare(
        'SELECT count(*) AS messages, coalesce(sum(coalesce(length(key), 0) + length(value)), 0) AS bytes FROM messages WHERE sequence BETWEEN ? AND ?',
      );
      this.#delete = prepare('DELETE FROM messages WHERE sequence BETWEEN ? AND ?');
      this.#addTotals = prepare('UPDATE totals SET messages = messages + ?, bytes = bytes + ?');
      this.#totals = this.#readTotals();
      this.read(0, { messages: 1, bytes: 1 });
      this.read(this.lastSequence - 1, { messages: 1, bytes: 1 });
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get totals(): OutboxTotals {
    return this.#totals;
  }

  get lastSequence(): number {
    return asWritten(() => {
      const row = this.#database.prepare('SELECT max(sequence) AS last FROM messages').get();
      return Number(row?.['last'] ?? 0);
    });
  }

  /** All of the rows, or none. Returns when they are synced. */
  append(rows: readonly OutboxRow[]): void {
    this.#transaction(() => {
      let messages = 0;
      let bytes = 0;
      for (const row of rows) {
        const { sequence, acceptedAt, key, value } = row;
        if (this.#insert.run(sequence, acceptedAt, sealOf(row), key, value).changes === 0) continue;
        messages++;
        bytes += rowCost(row);
      }
      return { messages, bytes };
    });
  }

  /** @throws DamagedFile when a row is not as it was written. */
  read(after: number, limits: PageLimits): OutboxRow[] {
    return asWritten(() => {
      const rows: OutboxRow[] = [];
      let bytes = 0;
      for (const found of this.#select.iterate(after, limits.messages)) {
        const { sequence, accepted_at: acceptedAt, seal, key, value } = found as unknown as StoredRow;
        const row = { sequence, acceptedAt, key, value };
        if (sealOf(row) !== seal) throw new DamagedFile(`message ${sequence} is not as it was written`);
        bytes += rowCost(row);
        if (rows.length > 0 && bytes > limits.bytes) break;
        rows.push(row);
      }
      return rows;
    });
  }

  /**
   * Returns before it is synced: the next `append` syncs it too. A loss of power in between brings the rows back, and they are
   * sent as copies.
   */
  remove(sequences: readonly number[]): void {
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      this.#remove(sequences);
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }

  #remove(sequences: readonly number[]): void {
    this.#transaction(() => {
      let messages = 0;
      let bytes = 0;
      for (const [from, to] of runsOf(sequences)) {
        const found = this.#count.get(from, to);
        this.#delete.run(from, to);
        messages -= Number(found?.['messages']);
        bytes -= Number(found?.['bytes']) + Number(found?.['messages']) * ROW_OVERHEAD_BYTES;
      }
      return { messages, bytes };
    });
  }

  /** @throws DamagedFile when the row is not as it was written. */
  one(sequence: number): OutboxRow | undefined {
    const [row] = this.read(sequence - 1, { messages: 1, bytes: 1 });
    return row?.sequence === sequence ? row : undefined;
  }

  keys(after: number, messages: number): KeyPage {
    return asWritten(() => {
      // Two texts, not an object and an array buffer for each key: a fifth of the time, and no garbage to speak of.
      const page = this.#database
        .prepare(
          `SELECT count(*) AS rows, max(sequence) AS last, group_concat(iif(key IS NULL, NULL, sequence)) AS sequences,
            group_concat(iif(key IS NULL, NULL, hex(key))) AS keys
          FROM (SELECT sequence, key FROM messages WHERE sequence > ? ORDER BY sequence LIMIT ?)`,
        )
        .get(after, messages);
      const list = (text: unknown): string[] => (typeof text === 'string' ? text.split(',') : []);
      return {
        sequences: Float64Array.from(list(page?.['sequences']), Number),
        hashes: Uint32Array.from(list(page?.['keys']), (hex) => hashOf(base64Of(hex))),
        after: Number(page?.['rows']) < messages ? undefined : Number(page?.['last']),
      };
    });
  }

  /** Checks every page and every row, and that the totals are right. @throws DamagedFile, or what SQLite throws. */
  verify(): void {
    const problem = this.#database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
    if (problem !== 'ok') throw new DamagedFile(String(problem));
    let messages = 0;
    let bytes = 0;
    for (let after = 0; ;) {
      const rows = this.read(after, { messages: 1_000, bytes: 4_194_304 });
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.sequence;
      messages += rows.length;
      bytes += rows.reduce((sum, row) => sum + rowCost(row), 0);
    }
    if (messages === this.#totals.messages && bytes === this.#totals.bytes) return;
    throw new DamagedFile(`it says that it holds ${this.#totals.messages} messages and holds ${messages}`);
  }

  /** Gives the space of removed rows back to the file system. Cheap only while the file is empty. */
  shrink(): void {
    this.#database.exec('VACUUM');
    this.checkpoint();
  }

  /** Copies the log into the file and empties it. */
  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#database.close();
  }

  #prepareForWriting(): void {
    this.#database.exec(`
      PRAGMA page_size = ${PAGE_SIZE};
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA cache_size = -${CACHE_KIB};
    `);
    const isNew =
      this.#database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] === 0;
    if (isNew && this.#pragma('application_id') === 0)
      this.#database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
  }

  #checkFormat(): void {
    const version = this.#pragma('user_version');
    if (this.#pragma('application_id') !== APPLICATION_ID)
      throw new DamagedFile('it is no file of an outbox');
    if (version > FORMAT_VERSION)
      throw new NewerFormat(`format ${version}, this version knows ${FORMAT_VERSION}`);
  }

  #pragma(name: string): number {
    return Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name]);
  }

  #readTotals(): OutboxTotals {
    const row = asWritten(() => this.#database.prepare('SELECT messages, bytes FROM totals').get());
    if (row === undefined) throw new DamagedFile('it does not say what it holds');
    return { messages: Number(row['messages']), bytes: Number(row['bytes']) };
  }

  /** Runs `change`, which gives by how much the totals change, and commits. */
  #transaction(change: () => OutboxTotals): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const { messages, bytes } = change();
      this.#addTotals.run(messages, bytes);
      this.#database.exec('COMMIT');
      this.#totals = { messages: this.#totals.messages + messages, bytes: this.#totals.bytes + bytes };
    } catch (error) {
      // SQLite has rolled back by itself after some errors.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** As the producer has a key. */
function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/** A damaged page can hold a column of another type, or a number that is none here: then it is not SQLite that refuses it. */
function asWritten<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof DamagedFile || (error instanceof Error && 'errcode' in error)) throw error;
    throw new DamagedFile('it holds something that was never written', { cause: error });
  }
}

/** Runs of successive numbers: one deletion each. */
function runsOf(sequences: readonly number[]): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (const sequence of sequences.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && sequence <= last[1] + 1) last[1] = sequence;
    else runs.push([sequence, sequence]);
  }
  return runs;
}
