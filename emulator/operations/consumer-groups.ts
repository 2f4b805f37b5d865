import { ensureCapacityForGroup } from './capacity.ts';
import { checkedGroupCursor } from './cursors.ts';
import type { Context, Reply, Request } from './operation.ts';
import { refusal } from './service-error.ts';
import { requireActiveStream } from './streams.ts';
import { ConsumerGroup, type GroupStart } from '../state/consumer-group.ts';
import { CURSOR_LIFE_MS, encodeCursor, type GroupCursor } from '../state/cursor.ts';
import { newUuid } from '../state/identifier.ts';
import type { Stream } from '../state/resources.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/** The first cursor of a group creates the group. Later `type` and `time` are ignored. */
export function createGroupCursor(
  context: Context,
  request: Request<'CreateGroupCursor', 'streamId'>,
): Reply {
  const { now, random, region } = context;
  const stream = requireActiveStream(context, request.path.streamId);
  const { groupName, instanceName, timeoutInMs, commitOnGet, type, time } = request.body;
  let group = stream.groups.get(groupName);
  if (group === undefined) {
    const { groupsPerStream } = region.rules.limits;
    if (stream.groups.size >= groupsPerStream) {
      throw refusal.limit(`A stream may have ${groupsPerStream} consumer groups`);
    }
    ensureCapacityForGroup(stream);
    group = new ConsumerGroup(groupName, stream.partitions, groupStart(type, time), now);
    stream.groups.set(groupName, group);
  }
  group.lastUsed = now;
  const value = encodeCursor({
    cursorType: 'group',
    streamId: stream.id,
    expiration: now + CURSOR_LIFE_MS,
    groupName,
    instanceName: instanceName ?? newUuid(random),
    offsets: {},
    commitOnGet: commitOnGet ?? true,
    generation: group.generation,
    timeoutInMs: timeoutInMs ?? DEFAULT_TIMEOUT_MS,
  });
  return { status: 200, body: { value } };
}

function groupStart(type: GroupStart['type'], time: number | undefined): GroupStart {
  if (type !== 'AT_TIME') return { type };
  if (time === undefined) throw refusal.missing('time');
  return { type, time };
}

export function getGroup(context: Context, request: Request<'GetGroup', 'streamId' | 'groupName'>): Reply {
  const stream = requireActiveStream(context, request.path.streamId);
  const group = requireGroup(stream, request.path.groupName);
  group.removeTimedOut(context.now);
  const reservations = group.reservations().map(({ committedOffset, instance, until }, partition) => ({
    partition: String(partition),
    // Oracle's documentation: the offset of the last message committed. Absent before the first commit.
    committedOffset,
    reservedInstance: instance,
    timeReservedUntil: until === undefined ? undefined : new Date(until).toISOString(),
  }));
  return { status: 200, body: { streamId: stream.id, groupName: group.name, reservations } };
}

/** 404 for a group that does not exist is likely, but (unconfirmed). */
function requireGroup(stream: Stream, name: string): ConsumerGroup {
  const group = stream.groups.get(name);
  if (group === undefined) throw refusal.notFound();
  return group;
}

/** Resets all partitions of the group to `type`. Without a type nothing changes. */
export function updateGroup(
  context: Context,
  request: Request<'UpdateGroup', 'streamId' | 'groupName'>,
): Reply {
  const stream = requireActiveStream(context, request.path.streamId);
  const group = requireGroup(stream, request.path.groupName);
  const { type, time } = request.body;
  if (type !== undefined) group.reset(stream.partitions, groupStart(type, time));
  group.lastUsed = context.now;
  return { status: 204 };
}

/** Commits the offsets in the cursor, and counts as a heartbeat. */
export function consumerCommit(context: Context, request: Request<'ConsumerCommit', 'streamId'>): Reply {
  const { now } = context;
  const stream = requireActiveStream(context, request.path.streamId);
  const cursor = checkedGroupCursor(request.query.cursor, stream, now);
  const session = openSession(stream, cursor, now);
  commit(session);
  session.group.recordHeartbeat(cursor.instanceName, cursor.timeoutInMs, now);
  return { status: 200, body: { value: nextGroupCursor(session, new Map(), now) } };
}

/** Keeps the member's partitions reserved. The new cursor holds the same uncommitted offsets as the old one. */
export function consumerHeartbeat(
  context: Context,
  request: Request<'ConsumerHeartbeat', 'streamId'>,
): Reply {
  const { now } = context;
  const stream = requireActiveStream(context, request.path.streamId);
  const cursor = checkedGroupCursor(request.query.cursor, stream, now);
  const session = openSession(stream, cursor, now);
  session.group.recordHeartbeat(cursor.instanceName, cursor.timeoutInMs, now);
  return { status: 200, body: { value: nextGroupCursor(session, session.uncommitted, now) } };
}

/** One member's call on its group, after the members that timed out were removed. */
interface GroupSession {
  readonly group: ConsumerGroup;
  readonly cursor: GroupCursor;
  /** Partition to the last offset that was delivered and not committed. Empty if the group was reset after the cursor was issued. */
  readonly uncommitted: ReadonlyMap<number, number>;
}

export function openSession(stream: Stream, cursor: GroupCursor, now: number): GroupSession {
  const group = stream.groups.get(cursor.groupName);
  // A group that was unused for the retention time is deleted.
  if (group === undefined) throw refusal.cursorInvalid();
  group.removeTimedOut(now);
  // After a reset, older cursors continue at the new position. Whether the service refuses them instead is (unconfirmed).
  const isCurrent = cursor.generation === group.generation;
  const offsets = isCurrent ? Object.entries(cursor.offsets) : [];
  const uncommitted = new Map(offsets.map(([partition, offset]) => [Number(partition), offset]));
  return { group, cursor, uncommitted };
}

/**
 * All or nothing: one partition that the member lost refuses the whole commit. The documentation describes the usual case: the member
 * timed out, other members got its partitions, and then it commits. That the time-out alone is enough is (unconfirmed).
 */
export function commit({ group, cursor, uncommitted }: GroupSession): void {
  for (const [partition, offset] of uncommitted) {
    if (!group.mayCommit(cursor.instanceName, partition, offset)) throw refusal.unreserved(String(partition));
  }
  for (const [partition, offset] of uncommitted) group.commit(partition, offset);
}

/** The cursor for the member's next call. */
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
