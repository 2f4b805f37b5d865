import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { systemCode } from './disk-problem.ts';

/** Where the outbox is: beside the record unless it is named. */
export function outboxDirectory(settings: {
  readonly outboxDirectory?: string | undefined;
  readonly recordFile: string;
}): string {
  return settings.outboxDirectory ?? `${settings.recordFile}.outbox`;
}

/** The numbers of the message files, in ascending order. */
export function fileNumbers(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => Number(/^messages-(\d+)\.db$/.exec(name)?.[1]))
    .filter((number) => number > 0)
    .toSorted((a, b) => a - b);
}

/**
 * The directories of the slots, in ascending order.
 * @throws for a slot itself, in which no slot is: the messages in it would not be found, and new ones be lost to sight. For a slot
 * that holds a pipe or a device.
 */
export function slotsOf(directory: string): string[] {
  if (fileNumbers(directory).length > 0)
    throw new Error(`it is a part of the outbox ${dirname(directory)}: name that`);
  const slots = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\d{1,6}$/.test(entry.name))
    .toSorted((a, b) => Number(a.name) - Number(b.name))
    .map(({ name }) => join(directory, name));
  for (const slot of slots) refusePipes(readdirSync(slot).map((name) => join(slot, name)));
  return slots;
}

/**
 * To open a pipe can take for ever, and no signal ends it. A path at which there is nothing passes.
 * @throws for the first one that is a pipe, a socket or a device.
 */
export function refusePipes(paths: readonly string[]): void {
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && !stat.isFile() && !stat.isDirectory())
      throw new Error(`${path} is a pipe or a device, not a file: remove it`);
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
  unlessItExists(() => mkdirSync(directory, { mode: 0o700 }));
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
