import { checkDeletable, checkEtag, startChange } from './change.ts';
import { knownPool } from './known.ts';
import type { Context, Reply, Request } from './operation.ts';
import { refusal } from './service-error.ts';

/** Refuses a pool that has streams in it (seen 2026-10; the documentation says that they would go too). */
export function deleteStreamPool(
  context: Context,
  request: Request<'DeleteStreamPool', 'streamPoolId'>,
): Reply {
  const pool = knownPool(context, request.path.streamPoolId);
  checkDeletable(pool);
  checkEtag(request.headers, pool);
  // Status and text are (unconfirmed).
  if (pool.isDefault) throw refusal.invalid('The default stream pool cannot be deleted');
  for (const stream of context.region.streams.values()) {
    if (stream.streamPoolId === pool.id && stream.lifecycleState !== 'DELETED') {
      throw refusal.invalid(`Stream pool ${pool.id} is not empty`);
    }
  }
  const workRequestId = startChange(context, { action: 'DELETE', kind: 'STREAM_POOL', resource: pool });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}
