import { dirname, isAbsolute } from 'node:path';

import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { diskTrouble, systemDisk, type Disk, type FileState } from './disk.ts';

const MAX_LINKS = 40;
const ROOT = 0;

/**
 * The file at the end of the links, which need not exist: a write must go there so that a link stays a link. Throws
 * `CONFIG` for a link that another user made in a directory that others may write to: it may lead to any file of ours.
 * Rejects with `ELOOP` when the links lead in a circle.
 */
export async function endOfLinks(file: string, disk: Disk): Promise<string> {
  let path = file;
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const found = await disk.lstat(path).catch(ignore);
    if (found === undefined || !found.isSymbolicLink()) return path;
    const directory = await disk.stat(dirname(path)).catch(ignore);
    if (isForeign(found.uid, disk) && (directory === undefined || othersMayWriteTo(directory))) {
      throw new HaError(
        'CONFIG',
        `${path} is a link that another user (${found.uid}) made, in a directory that others may write to, so it is not followed; remove it, or choose another place with --record-file`,
      );
    }
    const next = await disk.readlink(path);
    // Not normalised: what `..` means behind a directory that is itself a link, only the system knows.
    path = isAbsolute(next) ? next : `${dirname(path)}/${next}`;
  }
  throw Object.assign(new Error(`more than ${MAX_LINKS} links behind ${file}`), { code: 'ELOOP' });
}

/**
 * Is a plain file here, of this owner, one that another user may have put in our way? Only in a directory such as /tmp,
 * where anyone may make a file and nobody can remove another's; elsewhere users share a record on purpose.
 */
export async function isPlanted(file: string, owner: number, disk: Disk): Promise<boolean> {
  if (!isForeign(owner, disk)) return false;
  const directory = await disk.stat(dirname(file)).catch(ignore);
  return directory === undefined || ((directory.mode & 0o1002) === 0o1002 && directory.owner !== owner);
}

/** Root can do anything anyway. */
export function isForeign(owner: number, { userId }: Disk): boolean {
  return userId !== undefined && owner !== userId && owner !== ROOT;
}

/** Others than its owner, who may have installed this program there. */
function othersMayWriteTo(directory: FileState): boolean {
  return (directory.mode & 0o022) !== 0;
}

export interface PlaceOptions {
  readonly emit?: EventListener;
  readonly disk?: Disk;
}

/**
 * For a start: throws `CONFIG` when the record could never be written because its directory does not exist or is none, or
 * because the way to it must not be taken. A place that this user cannot write to today is a `warning`: messages do not need it.
 */
export async function assertRecordPlace(file: string, options: PlaceOptions = {}): Promise<void> {
  const { emit, disk = systemDisk } = options;
  const target = await endOfLinks(file, disk).catch((error: unknown) => {
    throw diskTrouble('read', file, error);
  });
  const directory = dirname(target);
  const found = await disk.stat(directory).catch(ignore);
  if (found?.isDirectory !== true) {
    const problem = found === undefined ? 'does not exist' : 'is not a directory';
    throw new HaError(
      'CONFIG',
      `${file} cannot be kept: ${directory} ${problem}; make it (mkdir -p), or choose another place with --record-file (STREAM_PROPERTIES)`,
    );
  }
  if ((await disk.isWritable(directory)) || (await disk.isWritable(target))) return;
  emit?.({
    type: 'warning',
    about: 'record',
    message: `${file} cannot be written by this user: a failover would not be recorded. Give this user the right to it, or choose another place with --record-file`,
  });
}

function ignore(): undefined {
  return undefined;
}
