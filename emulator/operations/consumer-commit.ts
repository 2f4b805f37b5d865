import { givenGroupCursor } from './given-cursor.ts';
import { commit, nextGroupCursor, openSession } from './group-session.ts';
import { liveStream } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';

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
