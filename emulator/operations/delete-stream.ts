import { checkDeletable, checkEtag, startChange } from './change.ts';
import { knownStream } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';

/** Its messages can no longer be read, from now on; its record stays. */
export function deleteStream(context: Context, request: Request<'DeleteStream', 'streamId'>): Reply {
  const stream = knownStream(context, request.path.streamId);
  checkDeletable(stream);
  checkEtag(request.headers, stream);
  const workRequestId = startChange(context, { action: 'DELETE', kind: 'STREAM', resource: stream });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}
