import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute } from 'node:path';

import { errnoOf, type Disk } from './disk.ts';
import type { FileAccess } from './read-file.ts';

const TEMPORARY = /^[0-9a-f-]{36}\.tmp$/;
/** A temporary file is written in milliseconds. One that is so much older has no owner any more. */
const ABANDONED_MS = 60_000;
const MAX_LINKS = 40;

/**
 * Puts `bytes` in the place of the file, whole or not at all, whatever stops this process or the machine: a temporary file
 * beside it, synced; a rename; the directory synced. Without `access` the umask decides, as for any new file. Temporary
 * files that killed processes left are cleared away. Rejects with the system's error; the old file or the new one stands.
 */
export async function replaceFile(
  file: string,
  bytes: Uint8Array,
  access: FileAccess | undefined,
  disk: Disk,
): Promise<void> {
  const directory = dirname(file);
  const prefix = `.${basename(file)}.`;
  // No `join`: it would take `link/..` for nothing, and a rename must stay on one disk.
  const temporary = `${directory}/${prefix}${randomUUID()}.tmp`;
  try {
    await writeSynced(temporary, bytes, access, disk);
    await disk.rename(temporary, file);
  } catch (error) {
    await disk.unlink(temporary).catch(ignore);
    throw error;
  }
  await syncDirectory(directory, disk);
  await clearAbandoned(directory, prefix, file, disk).catch(ignore);
}

/**
 * Where a write must go so that a link stays a link: the file at the end of the links, which need not exist. Rejects with
 * `ELOOP` when they lead in a circle.
 */
export async function endOfLinks(file: string, disk: Disk): Promise<string> {
  let path = file;
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const next = await disk.readlink(path).catch(ignore);
    if (next === undefined) return path;
    // Not normalised: what `..` means behind a directory that is itself a link, only the system knows.
    path = isAbsolute(next) ? next : `${dirname(path)}/${next}`;
  }
  throw Object.assign(new Error(`more than ${MAX_LINKS} links behind ${file}`), { code: 'ELOOP' });
}

async function writeSynced(
  path: string,
  bytes: Uint8Array,
  access: FileAccess | undefined,
  disk: Disk,
): Promise<void> {
  await closing(await disk.open(path, 'wx', access?.mode ?? 0o666), async (handle) => {
    await handle.writeFile(bytes);
    // Only root can give a file away. Whoever else may write here keeps what it makes.
    if (access?.owner !== undefined) await handle.chown(access.owner.uid, access.owner.gid).catch(ignore);
    // The umask took bits away from what `open` was told.
    if (access !== undefined) await handle.chmod(access.mode);
    await handle.sync();
  });
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
