import { checkActive, checkEtag, startChange } from './change.ts';
import { knownStream } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';
import { activePool, checkNameIsFree } from './pool-of.ts';
import { streamView } from './resource-view.ts';

/** Only the pool and the tags can change. */
export function updateStream(context: Context, request: Request<'UpdateStream', 'streamId'>): Reply {
  const { body, headers, path } = request;
  const stream = knownStream(context, path.streamId);
  checkActive(stream);
  checkEtag(headers, stream);
  const pool = body.streamPoolId === undefined ? undefined : activePool(context, body.streamPoolId);
  if (pool !== undefined && pool.id !== stream.streamPoolId) {
    checkNameIsFree(context, pool, stream.name);
    stream.streamPoolId = pool.id;
    stream.compartmentId = pool.compartmentId;
  }
  stream.freeformTags = body.freeformTags ?? stream.freeformTags;
  stream.definedTags = body.definedTags ?? stream.definedTags;
  const workRequestId = startChange(context, { action: 'UPDATE', kind: 'STREAM', resource: stream });
  return {
    status: 200,
    headers: { etag: stream.etag, 'opc-work-request-id': workRequestId },
    body: streamView(context, stream),
  };
}
