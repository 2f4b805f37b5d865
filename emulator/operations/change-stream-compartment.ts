import { checkActive, checkEtag, startChange } from './change.ts';
import { knownStream } from './live-stream.ts';
import type { Context, Reply, Request } from './operation.ts';
import { checkNameIsFree, defaultPool } from './pool-of.ts';

/** Also moves the stream into the default pool of the target compartment. */
export function changeStreamCompartment(
  context: Context,
  request: Request<'ChangeStreamCompartment', 'streamId'>,
): Reply {
  const stream = knownStream(context, request.path.streamId);
  checkActive(stream);
  checkEtag(request.headers, stream);
  const pool = defaultPool(context, request.body.compartmentId);
  if (pool.id !== stream.streamPoolId) checkNameIsFree(context, pool, stream.name);
  stream.compartmentId = pool.compartmentId;
  stream.streamPoolId = pool.id;
  const workRequestId = startChange(context, { action: 'UPDATE', kind: 'STREAM', resource: stream });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}
