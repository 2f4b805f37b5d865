import type { ResourceKind, WorkRequest } from '../state/index.ts';
import type { Context } from './operation.ts';
import { refusal } from './service-error.ts';

const ENTITIES: Record<ResourceKind, { readonly type: string; readonly path: string }> = {
  STREAM: { type: 'stream', path: 'streams' },
  STREAM_POOL: { type: 'stream_pool', path: 'streampools' },
  CONNECT_HARNESS: { type: 'connect_harness', path: 'connectharnesses' },
};
const DONE = { CREATE: 'CREATED', UPDATE: 'UPDATED', DELETE: 'DELETED' } as const;

export function workRequestView(work: WorkRequest) {
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

export function knownWorkRequest({ region }: Context, workRequestId: string): WorkRequest {
  const work = region.workRequests.get(workRequestId);
  if (work === undefined) throw refusal.notFound();
  return work;
}
