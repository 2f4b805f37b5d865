import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS record (
    region TEXT, kind TEXT, id TEXT, json TEXT NOT NULL, PRIMARY KEY (region, kind, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS message (
    stream TEXT, partition INTEGER, offset INTEGER, key TEXT, value TEXT NOT NULL, timestamp INTEGER NOT NULL,
    PRIMARY KEY (stream, partition, offset)
  ) WITHOUT ROWID;
`;

/** The directory cannot be used for data: one line that says why. */
export class DataError extends Error {}

/**
 * Opens the file in `directory`, for this process alone. What was written survives the end of the process, however it
 * ends; that it survives the end of the machine is not asked of an emulator (synchronous = NORMAL).
 */
export function openDatabase(directory: string): DatabaseSync {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const file = join(directory, 'emulator.sqlite');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(file);
    // Keys are in it.
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
