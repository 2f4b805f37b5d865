import { constants, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

import { HaError } from '../errors.ts';
import { diskTrouble, errnoOf, type Disk } from './disk.ts';
import { isPlanted } from './file-place.ts';
import { MAX_RECORD_BYTES } from './format.ts';

export interface FoundFile {
  readonly bytes: Uint8Array;
  readonly stat: Stats;
}

/**
 * A small regular file; undefined when there is none. Never blocks: a FIFO is opened without waiting for its writer.
 * Throws `CONFIG` for anything but a regular file, for more than `MAX_RECORD_BYTES` and for a file that another user may
 * have put there; `RECORD` when the system refuses.
 */
export async function readSmallFile(file: string, disk: Disk): Promise<FoundFile | undefined> {
  let handle: FileHandle | undefined;
  try {
    // Windows has no O_NONBLOCK, nor a FIFO at a path.
    handle = await disk.open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) throw unfit(file, stat.isDirectory() ? 'is a directory' : 'is not a regular file');
    if (await isPlanted(file, stat.uid, disk)) {
      throw unfit(file, `is of another user (${stat.uid}), in a directory where anyone may make files`);
    }
    return { bytes: await readBounded(handle, file), stat };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw errnoOf(error) === 'EISDIR' ? unfit(file, 'is a directory') : diskTrouble('read', file, error);
  } finally {
    await handle?.close();
  }
}

/** Whatever size the system reports: files of /proc report none, and a file can grow meanwhile. */
async function readBounded(handle: FileHandle, file: string): Promise<Uint8Array> {
  const bytes = Buffer.alloc(MAX_RECORD_BYTES + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
  }
  throw unfit(file, `is longer than ${MAX_RECORD_BYTES} bytes`);
}

function unfit(file: string, problem: string): HaError {
  return new HaError(
    'CONFIG',
    `${file} ${problem}, so it is not read; take it away, or name another file with --record-file`,
  );
}
