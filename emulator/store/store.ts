import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Match } from '../operations/routes.ts';
import type { OperationName } from '../operations/validations.ts';
import type { RegionState } from '../state/region-state.ts';
import type { Stream } from '../state/resources.ts';
import { groupRecords, type Kind, KINDS, recordsOf, restore, streamRecord } from './records.ts';

/** The data file: the state that survives a restart. It is written before a call is answered. */
export class Store {
  readonly #database: DatabaseSync;
  readonly #putRecord: StatementSync;
  readonly #putMessage: StatementSync;
  readonly #dropMessages: StatementSync;
  readonly #dropRecord: StatementSync;
  readonly #dropStream: StatementSync;
  /** The records in the file: by region and kind, the JSON of each id. */
  readonly #records = new Map<string, Map<string, string>>();
  /** For each partition: the next offset to write, and the first offset that is in the file. */
  readonly #written = new Map<string, { next: number; lostBefore: number }[]>();

  constructor(directory: string) {
    this.#database = openDatabase(directory);
    this.#putRecord = this.#database.prepare('INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)');
    this.#putMessage = this.#database.prepare('INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?)');
    this.#dropMessages = this.#database.prepare(
      'DELETE FROM message WHERE stream = ? AND partition = ? AND offset < ?',
    );
    this.#dropRecord = this.#database.prepare('DELETE FROM record WHERE region = ? AND kind = ? AND id = ?');
    this.#dropStream = this.#database.prepare('DELETE FROM message WHERE stream = ?');
  }

  /** A value that belongs to no region. */
  saveValue(name: string, value: unknown): void {
    this.#putRecord.run('', 'meta', name, JSON.stringify(value));
  }

  loadValue(name: string): unknown {
    const row = this.#database.prepare('SELECT json FROM record WHERE region = ? AND id = ?').get('', name);
    return row === undefined ? undefined : JSON.parse(String(row['json']));
  }

  /** Fills an empty region from the file. */
  load(region: RegionState): void {
    const records = this.#database.prepare('SELECT id, json FROM record WHERE region = ? AND kind = ?');
    const messages = this.#database.prepare(
      'SELECT offset, key, value, timestamp FROM message WHERE stream = ? AND partition = ? ORDER BY offset',
    );
    restore(region, {
      records: (kind: Kind) =>
        records.all(region.name, kind).map(({ id, json }) => {
          this.#inFile(region, kind).set(String(id), String(json));
          return [String(id), JSON.parse(String(json)) as unknown];
        }),
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

  /** Writes what a call may have changed: a stream's messages, its groups, or everything. Skips records that did not change. */
  save(region: RegionState, stream: Stream | undefined, changed: 'messages' | 'groups' | 'all'): void {
    this.#database.exec('BEGIN');
    try {
      if (changed === 'all') this.#saveAll(region);
      else if (changed === 'groups' && stream !== undefined)
        this.#saveRecord(region, 'groups', stream.id, groupRecords(stream));
      else if (stream !== undefined) this.#saveMessages(region, stream);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      // The content of the file is unknown now. The next save writes everything.
      this.#records.clear();
      this.#written.clear();
      throw error;
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Also deletes the records of resources that the region no longer has. */
  #saveAll(region: RegionState): void {
    const held = new Map<Kind, Set<string>>(KINDS.map((kind) => [kind, new Set()]));
    for (const [kind, id, record] of recordsOf(region)) {
      held.get(kind)!.add(id);
      this.#saveRecord(region, kind, id, record);
    }
    for (const [kind, ids] of held) {
      const inFile = this.#inFile(region, kind);
      for (const id of inFile.keys()) {
        if (ids.has(id)) continue;
        this.#dropRecord.run(region.name, kind, id);
        inFile.delete(id);
        if (kind !== 'stream') continue;
        this.#dropStream.run(id);
        this.#written.delete(id);
      }
    }
    for (const stream of region.streams.values()) this.#saveMessages(region, stream);
  }

  #saveRecord(region: RegionState, kind: Kind, id: string, record: unknown): void {
    const json = JSON.stringify(record);
    const inFile = this.#inFile(region, kind);
    if (inFile.get(id) === json) return;
    this.#putRecord.run(region.name, kind, id, json);
    inFile.set(id, json);
  }

  #inFile({ name }: RegionState, kind: Kind): Map<string, string> {
    const key = `${name} ${kind}`;
    let records = this.#records.get(key);
    if (records === undefined) this.#records.set(key, (records = new Map()));
    return records;
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
        this.#saveRecord(region, 'stream', id, streamRecord(stream));
      }
      Object.assign(mark, { next: log.nextOffset, lostBefore: log.lostBefore });
    }
  }
}

function marksOf({ partitions }: Stream) {
  return partitions.map(({ nextOffset, lostBefore }) => ({ next: nextOffset, lostBefore }));
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS record (
    region TEXT, kind TEXT, id TEXT, json TEXT NOT NULL, PRIMARY KEY (region, kind, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS message (
    stream TEXT, partition INTEGER, offset INTEGER, key TEXT, value TEXT NOT NULL, timestamp INTEGER NOT NULL,
    PRIMARY KEY (stream, partition, offset)
  ) WITHOUT ROWID;
`;

/** The data directory cannot be used. The message is one line that says why. */
export class DataError extends Error {}

/**
 * Opens the file in `directory` and locks it for this process. Written data survives `kill -9` of the process, but not a crash of the
 * machine (synchronous = NORMAL): that is enough for an emulator.
 */
function openDatabase(directory: string): DatabaseSync {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const file = join(directory, 'emulator.sqlite');
  try {
    makeDirectory(directory);
    const database = new DatabaseSync(file);
    // The file holds private keys.
    chmodSync(file, 0o600);
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = /locked/.test(message) ? 'another emulator is using it' : message;
    throw new DataError(`data: ${directory} cannot be used: ${reason}`);
  }
}

/**
 * Not Node's `recursive`: it never ends where a directory exists and making one in it is ENOENT (proc, automounters).
 */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeDirectory(dirname(path));
    makeDirectory(path);
  }
}

/** What each operation of the data plane changes. An operation that is not listed changes everything, unless it is a GET. */
const CHANGED_BY: Partial<Record<OperationName, 'messages' | 'groups' | 'nothing'>> = {
  PutMessages: 'messages',
  GetMessages: 'groups',
  CreateGroupCursor: 'groups',
  ConsumerCommit: 'groups',
  ConsumerHeartbeat: 'groups',
  UpdateGroup: 'groups',
  CreateCursor: 'nothing',
};

/** Saves what a call has changed. */
export function persist(store: Store, region: RegionState, { route, parts }: Match): void {
  const changed = CHANGED_BY[route.operation] ?? (route.method === 'GET' ? 'nothing' : 'all');
  if (changed === 'nothing') return;
  const stream = region.streams.get(parts['streamId'] ?? '');
  if (changed !== 'all' && stream === undefined) return;
  store.save(region, stream, changed);
}
