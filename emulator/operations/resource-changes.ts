import { newEtag, newOcid } from '../state/identifier.ts';
import type { Resource, ResourceKind, WorkRequest, WorkRequestAction } from '../state/resources.ts';
import type { Context, Headers, Reply } from './operation.ts';
import { refusal } from './service-error.ts';

/** A change of an existing stream, pool or harness. */
interface Change {
  readonly action: Exclude<WorkRequestAction, 'CREATE'>;
  readonly kind: ResourceKind;
  readonly resource: Resource;
  readonly headers: Headers;
  /** Refuses the change (throws) or applies it. Called after the checks of lifecycle state and etag. */
  readonly apply?: () => void;
}

/** Checks lifecycle state and etag, applies the change, starts its work request. Answers 204. */
export function changeResource(context: Context, change: Change): Reply {
  return { status: 204, headers: { 'opc-work-request-id': applyChange(context, change) } };
}

/** The same, and answers 200 with the resource as `view` shows it. */
export function updateResource(context: Context, change: Omit<Change, 'action'>, view: () => unknown): Reply {
  const workRequestId = applyChange(context, { ...change, action: 'UPDATE' });
  const { etag } = change.resource;
  return { status: 200, headers: { etag, 'opc-work-request-id': workRequestId }, body: view() };
}

function applyChange(context: Context, { action, kind, resource, headers, apply }: Change): string {
  // A resource that is FAILED can be deleted, and nothing else.
  if (action !== 'DELETE' || resource.lifecycleState !== 'FAILED') requireActive(resource);
  checkEtag(headers, resource);
  apply?.();
  return startWorkRequest(context, action, kind, resource);
}

/** Absent and `*` match every etag. */
function checkEtag(headers: Headers, resource: Resource): void {
  const expected = headers['if-match'];
  if (expected === undefined || expected === '*') return;
  if (expected !== resource.etag) throw refusal.staleEtag();
}

function requireActive(resource: Resource): void {
  if (resource.lifecycleState === 'DELETED') throw refusal.notFound();
  if (resource.lifecycleState !== 'ACTIVE') {
    throw refusal.incorrectState(`${resource.id} is ${resource.lifecycleState}`);
  }
}

const STATE_DURING = { CREATE: 'CREATING', UPDATE: 'UPDATING', DELETE: 'DELETING' } as const;

/**
 * Puts the resource into its intermediate state (CREATING, UPDATING, DELETING) until the region's delay for the action is over.
 * Returns the id of the work request.
 */
export function startWorkRequest(
  context: Context,
  action: WorkRequestAction,
  kind: ResourceKind,
  resource: Resource,
): string {
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
  resource.lifecycleState = STATE_DURING[action];
  resource.etag = newEtag(random);

  if (action !== 'CREATE' || context.creationEnds !== 'stuck') {
    const ends = action === 'CREATE' && context.creationEnds === 'failed' ? 'failed' : 'well';
    region.changes.push({ at: now + delayMs, workRequestId: work.id, ends });
  }
  return work.id;
}
