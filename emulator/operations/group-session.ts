import {
  CURSOR_LIFE_MS,
  encodeCursor,
  type ConsumerGroup,
  type GroupCursor,
  type Stream,
} from '../state/index.ts';
import { refusal } from './service-error.ts';

/** One member's call on its group: the group brought up to date, and what the cursor says that still counts. */
export interface GroupSession {
  readonly group: ConsumerGroup;
  readonly cursor: GroupCursor;
  /** Partition to last offset delivered and not committed. Empty once the group was reset after the cursor's issue. */
  readonly uncommitted: ReadonlyMap<number, number>;
}

export function openSession(stream: Stream, cursor: GroupCursor, now: number): GroupSession {
  const group = stream.groups.get(cursor.groupName);
  // The group was unused for the retention time and is gone.
  if (group === undefined) throw refusal.cursorInvalid();
  group.evict(now);
  // Whether a reset makes older cursors an error or takes them along in silence is (unconfirmed): silence here.
  const counts = cursor.generation === group.generation;
  const offsets = counts ? Object.entries(cursor.offsets) : [];
  const uncommitted = new Map(offsets.map(([partition, offset]) => [Number(partition), offset]));
  return { group, cursor, uncommitted };
}

/**
 * All or nothing: one lost partition refuses the whole commit. The documentation names the usual way there: the member
 * timed out, others got its partitions, and then it commits. That being timed out is enough, with nobody else there,
 * is (unconfirmed).
 */
export function commit({ group, cursor, uncommitted }: GroupSession): void {
  for (const [partition, offset] of uncommitted) {
    if (!group.mayCommit(cursor.instanceName, partition, offset)) throw refusal.unreserved(String(partition));
  }
  for (const [partition, offset] of uncommitted) group.commit(partition, offset);
}

/** The cursor to use in the next call. */
export function nextGroupCursor(
  { group, cursor }: GroupSession,
  offsets: ReadonlyMap<number, number>,
  now: number,
): string {
  return encodeCursor({
    ...cursor,
    offsets: Object.fromEntries(offsets),
    generation: group.generation,
    expiration: now + CURSOR_LIFE_MS,
  });
}
