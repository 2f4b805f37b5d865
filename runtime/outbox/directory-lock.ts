import { closeSync, fsyncSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { diskProblem, isHeld } from './disk-problem.ts';
import { makeFile, refuseOthers } from './places.ts';

/** The process that uses a directory. */
export interface Holder {
  readonly pid: number;
  /** RFC 3339: when it took the directory. */
  readonly since: string;
}

/** A process that looks whether the lock is free holds it for a moment. */
const BUSY_TIMEOUT_MS = 250;

/**
 * One process per directory: a lock of SQLite's on an empty file. The system frees it when the process ends, also by
 * kill -9. Locks of one process are told apart too, so two producers of a program exclude each other.
 */
export class DirectoryLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Undefined when another one has it. @throws what makes the directory unusable. */
  static take(directory: string, wallMs: number): DirectoryLock | undefined {
    const file = lockFile(directory);
    refuseOthers([file, holderFile(directory)]);
    makeFile(file);
    const database = lockExclusively(file);
    if (database === undefined) return undefined;
    try {
      writeHolder(directory, { pid: process.pid, since: new Date(wallMs).toISOString() });
    } catch (error) {
      // Who holds it is only for people: a full disk must not keep the messages on it from being sent.
      if (diskProblem(error) !== 'full') {
        database.close();
        throw error;
      }
    }
    return new DirectoryLock(database);
  }

  release(): void {
    this.#database.close();
  }
}

/** Who uses the directory now. `unknown`: it is in use, and not told by whom. */
export function holderOf(directory: string): Holder | 'unknown' | undefined {
  try {
    const database = new DatabaseSync(lockFile(directory), { readOnly: true });
    try {
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      return undefined;
    } finally {
      database.close();
    }
  } catch (error) {
    return isHeld(error) ? readHolder(directory) : undefined;
  }
}

function lockExclusively(file: string, isEmptied = false): DatabaseSync | undefined {
  const database = new DatabaseSync(file);
  try {
    // Without a journal on disk: a full one has no room for it, and what is there must be sent all the same.
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE`);
    return database;
  } catch (error) {
    database.close();
    if (isHeld(error)) return undefined;
    // SQLite looks for a lock before it reads, so no process has it. The file needs no content.
    const stat = statSync(file);
    if (isEmptied || !stat.isFile() || stat.size === 0) throw error;
    truncateSync(file);
    return lockExclusively(file, true);
  }
}

/** Synced, to prove that this file system can: some refuse, and nothing would be safe there. */
function writeHolder(directory: string, holder: Holder): void {
  const descriptor = openSync(holderFile(directory), 'w', 0o600);
  try {
    writeSync(descriptor, `${JSON.stringify(holder)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readHolder(directory: string): Holder | 'unknown' {
  try {
    const told = JSON.parse(readFileSync(holderFile(directory), 'utf8')) as Partial<Holder>;
    return typeof told.pid === 'number' && typeof told.since === 'string'
      ? { pid: told.pid, since: told.since }
      : 'unknown';
  } catch {
    return 'unknown';
  }
}

const lockFile = (directory: string): string => join(directory, 'lock');
const holderFile = (directory: string): string => join(directory, 'holder.json');
