import type { Context, Reply, Request } from './operation.ts';
import { listed, pageOf } from './page.ts';
import { poolSummary } from './resource-view.ts';

export function listStreamPools({ region }: Context, { query }: Request<'ListStreamPools'>): Reply {
  const page = pageOf(listed(region.pools.values(), query), query);
  return { status: 200, headers: page.headers, body: page.rows.map(poolSummary) };
}
