import { groupStart } from './create-group-cursor.ts';
import { knownGroup } from './get-group.ts';
import { liveStream } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';

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
