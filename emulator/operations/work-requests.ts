import { pageOf } from './lists.ts';
import type { Context, Reply, Request } from './operation.ts';
import { refusal } from './service-error.ts';
import type { ResourceKind, WorkRequest, WorkRequestNote } from '../state/resources.ts';

/** Newest first by default. Each of the three filters is optional. (unconfirmed) */
export function listWorkRequests({ region }: Context, { query }: Request<'ListWorkRequests'>): Reply {
  const rows = [...region.workRequests.values()].filter(
    (work) =>
      work.compartmentId === (query.compartmentId ?? work.compartmentId) &&
      work.id === (query.workRequestId ?? work.id) &&
      work.resourceId === (query.resourceId ?? work.resourceId),
  );
  const page = pageOf(rows, query, {
    sortKeyOf: ({ timeAccepted, id }) => [timeAccepted, id],
    direction: query.sortOrder === 'ASC' ? 1 : -1,
  });
  return { status: 200, headers: page.headers, body: { items: page.rows.map(workRequestView) } };
}

export function getWorkRequest(context: Context, request: Request<'GetWorkRequest', 'workRequestId'>): Reply {
  return { status: 200, body: workRequestView(requireWorkRequest(context, request.path.workRequestId)) };
}

type ListNotes<Name extends 'ListWorkRequestErrors' | 'ListWorkRequestLogs'> = (
  context: Context,
  request: Request<Name, 'workRequestId'>,
) => Reply;

export const listWorkRequestErrors: ListNotes<'ListWorkRequestErrors'> = (context, request) =>
  notes(requireWorkRequest(context, request.path.workRequestId).errors, request.query);

export const listWorkRequestLogs: ListNotes<'ListWorkRequestLogs'> = (context, request) =>
  notes(requireWorkRequest(context, request.path.workRequestId).logs, request.query);

function notes(all: readonly WorkRequestNote[], query: Request<'ListWorkRequestLogs'>['query']): Reply {
  const page = pageOf([...all.entries()], query, {
    sortKeyOf: ([index]) => [index, ''],
    direction: query.sortOrder === 'ASC' ? 1 : -1,
  });
  const items = page.rows.map(([, { timestamp, ...note }]) => ({
    ...note,
    timestamp: new Date(timestamp).toISOString(),
  }));
  return { status: 200, headers: page.headers, body: { items } };
}

const ENTITIES: Record<ResourceKind, { readonly type: string; readonly path: string }> = {
  STREAM: { type: 'stream', path: 'streams' },
  STREAM_POOL: { type: 'stream_pool', path: 'streampools' },
  CONNECT_HARNESS: { type: 'connect_harness', path: 'connectharnesses' },
};
const DONE = { CREATE: 'CREATED', UPDATE: 'UPDATED', DELETE: 'DELETED' } as const;

function workRequestView(work: WorkRequest) {
  const entity = ENTITIES[work.kind];
  return {
    id: work.id,
    operationType: `${work.action}_${work.kind}`,
    status: work.status,
    compartmentId: work.compartmentId,
    percentComplete: work.status === 'SUCCEEDED' || work.status === 'FAILED' ? 100 : 0,
    timeAccepted: iso(work.timeAccepted),
    timeStarted: iso(work.timeStarted),
    timeFinished: iso(work.timeFinished),
    resources: [
      {
        entityType: entity.type,
        actionType: actionType(work),
        identifier: work.resourceId,
        entityUri: `/20180418/${entity.path}/${work.resourceId}`,
      },
    ],
  };
}

function actionType({ action, status }: WorkRequest): string {
  if (status === 'SUCCEEDED') return DONE[action];
  return status === 'FAILED' ? 'FAILED' : 'IN_PROGRESS';
}

function iso(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}

function requireWorkRequest({ region }: Context, workRequestId: string): WorkRequest {
  const work = region.workRequests.get(workRequestId);
  if (work === undefined) throw refusal.notFound();
  return work;
}
