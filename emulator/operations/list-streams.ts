import type { Context, Reply, Request } from './operation.ts';
import { pageOf, sorted } from './page.ts';
import { refusal } from './service-error.ts';
import { streamSummary } from './stream-view.ts';

/** By compartment it lists the streams of all its pools. Deleted ones stay in the list. */
export function listStreams(context: Context, { query }: Request<'ListStreams'>): Reply {
  if ((query.compartmentId === undefined) === (query.streamPoolId === undefined)) {
    throw query.compartmentId === undefined
      ? refusal.missing('compartmentId or streamPoolId')
      : refusal.invalid('Give compartmentId or streamPoolId, not both');
  }
  const rows = sorted(context.region.streams.values(), query.sortBy, query.sortOrder).filter(
    (stream) =>
      stream.compartmentId === (query.compartmentId ?? stream.compartmentId) &&
      stream.streamPoolId === (query.streamPoolId ?? stream.streamPoolId) &&
      stream.id === (query.id ?? stream.id) &&
      stream.name === (query.name ?? stream.name) &&
      stream.lifecycleState === (query.lifecycleState ?? stream.lifecycleState),
  );
  const page = pageOf(rows, query);
  return {
    status: 200,
    headers: page.headers,
    body: page.rows.map((stream) => streamSummary(context, stream)),
  };
}
