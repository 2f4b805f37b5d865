import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute } from 'node:path';

import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { type Disk, diskTrouble, errnoOf, type FileState, systemDisk } from './disk.ts';
import { MAX_RECORD_BYTES } from './format.ts';

const MAX_LINKS = 40;
const ROOT = 0;

/**
 * The file at the end of all links; it need not exist. A write goes there, so that a link stays a link. Throws `CONFIG`
 * for a link that another user made in a directory that others can write to, since it may lead to any file of ours;
 * `ELOOP` when the links form a circle.
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
        `${path} is a link of another user (${found.uid}) in a directory that others may write to, so it is not followed; remove it, or choose another place (\`recordFile\`)`,
      );
    }
    const next = await disk.readlink(path);
    // Not normalised: `..` after a directory that is a link means the parent of the link's target.
    path = isAbsolute(next) ? next : `${dirname(path)}/${next}`;
  }
  throw Object.assign(new Error(`more than ${MAX_LINKS} links behind ${file}`), { code: 'ELOOP' });
}

/**
 * Whether another user may have put this file here for us to read. That is possible only in a directory like /tmp,
 * where every user can create files and none can remove those of another; elsewhere users share a record on purpose.
 */
async function isPlanted(file: string, owner: number, disk: Disk): Promise<boolean> {
  if (!isForeign(owner, disk)) return false;
  const directory = await disk.stat(dirname(file)).catch(ignore);
  return directory === undefined || ((directory.mode & 0o1002) === 0o1002 && directory.owner !== owner);
}

/** Root is trusted: it could change any file anyway. */
function isForeign(owner: number, { userId }: Disk): boolean {
  return userId !== undefined && owner !== userId && owner !== ROOT;
}

/** Whether users other than the directory's owner can write to it; the owner may have installed this program there. */
function othersMayWriteTo(directory: FileState): boolean {
  return (directory.mode & 0o022) !== 0;
}

export interface PlaceOptions {
  readonly emit?: EventListener;
  readonly disk?: Disk;
}

/**
 * Checks the place of the record at a start. Throws `CONFIG` when the record could never be written: its directory does
 * not exist, or a link must not be followed. A place that is not writable now is only a `warning`, because messages do
 * not need it.
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
      `${file} cannot be kept: ${directory} ${problem}; create it (mkdir -p), or choose another place (\`recordFile\`, STREAM_PROPERTIES)`,
    );
  }
  if ((await disk.isWritable(directory)) || (await disk.isWritable(target))) return;
  emit?.({
    type: 'warning',
    code: 'record-not-written',
    message: `${file} cannot be written by this user: a failover would not be recorded. Give this user permission, or choose another place (\`recordFile\`)`,
  });
}

export interface FoundFile {
  readonly bytes: Uint8Array;
  readonly stat: Stats;
}

/**
 * Reads a small regular file; undefined when there is none. Never blocks: a FIFO is opened without waiting for its
 * writer. Throws `CONFIG` for anything but a regular file, for more than `MAX_RECORD_BYTES`, and for a file that
 * another user may have put there; `RECORD` when the system refuses.
 */
export async function readSmallFile(file: string, disk: Disk): Promise<FoundFile | undefined> {
  let handle: FileHandle | undefined;
  try {
    // Windows has no O_NONBLOCK, and no FIFOs in its file system.
    handle = await disk.open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await handle.stat();
    if (!stat.isFile()) throw unfit(file, stat.isDirectory() ? 'is a directory' : 'is not a regular file');
    if (await isPlanted(file, stat.uid, disk)) {
      throw unfit(
        file,
        `is a file of another user (${stat.uid}) in a directory where anyone may create files`,
      );
    }
    return { bytes: await readBounded(handle, file), stat };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw errnoOf(error) === 'EISDIR' ? unfit(file, 'is a directory') : diskTrouble('read', file, error);
  } finally {
    await handle?.close();
  }
}

/** Does not trust the reported size: files of /proc report 0, and a file can grow during the read. */
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
    `${file} ${problem}, so it is not used; remove it, or name another file (\`recordFile\`)`,
  );
}

const TEMPORARY = /^[0-9a-f-]{36}\.tmp$/;
/** A temporary file exists for milliseconds. An older one was left by a killed process. */
const ABANDONED_MS = 60_000;

/**
 * Codes of a directory that allows no new file or no rename: it is read-only or of another user, or the file is a mount
 * point (a container's volume of one file: EBUSY, EXDEV).
 */
const NO_REPLACEMENT = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV', 'ENAMETOOLONG']);

export interface FileContent {
  readonly bytes: Uint8Array;
  /**
   * Permission bits, for a file that only this user may read. Undefined: a present file keeps owner and bits, a new one
   * gets those of the umask.
   */
  readonly mode?: number | undefined;
}

