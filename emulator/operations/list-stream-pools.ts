import type { Context, Reply, Request } from './operation.ts';
import { listed, orderOf } from './listed.ts';
import { pageOf } from './page.ts';
import { poolSummary } from './resource-view.ts';

export function listStreamPools({ region }: Context, { query }: Request<'ListStreamPools'>): Reply {
  const page = pageOf(listed(region.pools.values(), query), query, orderOf(query));
  return { status: 200, headers: page.headers, body: page.rows.map(poolSummary) };
}
