import { makeRoomForGroup } from './capacity.ts';
import { givenGroupCursor } from './cursors.ts';
import type { Context, Reply, Request } from './operation.ts';
import { refusal } from './service-error.ts';
import { liveStream } from './streams.ts';
import { ConsumerGroup, type GroupStart } from '../state/consumer-group.ts';
import { CURSOR_LIFE_MS, encodeCursor, type GroupCursor } from '../state/cursor.ts';
import { newUuid } from '../state/identifier.ts';
import type { Stream } from '../state/resources.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/** The first cursor of a group makes the group; for one that exists, `type` and `time` are ignored. */
export function createGroupCursor(
  context: Context,
  request: Request<'CreateGroupCursor', 'streamId'>,
): Reply {
  const { now, random, region } = context;
  const stream = liveStream(context, request.path.streamId);
  const { groupName, instanceName, timeoutInMs, commitOnGet, type, time } = request.body;
  let group = stream.groups.get(groupName);
  if (group === undefined) {
    const { groupsPerStream } = region.rules.limits;
    if (stream.groups.size >= groupsPerStream) {
      throw refusal.limit(`A stream may have ${groupsPerStream} consumer groups`);
    }
    makeRoomForGroup(stream);
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
  const stream = liveStream(context, request.path.streamId);
  const group = knownGroup(stream, request.path.groupName);
  group.evict(context.now);
  const reservations = group.reservations().map(({ committedOffset, instance, until }, partition) => ({
    partition: String(partition),
    // The offset of the last message committed, as Oracle's prose has it; absent before the first commit.
    committedOffset,
    reservedInstance: instance,
    timeReservedUntil: until === undefined ? undefined : new Date(until).toISOString(),
  }));
  return { status: 200, body: { streamId: stream.id, groupName: group.name, reservations } };
}

/** 404 for a group that does not exist is likely, but (unconfirmed). */
function knownGroup(stream: Stream, name: string): ConsumerGroup {
  const group = stream.groups.get(name);
  if (group === undefined) throw refusal.notFound();
  return group;
}

/** Takes every partition of the group back (or forward) at once. Without a type there is nothing to do. */
export function updateGroup(
  context: Context,
  request: Request<'UpdateGroup', 'streamId' | 'groupName'>,
): Reply {
  const stream = liveStream(context, request.path.streamId);
  const group = knownGroup(stream, request.path.groupName);
  const { type, time } = request.body;
  if (type !== undefined) group.reset(stream.partitions, groupStart(type, time));
  group.lastUsed = context.now;
  return { status: 204 };
}

/** Commits what the cursor stands for, and keeps the member alive. */
export function consumerCommit(context: Context, request: Request<'ConsumerCommit', 'streamId'>): Reply {
  const { now } = context;
  const stream = liveStream(context, request.path.streamId);
  const cursor = givenGroupCursor(request.query.cursor, stream, now);
  const session = openSession(stream, cursor, now);
  commit(session);
  session.group.see(cursor.instanceName, cursor.timeoutInMs, now);
  return { status: 200, body: { value: nextGroupCursor(session, new Map(), now) } };
}

/** Keeps the member alive and its partitions reserved. The new cursor stands for what the old one stood for. */
export function consumerHeartbeat(
  context: Context,
  request: Request<'ConsumerHeartbeat', 'streamId'>,
): Reply {
  const { now } = context;
  const stream = liveStream(context, request.path.streamId);
  const cursor = givenGroupCursor(request.query.cursor, stream, now);
  const session = openSession(stream, cursor, now);
  session.group.see(cursor.instanceName, cursor.timeoutInMs, now);
  return { status: 200, body: { value: nextGroupCursor(session, session.uncommitted, now) } };
}

/** One member's call on its group: the group brought up to date, and what the cursor says that still counts. */
interface GroupSession {
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
