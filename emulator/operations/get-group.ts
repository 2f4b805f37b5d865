import type { ConsumerGroup, Stream } from '../state/index.ts';
import { liveStream } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';
import { refusal } from './service-error.ts';

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
export function knownGroup(stream: Stream, name: string): ConsumerGroup {
  const group = stream.groups.get(name);
  if (group === undefined) throw refusal.notFound();
  return group;
}
