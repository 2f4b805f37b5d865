import { watch, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';

import { HaError } from '../errors.ts';

/**
 * The file operations of this folder, as a parameter: tests and the simulator let them fail, fill the disk, or hang.
 */
export interface Disk extends Pick<typeof fs, 'open' | 'rename' | 'unlink'> {
  /** The user of this process; undefined where files have no owner (Windows). */
  readonly userId: number | undefined;
  readdir(directory: string): Promise<string[]>;
  readlink(path: string): Promise<string>;
  /** Creates the directory and its parents, for this user only; no error when it exists. */
  makeDirectory(path: string): Promise<void>;
  /** The file at the end of all links; undefined when there is none. */
  stat(path: string): Promise<FileState | undefined>;
  /** The link itself, if it is one; undefined when there is nothing. */
  lstat(path: string): Promise<Stats | undefined>;
  /** Whether this user may write to it. */
  isWritable(path: string): Promise<boolean>;
  /**
   * Calls back when something in the directory changes, with the file's name where the system tells it. Some file
   * systems never call, so a caller must poll as well. Throws when there is no such directory.
   */
  watch(directory: string, changed: (name: string | null) => void): { close(): void };
}

export interface FileState {
  /** Changes whenever the file is replaced or written. */
  readonly stamp: string;
  /** Time of the last write, in ms since 1970 by the disk's clock. */
  readonly writtenAt: number;
  readonly isDirectory: boolean;
  /** User id. */
  readonly owner: number;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Not Node's `recursive`: it never ends, with a processor at 100 %, where a directory exists and making one in it is ENOENT (proc,
 * automounters).
 */
async function makeDirectory(path: string): Promise<void> {
  try {
    await fs.mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const above = dirname(path);
    if (code === 'EEXIST' && (await fs.stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || (await unlessAbsent(() => fs.stat(above))) !== undefined) throw error;
    await makeDirectory(above);
    await makeDirectory(path);
  }
}

export const systemDisk: Disk = {
  userId: process.geteuid?.(),
  open: fs.open,
  rename: fs.rename,
  unlink: fs.unlink,
  readdir: (directory) => fs.readdir(directory),
  readlink: (path) => fs.readlink(path),
  makeDirectory,
  stat: (path) =>
    unlessAbsent(async () => {
      const stat = await fs.stat(path, { bigint: true });
      return {
        stamp: [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' '),
        writtenAt: Number(stat.mtimeMs),
        isDirectory: stat.isDirectory(),
        owner: Number(stat.uid),
        mode: Number(stat.mode) & 0o7777,
      };
    }),
  lstat: (path) => unlessAbsent(() => fs.lstat(path)),
  isWritable: async (path) => {
    try {
      await fs.access(path, fs.constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
  watch(directory, changed) {
    const watcher = watch(directory, { persistent: false }, (_, name) => changed(name));
    // When the directory is deleted the watch ends; the caller polls anyway.
    watcher.on('error', () => watcher.close());
    return watcher;
  },
};

async function unlessAbsent<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The system's code, such as `ENOSPC`; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'give this user permission, or choose another place (`recordFile`)',
  EPERM: 'give this user permission, or choose another place (`recordFile`)',
  EROFS: 'the disk is read-only; choose another place (`recordFile`)',
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: "this user's disk quota is used up; free some space",
  ENOENT: 'its directory does not exist; create it, or choose another place (`recordFile`)',
  ENOTDIR: 'a part of that path is a file; choose another place (`recordFile`)',
  EISDIR: 'it is a directory; choose a file (`recordFile`)',
  ELOOP: 'its links form a circle; correct them, or choose another place (`recordFile`)',
  EMFILE: 'this process has too many files open; raise its limit (ulimit -n)',
};

/** A `RECORD` error with what failed, the system's code and what to do. An `HaError` stays as it is. */
export function diskTrouble(what: 'read' | 'written', file: string, error: unknown): HaError {
  if (error instanceof HaError) return error;
  const code = errnoOf(error) ?? '';
  const remedy = REMEDIES[code] ?? (error instanceof Error ? error.message : String(error));
  return new HaError('RECORD', `${file} cannot be ${what}${code === '' ? '' : ` (${code})`}: ${remedy}`, {
    cause: error,
  });
}
