import { knownStream } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';
import { streamView } from './resource-view.ts';

export function getStream(context: Context, request: Request<'GetStream', 'streamId'>): Reply {
  const stream = knownStream(context, request.path.streamId);
  return { status: 200, headers: { etag: stream.etag }, body: streamView(context, stream) };
}
