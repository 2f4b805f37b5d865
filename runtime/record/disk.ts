import { watch } from 'node:fs';
import * as fs from 'node:fs/promises';

/** The part of a disk that the record needs, handed in so that tests and a simulator can make it fail, fill up or stop. */
export interface Disk extends Pick<typeof fs, 'open' | 'rename' | 'unlink'> {
  readdir(directory: string): Promise<string[]>;
  readlink(path: string): Promise<string>;
  /** Makes the directory and those above it, for this user only; no error when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Of the file at the end of the links; undefined when there is none. */
  stat(path: string): Promise<FileState | undefined>;
  /**
   * Calls back when something in the directory changes, with its name where the system tells it. A hint: some file
   * systems never call. Throws when there is no such directory.
   */
  watch(directory: string, changed: (name: string | null) => void): { close(): void };
}

export interface FileState {
  /** Differs whenever the file was replaced or written. */
  readonly stamp: string;
  /** When it was written, in ms since 1970 by the disk's clock. */
  readonly writtenAt: number;
}

export const systemDisk: Disk = {
  open: fs.open,
  rename: fs.rename,
  unlink: fs.unlink,
  readdir: (directory) => fs.readdir(directory),
  readlink: (path) => fs.readlink(path),
  async makeDirectory(path) {
    await fs.mkdir(path, { recursive: true, mode: 0o700 });
  },
  async stat(path) {
    try {
      const { ino, size, mtimeNs, ctimeNs, mtimeMs } = await fs.stat(path, { bigint: true });
      return { stamp: [ino, size, mtimeNs, ctimeNs].join(' '), writtenAt: Number(mtimeMs) };
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  },
  watch(directory, changed) {
    const watcher = watch(directory, { persistent: false }, (_, name) => changed(name));
    // A directory that goes away ends the watch; whoever polls sees that too.
    watcher.on('error', () => watcher.close());
    return watcher;
  },
};

/** `ENOSPC`, `EACCES`, … of an error of the system; undefined for any other. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