/**
 * Replaces the file completely or not at all, even if the process or the machine stops: writes and syncs a temporary
 * file beside it, renames it, syncs the directory. Temporary files of killed processes are removed. If the directory
 * does not allow this, an existing file is written in place: then it resolves to the system's code for the reason.
 * Rejects with the system's error; the file is then the old or the new one.
 */
export async function replaceFile(
  file: string,
  { bytes, mode }: FileContent,
  disk: Disk,
): Promise<string | undefined> {
  const before = await disk.lstat(file).catch(ignore);
  const directory = dirname(file);
  const prefix = `.${basename(file)}.`;
  // Not `join`, which would simplify `link/..`: a rename must stay on one disk.
  const temporary = `${directory}/${prefix}${randomUUID()}.tmp`;
  try {
    await writeSynced(temporary, { bytes, mode }, before, disk);
    await disk.rename(temporary, file);
  } catch (error) {
    await disk.unlink(temporary).catch(ignore);
    const code = errnoOf(error) ?? '';
    if (!NO_REPLACEMENT.has(code) || before?.isFile() !== true) throw error;
    await writeInPlace(file, { bytes, mode }, before, disk);
    return code;
  }
  await syncDirectory(directory, disk);
  await clearAbandoned(directory, prefix, file, disk).catch(ignore);
  return undefined;
}

async function writeSynced(
  path: string,
  { bytes, mode }: FileContent,
  before: Stats | undefined,
  disk: Disk,
): Promise<void> {
  const bits = mode ?? (before === undefined ? undefined : before.mode & 0o7777);
  await closing(await disk.open(path, 'wx', bits ?? 0o666), async (handle) => {
    await handle.writeFile(bytes);
    // Only root can change the owner; for others the file becomes their own. A file that only this user may read keeps
    // this owner.
    if (before !== undefined && mode === undefined) {
      await handle.chown(before.uid, before.gid).catch(ignore);
    }
    // The umask removed bits from those given to `open`.
    if (bits !== undefined) await handle.chmod(bits);
    await handle.sync();
  });
}

/** The warning for a file that was written in place because of this code. */
export function inPlaceWarning(file: string, because: string): string {
  return `${file} cannot be replaced (${because}: it is a mount point, or its directory does not allow it), so it is written in place: a program that reads it at that moment can see a part of it. Mount the directory, or choose another place (\`recordFile\`)`;
}

/**
 * Writers write whole blocks and never truncate, so that a reader, or a second writer, sees one record whole where the
 * system makes a single write atomic (local disks do). The rest is filled with line ends.
 */
const BLOCK = 512;

async function writeInPlace(
  file: string,
  { bytes, mode }: FileContent,
  before: Stats,
  disk: Disk,
): Promise<void> {
  // A file that another user can open must not get what only this user may read.
  if (mode !== undefined && isForeign(before.uid, disk)) throw notOurs(file);
  const flags = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  await closing(await disk.open(file, flags), async (handle) => {
    const now = await handle.stat();
    if (now.ino !== before.ino || now.dev !== before.dev) throw notOurs(file);
    if (now.size > MAX_RECORD_BYTES) throw unfit(file, `is longer than ${MAX_RECORD_BYTES} bytes`);
    if (mode !== undefined) await handle.chmod(mode);
    const old = Buffer.alloc(now.size);
    await handle.read(old, 0, old.length, 0);
    const text = Buffer.from(`${Buffer.from(bytes).toString('latin1').replace(/\n+$/, '')}\n`, 'latin1');
    const whole = Buffer.alloc(Math.ceil(Math.max(text.length, now.size) / BLOCK) * BLOCK, '\n');
    whole.set(text);
    try {
      await writeAll(handle, whole);
    } catch (error) {
      await writeAll(handle, old)
        .then(() => handle.truncate(old.length))
        .catch(ignore);
      throw error;
    }
    await handle.sync();
  });
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += (await handle.write(bytes, at, bytes.length - at, at)).bytesWritten;
  }
}

function notOurs(file: string): Error {
  return Object.assign(new Error(`${file} is another user's, or was exchanged`), { code: 'EACCES' });
}

/** Makes the rename survive a power failure. Windows, and some network disks, cannot sync a directory. */
async function syncDirectory(directory: string, disk: Disk): Promise<void> {
  try {
    await closing(await disk.open(directory, 'r'), (handle) => handle.sync());
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

/** Ages are measured with the disk's clock: the time of the file that was just written. */
async function clearAbandoned(directory: string, prefix: string, file: string, disk: Disk): Promise<void> {
  const now = (await disk.stat(file))?.writtenAt ?? 0;
  for (const name of await disk.readdir(directory)) {
    if (!name.startsWith(prefix) || !TEMPORARY.test(name.slice(prefix.length))) continue;
    const path = `${directory}/${name}`;
    const left = await disk.stat(path);
    if (left !== undefined && now - left.writtenAt > ABANDONED_MS) await disk.unlink(path).catch(ignore);
  }
}

async function closing<T>(handle: FileHandle, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

function ignore(): undefined {
  return undefined;
}
