import { checkActive, checkEtag, startChange } from './change.ts';
import { knownPool } from './known.ts';
import type { Context, Reply, Request } from './operation.ts';
import { refusal } from './service-error.ts';

/** The streams in the pool go with it. (unconfirmed, and so is that a default pool stays) */
export function changeStreamPoolCompartment(
  context: Context,
  request: Request<'ChangeStreamPoolCompartment', 'streamPoolId'>,
): Reply {
  const pool = knownPool(context, request.path.streamPoolId);
  checkActive(pool);
  checkEtag(request.headers, pool);
  if (pool.isDefault) throw refusal.invalid('The default stream pool cannot be moved');
  pool.compartmentId = request.body.compartmentId;
  for (const stream of context.region.streams.values()) {
    if (stream.streamPoolId === pool.id) stream.compartmentId = pool.compartmentId;
  }
  const workRequestId = startChange(context, { action: 'UPDATE', kind: 'STREAM_POOL', resource: pool });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}
