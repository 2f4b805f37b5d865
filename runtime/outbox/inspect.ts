import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { HaError } from '../errors.ts';
import { DirectoryLock, holderOf, type Holder } from './directory-lock.ts';
import { diskProblem, openingProblem } from './disk-problem.ts';
import { MessageFile } from './message-file.ts';
import type { OutboxRow, OutboxTotals } from './outbox-store.ts';
import { failedFile, fileNumbers, slotsOf } from './places.ts';
import { unpackSegments } from './segment.ts';

/** A slot of an outbox, as it is on disk now: looked at without a lock, also while a process uses it. */
export interface SlotView extends OutboxTotals {
  readonly directory: string;
  readonly holder: Holder | 'unknown' | undefined;
  /** Milliseconds since 1970; undefined when it is empty. */
  readonly oldestAt: number | undefined;
  /** Messages that were moved aside: no region takes them, or they were too old. */
  readonly failed: number;
  /** Why its file cannot be read. */
  readonly damage: string | undefined;
  /** Files that were found damaged and stay. */
  readonly setAside: readonly string[];
  /** Bytes that it takes on disk. */
  readonly diskBytes: number;
}

/** Messages that no other process sends: in slots that are free, or used by this process. */
export function messagesToSend(slots: readonly SlotView[]): number {
  const isOurs = ({ holder }: SlotView): boolean =>
    holder === undefined || holder === 'unknown' || holder.pid === process.pid;
  return slots.filter(isOurs).reduce((sum, { messages }) => sum + messages, 0);
}

/**
 * None: the directory does not exist, or was never used.
 * @throws HaError `OUTBOX`
 */
export function viewsOf(directory: string): SlotView[] {
  if (!existsSync(directory)) return [];
  try {
    return slotsOf(directory).map(viewOf);
  } catch (cause) {
    throw new HaError('OUTBOX', `The outbox ${directory} cannot be read: ${openingProblem(cause)}.`, {
      cause,
    });
  }
}

function viewOf(slot: string): SlotView {
  const names = readdirSync(slot);
  const setAside = names.filter((name) => /^damaged-.*\.db$/.test(name)).map((name) => join(slot, name));
  const diskBytes = names.reduce(
    (sum, name) => sum + (statSync(join(slot, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  const failed = existsSync(failedFile(slot)) ? linesOf(failedFile(slot)) : 0;
  const common = { directory: slot, holder: holderOf(slot), failed, setAside, diskBytes };
  try {
    return withFile(slot, (file) => {
      const [oldest] = unpackSegments(file?.read(0, { messages: 1, bytes: 1 }) ?? []);
      const totals = file?.totals ?? { messages: 0, bytes: 0 };
      return { ...common, ...totals, oldestAt: oldest?.acceptedAt, damage: undefined };
    });
  } catch (error) {
    return { ...common, messages: 0, bytes: 0, oldestAt: undefined, damage: wordsOf(error) };
  }
}

/** Reads every page and every segment. Gives what is wrong; undefined: it is whole. */
export function slotProblem(slot: string): string | undefined {
  try {
    return withFile(slot, (file) => {
      file?.verify();
      return undefined;
    });
  } catch (error) {
    return wordsOf(error);
  }
}

/**
 * In order of acceptance.
 * @throws HaError `OUTBOX` at the first message that cannot be read.
 */
export function* rowsOf(slot: string): Generator<OutboxRow> {
  try {
    yield* rowsIn(slot);
  } catch (cause) {
    const because = diskProblem(cause) === 'damaged' ? wordsOf(cause) : openingProblem(cause);
    throw new HaError(
      'OUTBOX',
      `${slot} cannot be read to its end: ${because}. \`oci-streaming-ha outbox send\`, or the next producer, recovers what is readable.`,
      { cause },
    );
  }
}

function* rowsIn(slot: string): Generator<OutboxRow> {
  const newest = fileNumbers(slot).at(-1);
  if (newest === undefined) return;
  const file = new MessageFile(join(slot, `messages-${newest}.db`), { readOnly: true });
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

/** Removes everything in a slot. False: a process uses it. */
export function discard(slot: string, wallMs: number): boolean {
  const lock = DirectoryLock.take(slot, wallMs);
  if (lock === undefined) return false;
  try {
    for (const name of readdirSync(slot)) {
      // The lock stays while it is held.
      if (!name.startsWith('lock')) rmSync(join(slot, name));
    }
    return true;
  } finally {
    lock.release();
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
  const newest = fileNumbers(slot).at(-1);
  if (newest === undefined) return look(undefined);
  const file = new MessageFile(join(slot, `messages-${newest}.db`), { readOnly: true });
  try {
    return look(file);
  } finally {
    file.close();
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
