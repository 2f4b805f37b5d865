import type { Context, Reply, Request } from './operation.ts';
import { listed, orderOf } from './listed.ts';
import { pageOf } from './page.ts';
import { refusal } from './service-error.ts';
import { streamSummary } from './resource-view.ts';

/** By compartment it lists the streams of all its pools. Deleted ones stay in the list. */
export function listStreams(context: Context, { query }: Request<'ListStreams'>): Reply {
  if ((query.compartmentId === undefined) === (query.streamPoolId === undefined)) {
    throw query.compartmentId === undefined
      ? refusal.missing('compartmentId or streamPoolId')
      : refusal.invalid('Give compartmentId or streamPoolId, not both');
  }
  const rows = listed(context.region.streams.values(), query).filter(
    (stream) => stream.streamPoolId === (query.streamPoolId ?? stream.streamPoolId),
  );
  const page = pageOf(rows, query, orderOf(query));
  return {
    status: 200,
    headers: page.headers,
    body: page.rows.map((stream) => streamSummary(context, stream)),
  };
}
