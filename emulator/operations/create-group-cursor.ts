import { ConsumerGroup, CURSOR_LIFE_MS, encodeCursor, newUuid, type GroupStart } from '../state/index.ts';
import { liveStream } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';
import { makeRoomForGroup } from './room.ts';
import { refusal } from './service-error.ts';

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

export function groupStart(type: GroupStart['type'], time: number | undefined): GroupStart {
  if (type !== 'AT_TIME') return { type };
  if (time === undefined) throw refusal.missing('time');
  return { type, time };
}
