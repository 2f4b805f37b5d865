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
async function isPlanted(file: string, owner: number, disk: Disk): Promise<boolean> {
  if (!isForeign(owner, disk)) return false;
  const directory = await disk.stat(dirname(file)).catch(ignore);
  return directory === undefined || ((directory.mode & 0o1002) === 0o1002 && directory.owner !== owner);
}

/** Root can do anything anyway. */
function isForeign(owner: number, { userId }: Disk): boolean {
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
    `${file} ${problem}, so it is not used; take it away, or name another file with --record-file`,
  );
}

const TEMPORARY = /^[0-9a-f-]{36}\.tmp$/;
/** A temporary file is written in milliseconds. One that is so much older has no owner any more. */
const ABANDONED_MS = 60_000;

/**
 * A directory that takes no new file, or no rename to this name: it is read-only or of another user, or the file is a mount
 * point (a container's volume of one file: EBUSY, EXDEV).
 */
const NO_REPLACEMENT = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV', 'ENAMETOOLONG']);

export interface FileContent {
  readonly bytes: Uint8Array;
  /** Permission bits of a file for this user only; undefined: owner and bits of the file that is there stay, else the umask decides. */
  readonly mode?: number | undefined;
}

/**
 * Puts `bytes` in the place of the file, whole or not at all, whatever stops this process or the machine: a temporary file
 * beside it, synced; a rename; the directory synced. Temporary files that killed processes left are cleared away. Where
 * the directory does not allow that, an existing file is written in place: resolves to the system's code for the reason.
 * Rejects with the system's error; then the old file or the new one stands.
 */
export async function replaceFile(
  file: string,
  { bytes, mode }: FileContent,
  disk: Disk,
): Promise<string | undefined> {
  const before = await disk.lstat(file).catch(ignore);
  const directory = dirname(file);
  const prefix = `.${basename(file)}.`;
  // No `join`: it would take `link/..` for nothing, and a rename must stay on one disk.
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
    // Only root can give a file away; for other users the file becomes theirs. What only this user may read is never given.
    if (before !== undefined && mode === undefined) {
      await handle.chown(before.uid, before.gid).catch(ignore);
    }
    // The umask took bits away from what `open` was told.
    if (bits !== undefined) await handle.chmod(bits);
    await handle.sync();
  });
}

/** For people, of a file that was written in place because of this code of the system. */
export function inPlaceWarning(file: string, because: string): string {
  return `${file} cannot be replaced (${because}: it is a mount point, or its directory does not allow it), so it is written in place: a program that reads it at that moment can see a part of it. Mount the directory, or choose another place with --record-file`;
}

/**
 * Every writer writes whole blocks, and nothing is cut off: a reader in between, and two writers at once, see one record
 * whole, where the system makes one write atomic (local disks do). Line ends fill the rest.
 */
const BLOCK = 512;

async function writeInPlace(
  file: string,
  { bytes, mode }: FileContent,
  before: Stats,
  disk: Disk,
): Promise<void> {
  // What only this user may read is not put into a file that another user can open.
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

/** So that the rename survives a power cut. Windows, and some network disks, cannot sync a directory. */
async function syncDirectory(directory: string, disk: Disk): Promise<void> {
  try {
    await closing(await disk.open(directory, 'r'), (handle) => handle.sync());
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

/** Ages are told by the disk's own clock: the time of the file that was just written. */
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
