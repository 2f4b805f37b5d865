import type { Context, Headers } from './operation.ts';
import { refusal } from './service-error.ts';
import { newEtag, newOcid } from '../state/identifier.ts';
import type { Resource, ResourceKind, WorkRequest, WorkRequestAction } from '../state/resources.ts';

interface Change {
  readonly action: WorkRequestAction;
  readonly kind: ResourceKind;
  readonly resource: Resource;
}

const WHILE = { CREATE: 'CREATING', UPDATE: 'UPDATING', DELETE: 'DELETING' } as const;

/** Starts a change: the resource is in its passing state until the delay is over. Returns the work request's id. */
export function startChange(context: Context, { action, kind, resource }: Change): string {
  const { now, random, region } = context;
  const { createDelayMs, updateDelayMs, deleteDelayMs } = region.rules;
  const delayMs = { CREATE: createDelayMs, UPDATE: updateDelayMs, DELETE: deleteDelayMs }[action];
  const work: WorkRequest = {
    id: newOcid('streamsworkrequest', region.name, random),
    action,
    kind,
    resourceId: resource.id,
    compartmentId: resource.compartmentId,
    status: 'IN_PROGRESS',
    timeAccepted: now,
    timeStarted: now,
    errors: [],
    logs: [{ message: `${action} of ${resource.id} was accepted`, timestamp: now }],
  };
  region.workRequests.set(work.id, work);
  resource.lifecycleState = WHILE[action];
  resource.etag = newEtag(random);

  if (action !== 'CREATE' || context.creationEnds !== 'stuck') {
    const ends = action === 'CREATE' && context.creationEnds === 'failed' ? 'failed' : 'well';
    region.changes.push({ at: now + delayMs, workRequestId: work.id, ends });
  }
  return work.id;
}

/** Refuses a call whose `if-match` is not the resource's etag. Absent and `*` match anything. */
export function checkEtag(headers: Headers, resource: Resource): void {
  const wanted = headers['if-match'];
  if (wanted === undefined || wanted === '*') return;
  if (wanted !== resource.etag) throw refusal.staleEtag();
}

/** Refuses to change what is not ACTIVE. */
export function checkActive(resource: Resource): void {
  if (resource.lifecycleState === 'DELETED') throw refusal.notFound();
  if (resource.lifecycleState !== 'ACTIVE') {
    throw refusal.incorrectState(`${resource.id} is ${resource.lifecycleState}`);
  }
}

/** Refuses to delete what is already going. What has FAILED may be deleted. */
export function checkDeletable(resource: Resource): void {
  if (resource.lifecycleState !== 'FAILED') checkActive(resource);
}
