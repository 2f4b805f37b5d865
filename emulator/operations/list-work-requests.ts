import type { Context, Reply, Request } from './operation.ts';
import { pageOf } from './page.ts';
import { workRequestView } from './work-request-view.ts';

/** Newest first unless told. Of the three filters any may be absent. (unconfirmed) */
export function listWorkRequests({ region }: Context, { query }: Request<'ListWorkRequests'>): Reply {
  const rows = [...region.workRequests.values()].filter(
    (work) =>
      work.compartmentId === (query.compartmentId ?? work.compartmentId) &&
      work.id === (query.workRequestId ?? work.id) &&
      work.resourceId === (query.resourceId ?? work.resourceId),
  );
  const page = pageOf(rows, query, {
    placeOf: ({ timeAccepted, id }) => [timeAccepted, id],
    direction: query.sortOrder === 'ASC' ? 1 : -1,
  });
  return { status: 200, headers: page.headers, body: { items: page.rows.map(workRequestView) } };
}
