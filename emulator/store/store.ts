import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RegionState, Stream } from '../state/index.ts';
import { openDatabase } from './database.ts';
import { recordsOf, restore, streamRecord, type Kind } from './records.ts';

/** What is kept between runs. Written before a call is answered. */
export class Store {
  readonly #database: DatabaseSync;
  readonly #putRecord: StatementSync;
  readonly #putMessage: StatementSync;
  readonly #dropMessages: StatementSync;
  /** Up to which offset the messages of a partition are written, and from which on they are kept. */
  readonly #written = new Map<string, { next: number; lostBefore: number }[]>();

  constructor(directory: string) {
    this.#database = openDatabase(directory);
    this.#putRecord = this.#database.prepare('INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)');
    this.#putMessage = this.#database.prepare('INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?)');
    this.#dropMessages = this.#database.prepare(
      'DELETE FROM message WHERE stream = ? AND partition = ? AND offset < ?',
    );
  }

  /** Something small that belongs to no region. */
  remember(name: string, value: unknown): void {
    this.#putRecord.run('', 'meta', name, JSON.stringify(value));
  }

  remembered(name: string): unknown {
    const row = this.#database.prepare('SELECT json FROM record WHERE region = ? AND id = ?').get('', name);
    return row === undefined ? undefined : JSON.parse(String(row['json']));
  }

  /** Fills a region with what it held. */
  load(region: RegionState): void {
    const records = this.#database.prepare('SELECT id, json FROM record WHERE region = ? AND kind = ?');
    const messages = this.#database.prepare(
      'SELECT offset, key, value, timestamp FROM message WHERE stream = ? AND partition = ? ORDER BY offset',
    );
    restore(region, {
      records: (kind: Kind) =>
        records
          .all(region.name, kind)
          .map(({ id, json }) => [String(id), JSON.parse(String(json)) as unknown]),
      messages: (stream, partition) =>
        messages.all(stream, partition).map(({ offset, key, value, timestamp }) => ({
          offset: Number(offset),
          key: key === null ? null : String(key),
          value: String(value),
          timestamp: Number(timestamp),
        })),
    });
    for (const stream of region.streams.values()) this.#written.set(stream.id, marksOf(stream));
  }

  /** Writes what a call has changed: everything that is small, and of a stream's messages the new ones. */
  save(region: RegionState, stream: Stream | undefined, changed: 'messages' | 'groups' | 'all'): void {
    this.#database.exec('BEGIN');
    try {
      if (changed !== 'messages') {
        for (const [kind, id, record] of recordsOf(region, changed === 'groups' ? stream : undefined)) {
          this.#putRecord.run(region.name, kind, id, JSON.stringify(record));
        }
      }
      if (changed === 'messages' && stream !== undefined) this.#saveMessages(region, stream);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #saveMessages(region: RegionState, stream: Stream): void {
    const { id, partitions } = stream;
    const marks = this.#written.get(id) ?? partitions.map(() => ({ next: 0, lostBefore: 0 }));
    this.#written.set(id, marks);
    for (const [partition, log] of partitions.entries()) {
      const mark = marks[partition]!;
      if (mark.next < log.nextOffset) {
        for (const { offset, key, value, timestamp } of log.read(mark.next, Infinity)) {
          this.#putMessage.run(id, partition, offset, key, value, timestamp);
        }
      }
      if (mark.lostBefore < log.lostBefore) {
        this.#dropMessages.run(id, partition, log.lostBefore);
        this.#putRecord.run(region.name, 'stream', id, JSON.stringify(streamRecord(stream)));
      }
      Object.assign(mark, { next: log.nextOffset, lostBefore: log.lostBefore });
    }
  }
}

function marksOf({ partitions }: Stream) {
  return partitions.map(({ nextOffset, lostBefore }) => ({ next: nextOffset, lostBefore }));
}
