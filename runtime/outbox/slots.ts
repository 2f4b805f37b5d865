import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { DirectoryLock, holderOf, type Holder } from './directory-lock.ts';
import { systemCode } from './disk-problem.ts';
import { MessageFile } from './message-file.ts';
import { whatIsMissing } from './missing-messages.ts';
import { fileNumbers, makeDirectory, slotsOf } from './places.ts';

/**
 * An outbox is a directory with a slot for each process that uses it at the same time: `0`, `1`, … A process takes one slot,
 * and later those that ended processes left with messages in them.
 */
export interface Slot {
  readonly directory: string;
  readonly lock: DirectoryLock;
}

/** Another process has the outbox, and it is not to be shared. */
export class OutboxHeld extends Error {
  override readonly name = 'OutboxHeld';
  readonly holder: Holder | 'unknown';

  constructor(directory: string, holder: Holder | 'unknown') {
    const words = holder === 'unknown' ? 'another process' : `process ${holder.pid} since ${holder.since}`;
    super(`${directory} is used by ${words}`);
    this.holder = holder;
  }
}

/**
 * The first free slot that has messages, else the first one that may have some, else the first one; the directory is made if the
 * one above it exists. Not `shared`: only when no other process uses any slot.
 *
 * @throws OutboxHeld, or what makes the directory unusable.
 */
export function takeSlot(directory: string, { shared, wallMs }: { shared: boolean; wallMs: number }): Slot {
  makeDirectory(directory);
  const free: Slot[] = [];
  let chosen: Slot | undefined;
  try {
    for (const place of slotsOf(directory)) {
      const slot = takeLock(place, wallMs);
      if (slot !== undefined) free.push(slot);
      else if (!shared) throw new OutboxHeld(directory, holderOf(place) ?? 'unknown');
    }
    // On a full disk an empty slot can be one that cannot be read, while another one has messages, and a reserve to be freed.
    const found = Map.groupBy(free, (slot) => messagesIn(slot.directory));
    [chosen] = [...(found.get('some') ?? []), ...(found.get('perhaps') ?? []), ...free];
    for (let number = 0; chosen === undefined; number++) {
      const place = join(directory, String(number));
      chosen = takeLock(place, wallMs);
      // Two that begin at once in a new directory both find no slot in it.
      if (chosen === undefined && !shared) throw new OutboxHeld(directory, holderOf(place) ?? 'unknown');
    }
    return chosen;
  } finally {
    for (const slot of free) if (slot !== chosen) slot.lock.release();
  }
}

/** A slot with messages that no process uses, and that is not among `others`. */
export function takeLeftSlot(
  directory: string,
  wallMs: number,
  others: ReadonlySet<string>,
): Slot | undefined {
  for (const place of slotsOf(directory)) {
    if (others.has(place) || !mayHaveMessages(place)) continue;
    const slot = takeLock(place, wallMs);
    if (slot === undefined) continue;
    if (mayHaveMessages(place)) return slot;
    slot.lock.release();
  }
  return undefined;
}

/** Whether an ended process may have left messages in an outbox: also when this user cannot look into it. */
export function mayHoldLeftMessages(directory: string): boolean {
  try {
    if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return false;
    return slotsOf(directory).some((slot) => holderOf(slot) === undefined && mayHaveMessages(slot));
  } catch (error) {
    return systemCode(error) !== 'ENOTDIR';
  }
}

function mayHaveMessages(slot: string): boolean {
  return messagesIn(slot) !== 'none';
}

/** What cannot be read, or is not yet recovered, may be messages. */
function messagesIn(slot: string): 'some' | 'perhaps' | 'none' {
  const numbers = fileNumbers(slot);
  const newest = numbers.at(-1);
  if (numbers.length > 1 || whatIsMissing(slot) !== undefined) return 'perhaps';
  if (newest === undefined) return 'none';
  try {
    const file = new MessageFile(join(slot, `messages-${newest}.db`), { readOnly: true });
    try {
      return file.totals.messages > 0 ? 'some' : 'none';
    } finally {
      file.close();
    }
  } catch {
    return 'perhaps';
  }
}

function takeLock(slot: string, wallMs: number): Slot | undefined {
  makeDirectory(slot);
  const lock = DirectoryLock.take(slot, wallMs);
  return lock === undefined ? undefined : { directory: slot, lock };
}
