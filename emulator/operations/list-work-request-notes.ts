import type { WorkRequestNote } from '../state/index.ts';
import type { Context, Reply, Request } from './operation.ts';
import { pageOf } from './page.ts';
import { knownWorkRequest } from './work-request-view.ts';

type ListNotes<Name extends 'ListWorkRequestErrors' | 'ListWorkRequestLogs'> = (
  context: Context,
  request: Request<Name, 'workRequestId'>,
) => Reply;

export const listWorkRequestErrors: ListNotes<'ListWorkRequestErrors'> = (context, request) =>
  notes(knownWorkRequest(context, request.path.workRequestId).errors, request.query);

export const listWorkRequestLogs: ListNotes<'ListWorkRequestLogs'> = (context, request) =>
  notes(knownWorkRequest(context, request.path.workRequestId).logs, request.query);

function notes(all: readonly WorkRequestNote[], query: Request<'ListWorkRequestLogs'>['query']): Reply {
  const page = pageOf([...all.entries()], query, {
    placeOf: ([index]) => [index, ''],
    direction: query.sortOrder === 'ASC' ? 1 : -1,
  });
  const items = page.rows.map(([, { timestamp, ...note }]) => ({
    ...note,
    timestamp: new Date(timestamp).toISOString(),
  }));
  return { status: 200, headers: page.headers, body: { items } };
}
