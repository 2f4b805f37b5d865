import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

import { HaError } from '../errors.ts';
import { decodeText } from '../text-encoding.ts';
import { diskTrouble } from './disk-trouble.ts';
import { errnoOf, type Disk } from './disk.ts';

/** The longest record file that is read, in bytes. Ours have 300. */
export const MAX_RECORD_BYTES = 64 * 1024;

export interface FoundFile {
  /** The bytes as latin1, which is what the format is. */
  readonly text: string;
  readonly access: FileAccess;
}

/** Whose the file is, and who may read and write it. */
export interface FileAccess {
  /** Permission bits. */
  readonly mode: number;
  /** The user's and the group's numbers; absent: whoever writes. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * A small regular file; undefined when there is none. Never blocks: a FIFO is opened without waiting for its writer.
 * Throws `CONFIG` for anything but a regular file and for more than `MAX_RECORD_BYTES`, `RECORD` when the system refuses.
 */
export async function readSmallFile(file: string, disk: Disk): Promise<FoundFile | undefined> {
  let handle: FileHandle | undefined;
  try {
    // Windows has no O_NONBLOCK, nor a FIFO at a path.
    handle = await disk.open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) throw unfit(file, stat.isDirectory() ? 'is a directory' : 'is not a regular file');
    const { uid, gid } = stat;
    return {
      text: await readBounded(handle, file),
      access: { mode: stat.mode & 0o7777, owner: { uid, gid } },
    };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw errnoOf(error) === 'EISDIR' ? unfit(file, 'is a directory') : diskTrouble('read', file, error);
  } finally {
    await handle?.close();
  }
}

/** Whatever size the system reports: files of /proc report none, and a file can grow meanwhile. */
async function readBounded(handle: FileHandle, file: string): Promise<string> {
  const bytes = Buffer.alloc(MAX_RECORD_BYTES + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
    if (bytesRead === 0) return decoded(bytes.subarray(0, length), file);
    length += bytesRead;
  }
  throw unfit(file, `is longer than ${MAX_RECORD_BYTES} bytes`);
}

/** The format is latin1; an editor may have put a byte order mark in front, or saved it as UTF-16. */
function decoded(bytes: Uint8Array, file: string): string {
  const found = decodeText(bytes, 'latin1');
  if ('problem' in found) throw unfit(file, found.problem);
  return found.text;
}

function unfit(file: string, problem: string): HaError {
  return new HaError(
    'CONFIG',
    `${file} ${problem}, so it is not read; take it away, or name another file with --record-file`,
  );
}
