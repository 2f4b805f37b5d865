import { givenGroupCursor } from './given-cursor.ts';
import { nextGroupCursor, openSession } from './group-session.ts';
import { liveStream } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';

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
