import type { Context, Reply, Request } from './operation.ts';
import { listed, orderOf } from './listed.ts';
import { pageOf } from './page.ts';
import { harnessSummary } from './resource-view.ts';

export function listConnectHarnesses({ region }: Context, { query }: Request<'ListConnectHarnesses'>): Reply {
  const page = pageOf(listed(region.harnesses.values(), query), query, orderOf(query));
  return { status: 200, headers: page.headers, body: page.rows.map(harnessSummary) };
}
