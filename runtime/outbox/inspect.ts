import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

import { HaError } from '../errors.ts';
import { DirectoryLock, holderOf, type Holder } from './directory-lock.ts';
import { DamagedFile, diskProblem, openingProblem } from './disk-problem.ts';
import { MessageFile, UnusedFile } from './message-file.ts';
import { whatIsMissing } from './missing-messages.ts';
import type { OutboxRow, OutboxTotals } from './outbox-store.ts';
import { failedFile, fileNumbers, filesOf, isThere, outboxIsThere, slotsOf, unreadable } from './places.ts';
import { Reserve } from './reserve.ts';
import { unpackSegments } from './segment.ts';

/** A slot of an outbox, as it is on disk now: looked at without a lock, also while a process uses it. */
export interface SlotView extends OutboxTotals {
  readonly directory: string;
  readonly holder: Holder | 'unknown' | undefined;
  /** Milliseconds since 1970; undefined when it is empty. */
  readonly oldestAt: number | undefined;
  /** Messages that were moved aside: no region takes them, or they were too old. */
  readonly failed: number;
  /** Why not all of it can be read. */
  readonly problem: SlotProblem | undefined;
  /** Files that were found damaged and stay. */
  readonly setAside: readonly string[];
  /** Bytes that it takes on disk. */
  readonly diskBytes: number;
}

export interface SlotProblem {
  /** `damaged`: the next producer recovers what is readable. `unusable`: it cannot open it either, and changes nothing. */
  readonly type: 'damaged' | 'unusable';
  readonly because: string;
}

/** What no other process sends: in slots that are free, or used by this process. */
export function leftToSend(slots: readonly SlotView[]): {
  readonly messages: number;
  /** Slots with messages that are still to be recovered. */
  readonly damaged: readonly string[];
} {
  const ours = slots.filter(
    ({ holder }) => holder === undefined || holder === 'unknown' || holder.pid === process.pid,
  );
  return {
    messages: ours.reduce((sum, { messages }) => sum + messages, 0),
    damaged: ours.filter(({ problem }) => problem?.type === 'damaged').map(({ directory }) => directory),
  };
}

/**
 * None: the directory does not exist, or was never used.
 * @throws HaError `OUTBOX`
 */
export function viewsOf(directory: string): SlotView[] {
  if (!outboxIsThere(directory)) return [];
  try {
    return slotsOf(directory).map(viewOf);
  } catch (cause) {
    throw unreadable(directory, cause);
  }
}

function viewOf(slot: string): SlotView {
  const files = filesOf(slot);
  const setAside = files.filter((file) => /^damaged-.*\.db$/.test(basename(file)));
  const diskBytes = files.reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  const failed = isThere(failedFile(slot)) ? linesOf(failedFile(slot)) : 0;
  const common = { directory: slot, holder: holderOf(slot), failed, setAside, diskBytes };
  try {
    return withFile(slot, (file) => {
      const [oldest] = unpackSegments(file?.read(0, { messages: 1, bytes: 1 }) ?? []);
      const totals = file?.totals ?? { messages: 0, bytes: 0 };
      const problem = unrecovered(slot);
      return { ...common, ...totals, oldestAt: oldest?.acceptedAt, problem };
    });
  } catch (error) {
    return { ...common, messages: 0, bytes: 0, oldestAt: undefined, problem: problemOf(error) };
  }
}

/** Reads every page and every segment. Gives what is wrong; undefined: it is whole. */
export function slotProblem(slot: string): SlotProblem | undefined {
  try {
    return withFile(slot, (file) => {
      file?.verify();
      return unrecovered(slot);
    });
  } catch (error) {
    return problemOf(error);
  }
}

/** A process ended, or is, in the middle of a recovery: the newest file does not have all of the messages yet. */
function unrecovered(slot: string): SlotProblem | undefined {
  const [first, ...others] = fileNumbers(slot);
  if (others.length === 0) return undefined;
  return { type: 'damaged', because: `messages-${first}.db is damaged and not recovered to its end yet` };
}

function problemOf(error: unknown): SlotProblem {
  return diskProblem(error) === 'damaged'
    ? { type: 'damaged', because: wordsOf(error) }
    : { type: 'unusable', because: openingProblem(error) };
}

/**
 * In order of acceptance.
 * @throws HaError `OUTBOX` at the first message that cannot be read, and at the end when there are more in a damaged file.
 */
export function* rowsOf(slot: string): Generator<OutboxRow> {
  let problem: SlotProblem | undefined;
  let cause: unknown;
  try {
    yield* rowsIn(slot);
    problem = unrecovered(slot);
  } catch (error) {
    problem = problemOf(error);
    cause = error;
  }
  if (problem === undefined) return;
  const remedy =
    problem.type === 'damaged'
      ? ' `oci-streaming-ha outbox send`, or the next producer, recovers what is readable.'
      : '';
  throw new HaError('OUTBOX', `${slot} cannot be read to its end: ${problem.because}.${remedy}`, { cause });
}

function* rowsIn(slot: string): Generator<OutboxRow> {
  const file = openToRead(slot);
  if (file === undefined) return;
  try {
    for (let after = 0; ;) {
      const rows = unpackSegments(file.read(after, { messages: 1_000, bytes: 4_194_304 }));
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.sequence;
    }
  } finally {
    file.close();
  }
}

/**
 * Removes all that is the outbox's in a slot. False: a process uses it.
 * @throws HaError `OUTBOX`
 */
export function discard(slot: string, wallMs: number): boolean {
  try {
    const lock = DirectoryLock.take(slot, wallMs);
    if (lock === undefined) return false;
    try {
      // Before the messages: while it is there, and they are not, they are missing.
      new Reserve(slot).free();
      // The lock stays while it is held.
      for (const file of filesOf(slot)) if (!basename(file).startsWith('lock')) rmSync(file);
      return true;
    } finally {
      lock.release();
    }
  } catch (cause) {
    throw new HaError('OUTBOX', `${slot} cannot be removed: ${openingProblem(cause)}.`, { cause });
  }
}

/** In pieces: the file may be larger than memory. */
function linesOf(file: string): number {
  const descriptor = openSync(file, 'r');
  try {
    const piece = Buffer.alloc(65_536);
    let lines = 0;
    for (let length = readSync(descriptor, piece); length > 0; length = readSync(descriptor, piece)) {
      for (let at = piece.indexOf(10); at !== -1 && at < length; at = piece.indexOf(10, at + 1)) lines++;
    }
    return lines;
  } finally {
    closeSync(descriptor);
  }
}

function withFile<T>(slot: string, look: (file: MessageFile | undefined) => T): T {
  const file = openToRead(slot);
  try {
    return look(file);
  } finally {
    file?.close();
  }
}

/** Undefined: no message was ever written. @throws as `MessageFile` */
function openToRead(slot: string): MessageFile | undefined {
  const missing = whatIsMissing(slot);
  if (missing !== undefined) throw new DamagedFile(missing);
  const newest = fileNumbers(slot).at(-1);
  if (newest === undefined) return undefined;
  try {
    return new MessageFile(join(slot, `messages-${newest}.db`), { readOnly: true });
  } catch (error) {
    if (error instanceof UnusedFile) return undefined;
    throw error;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
