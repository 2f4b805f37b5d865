import { knownPool } from './known.ts';
import type { Context, Reply, Request } from './operation.ts';
import { poolView } from './resource-view.ts';

export function getStreamPool(context: Context, request: Request<'GetStreamPool', 'streamPoolId'>): Reply {
  const pool = knownPool(context, request.path.streamPoolId);
  return { status: 200, headers: { etag: pool.etag }, body: poolView(context, pool) };
}
