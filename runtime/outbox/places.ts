import {
  appendFileSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { HaError } from '../errors.ts';
import { openingProblem, systemCode } from './disk-problem.ts';

/** Where the outbox is: beside the record unless it is named. */
export function outboxDirectory(settings: {
  readonly outboxDirectory?: string | undefined;
  readonly recordFile: string;
}): string {
  return settings.outboxDirectory ?? `${settings.recordFile}.outbox`;
}

/**
 * Whether there is an outbox, or anything else, at its place.
 * @throws HaError `OUTBOX` when that cannot be told.
 */
export function outboxIsThere(directory: string): boolean {
  try {
    return isThere(directory);
  } catch (cause) {
    throw unreadable(directory, cause);
  }
}

export function unreadable(directory: string, cause: unknown): HaError {
  return new HaError('OUTBOX', `The outbox ${directory} cannot be read: ${openingProblem(cause)}.`, {
    cause,
  });
}

/** The numbers of the message files, in ascending order. One that was removed counts while its log is there. */
export function fileNumbers(directory: string): number[] {
  const numbers = readdirSync(directory)
    .map((name) => Number(/^messages-([1-9]\d{0,8})\.db(?:-wal)?$/.exec(name)?.[1]))
    .filter((number) => number > 0);
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

/** What this program and SQLite write into a slot. */
const FILE_OF_SLOT =
  /^(?:(?:(?:messages-\d+|damaged-.+)\.db|lock)(?:-wal|-shm|-journal)?|holder\.json|failed\.jsonl|reserve(?:\.partial)?)$/;

/** The files in a slot that are the outbox's. All others are a person's or another program's: nothing touches them. */
export function filesOf(slot: string): string[] {
  return readdirSync(slot)
    .filter((name) => FILE_OF_SLOT.test(name))
    .map((name) => join(slot, name));
}

/**
 * The directories of the slots, in ascending order; a symbolic link to one counts.
 * @throws for a slot itself, in which no slot is: the messages in it would not be found, and new ones be lost to sight. For a
 * directory with the name of a slot that another program filled. For a slot that holds a pipe or a device.
 */
export function slotsOf(directory: string): string[] {
  if (fileNumbers(directory).length > 0)
    throw new Error(`it is a part of the outbox ${dirname(directory)}: name that`);
  const slots = readdirSync(directory)
    .filter((name) => /^(?:0|[1-9]\d{0,5})$/.test(name))
    .toSorted((a, b) => Number(a) - Number(b))
    .map((name) => join(directory, name))
    .filter((path) => isThere(path) && statSync(path).isDirectory());
  for (const slot of slots) {
    const files = filesOf(slot);
    if (files.length === 0 && readdirSync(slot).length > 0)
      throw new Error(`${slot} is not the outbox's: name a directory that nothing else uses`);
    refuseOthers(files);
  }
  return slots;
}

/**
 * Whether there is anything at a path.
 * @throws when that cannot be told, as where this user may not look; and for a symbolic link to nothing.
 */
export function isThere(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  if (statSync(path, { throwIfNoEntry: false }) === undefined)
    throw new Error(`${path} is a symbolic link to nothing: make what it names, or remove it`);
  return true;
}

/**
 * To open a pipe can take for ever, and no signal ends it; what SQLite says of a directory is misleading. A path at which there
 * is nothing passes.
 * @throws for the first one that is no file.
 */
export function refuseOthers(paths: readonly string[]): void {
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || stat.isFile()) continue;
    const what = stat.isDirectory() ? 'a directory' : 'a pipe or a device';
    throw new Error(`${path} is ${what}, not a file: remove it`);
  }
}

/** Makes new and renamed files last. */
export function syncDirectory(directory: string): void {
  // Windows cannot open a directory.
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Messages that no region will take, or that became too old, as JSON lines. */
export function failedFile(slot: string): string {
  return join(slot, 'failed.jsonl');
}

export function appendSynced(file: string, text: string): void {
  const descriptor = openSync(file, 'a', 0o600);
  try {
    appendFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the directory (mode 0700), in one that exists. */
export function makeDirectory(directory: string): void {
  if (!isThere(directory)) unlessItExists(() => mkdirSync(directory, { mode: 0o700 }));
  // Throws when it is something else.
  readdirSync(directory);
}

/**
 * Makes an empty file (mode 0600) if there is none. One that exists is not even opened: closing a file frees all locks that
 * this process has on it (POSIX), those of SQLite too.
 */
export function makeFile(file: string): void {
  unlessItExists(() => closeSync(openSync(file, 'wx', 0o600)));
}

function unlessItExists(make: () => void): void {
  try {
    make();
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}
