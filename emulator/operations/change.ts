import {
  newEtag,
  newOcid,
  type Resource,
  type ResourceKind,
  type WorkRequest,
  type WorkRequestAction,
} from '../state/index.ts';
import type { Context, Headers } from './operation.ts';
import { refusal } from './service-error.ts';

interface Change {
  readonly action: WorkRequestAction;
  readonly kind: ResourceKind;
  readonly resource: Resource;
  /** What is different once the change is done. */
  readonly apply?: () => void;
}

const WHILE = { CREATE: 'CREATING', UPDATE: 'UPDATING', DELETE: 'DELETING' } as const;

/** Starts a change: the resource is in its passing state until the delay is over. Returns the work request's id. */
export function startChange(context: Context, { action, kind, resource, apply }: Change): string {
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

  const ends = action === 'CREATE' ? context.creationEnds : undefined;
  if (ends !== 'stuck') {
    const at = now + delayMs;
    const finish = ends === 'failed' ? fail : succeed;
    region.transitions.push({ at, apply: () => finish(work, resource, at, apply) });
  }
  return work.id;
}

function succeed(work: WorkRequest, resource: Resource, at: number, apply?: () => void): void {
  apply?.();
  resource.lifecycleState = work.action === 'DELETE' ? 'DELETED' : 'ACTIVE';
  if (work.action === 'DELETE') resource.timeDeleted = at;
  work.status = 'SUCCEEDED';
  work.timeFinished = at;
  work.logs.push({ message: `${work.action} of ${resource.id} is done`, timestamp: at });
}

function fail(work: WorkRequest, resource: Resource, at: number): void {
  resource.lifecycleState = 'FAILED';
  resource.lifecycleStateDetails = 'The service could not create it (asked of the emulator by a fault).';
  work.status = 'FAILED';
  work.timeFinished = at;
  work.errors.push({ code: 'InternalServerError', message: resource.lifecycleStateDetails, timestamp: at });
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
