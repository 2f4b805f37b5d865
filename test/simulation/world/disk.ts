import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { systemDisk, type Disk, type FileState } from '../../../runtime/record/disk.ts';
import type { DiskFile, MachineDisk } from './machine-disk.ts';
import { EPOCH, type SimProcess } from './process.ts';
import type { Surroundings } from './surroundings.ts';

const OWNER = 1000;
/** What a write, a sync or a rename takes, so that a process can be killed in the middle of them, in ms. */
const STEP_MS = 0.4;
const never = new Promise<never>(() => {});

/** Puts the simulated disks in the place of the machine's, for the process whose path is named. */
export function installDisk(processOf: (id: number) => SimProcess | undefined): void {
  const at = (path: string): Place => {
    const [, id, name = ''] = /^\/process-(\d+)\/?(.*)$/.exec(path) ?? [];
    const process = processOf(Number(id));
    if (process === undefined) throw errno('ENOENT', path);
    return { process, world: process.world, disk: process.world.disk(process.machine), name };
  };
  const simulated: Disk = {
    userId: OWNER,
    open: async (path, flags = 'r', mode = 0o666) => {
      const place = await ready(at(String(path)));
      return open(place, flags, Number(mode));
    },
    rename: async (from, to) => {
      const place = at(String(from));
      await step(place, true);
      const { disk, name } = place;
      const file = disk.files.get(name);
      if (file === undefined) throw errno('ENOENT', String(from));
      disk.files.delete(name);
      const target = at(String(to)).name;
      disk.files.set(target, file);
      place.world.recordTouched(place.process.machine);
      disk.tell(target);
    },
    unlink: async (path) => {
      const { disk, name } = await ready(at(String(path)));
      if (!disk.files.delete(name)) throw errno('ENOENT', String(path));
    },
    readdir: async (directory) => [...(await ready(at(`${directory}/`))).disk.files.keys()],
    readlink: (path) => Promise.reject(errno('EINVAL', path)),
    makeDirectory: () => Promise.resolve(),
    stat: async (path) => {
      const { disk, name } = await ready(at(path));
      if (name === '') return DIRECTORY;
      const file = disk.files.get(name);
      return file === undefined ? undefined : stateOf(file);
    },
    lstat: async (path) => {
      const { disk, name } = await ready(at(path));
      const file = disk.files.get(name);
      return file === undefined ? undefined : statsOf(file);
    },
    isWritable: async (path) => (await ready(at(path))).disk.trouble !== 'EROFS',
    watch: (directory, changed) => {
      const { disk, process } = at(`${directory}/`);
      const watcher = { process, changed };
      disk.watchers.add(watcher);
      return { close: () => void disk.watchers.delete(watcher) };
    },
  };
  Object.assign(systemDisk, simulated);
}

interface Place {
  readonly process: SimProcess;
  readonly world: Surroundings;
  readonly disk: MachineDisk;
  readonly name: string;
}

/** A disk that hangs answers later; a dead process is never answered. */
async function ready(place: Place): Promise<Place> {
  if (place.disk.trouble === 'hang') await place.disk.answers();
  return place.process.isDead ? never : place;
}

/** One step of a write: it takes a moment, and fails on a disk that is full or read-only. */
async function step(place: Place, writes: boolean): Promise<void> {
  await ready(place);
  await new Promise<void>((resolve) => {
    place.world.scheduler.after(STEP_MS, resolve, place.process);
  });
  await ready(place);
  const { trouble } = place.disk;
  if (writes && trouble !== undefined && trouble !== 'hang') throw errno(trouble, place.name);
}

async function open(place: Place, flags: string | number, mode: number): Promise<FileHandle> {
  const { disk, name, world } = place;
  if (name === '') return handleOf(place, undefined);
  if (flags === 'wx') {
    await step(place, true);
    if (disk.files.has(name)) throw errno('EEXIST', name);
    return handleOf(place, disk.make(name, mode, EPOCH + world.scheduler.now));
  }
  const file = disk.files.get(name);
  if (file === undefined) throw errno('ENOENT', name);
  return handleOf(place, file);
}

/** The part of a file handle that the record uses. */
function handleOf(place: Place, file: DiskFile | undefined): FileHandle {
  const { world } = place;
  const touched = (): void => {
    if (file === undefined) return;
    file.writes++;
    file.writtenAt = EPOCH + world.scheduler.now;
    world.recordTouched(place.process.machine);
    place.disk.tell(place.name);
  };
  let position = 0;
  const handle = {
    stat: async () => (file === undefined ? { isFile: () => false, isDirectory: () => true } : statsOf(file)),
    chmod: async (mode: number) => {
      if (file !== undefined) file.mode = mode;
    },
    chown: async () => {},
    sync: async () => {
      await step(place, false);
      if (file !== undefined) file.isSynced = true;
    },
    close: async () => {},
    writeFile: async (bytes: Uint8Array) => {
      // A process that is killed in here leaves the first half.
      if (file === undefined) return;
      const whole = Buffer.from(bytes);
      file.isSynced = false;
      file.bytes = whole.subarray(0, whole.length >> 1);
      world.recordTouched(place.process.machine);
      await step(place, true);
      file.bytes = whole;
      touched();
    },
    read: async (target: Uint8Array, offset: number, length: number, from?: number | null) => {
      await ready(place);
      const source = file?.bytes ?? Buffer.alloc(0);
      const start = from ?? position;
      const bytesRead = source.copy(target, offset, start, Math.min(source.length, start + length));
      if (from === undefined || from === null) position += bytesRead;
      return { bytesRead, buffer: target };
    },
    write: async (bytes: Uint8Array, offset: number, length: number, at: number) => {
      await step(place, true);
      if (file === undefined) return { bytesWritten: 0, buffer: bytes };
      const whole = Buffer.alloc(Math.max(file.bytes.length, at + length));
      file.bytes.copy(whole);
      whole.set(bytes.subarray(offset, offset + length), at);
      file.isSynced = false;
      file.bytes = whole;
      touched();
      return { bytesWritten: length, buffer: bytes };
    },
    truncate: async (length: number) => {
      if (file !== undefined) file.bytes = file.bytes.subarray(0, length);
    },
  };
  return handle as unknown as FileHandle;
}

const DIRECTORY: FileState = {
  stamp: 'directory',
  writtenAt: EPOCH,
  isDirectory: true,
  owner: OWNER,
  mode: 0o755,
};

function stateOf(file: DiskFile): FileState {
  const { inode, writes, bytes, writtenAt, mode } = file;
  return { stamp: `${inode} ${writes} ${bytes.length}`, writtenAt, isDirectory: false, owner: OWNER, mode };
}

function statsOf({ inode, mode, bytes }: DiskFile): Stats {
  const stats = {
    ino: inode,
    dev: 1,
    mode,
    uid: OWNER,
    gid: OWNER,
    size: bytes.length,
    isFile: () => true,
    isDirectory: () => false,
    isSymbolicLink: () => false,
  };
  return stats as unknown as Stats;
}

function errno(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${basename(dirname(path))}/${basename(path)}`), { code });
}
