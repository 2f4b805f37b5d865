import { makeRoomForResource } from './capacity.ts';
import type { RegionState } from '../state/region-state.ts';
import type { Resource } from '../state/resources.ts';
import type { Context, Headers } from './operation.ts';
import { ServiceError } from './service-error.ts';

interface Created<T extends Resource> {
  readonly resource: T;
  readonly workRequestId: string;
}

/**
 * Creates once for each `opc-retry-token`: a repeated call gets what the first one made. Only creates of pools and
 * harnesses take it. The same token with another body is refused, and so is one whose resource is gone: that "a subsequent
 * operation invalidated the token" is what the documentation says of this code.
 */
export function createOnce<T extends Resource>(
  context: Context,
  headers: Headers,
  body: unknown,
  resources: (region: RegionState) => ReadonlyMap<string, T>,
  create: () => Created<T>,
): Created<T> {
  const { region, now } = context;
  const createInRoom = (): Created<T> => {
    makeRoomForResource(context);
    return create();
  };
  const token = headers['opc-retry-token'];
  if (typeof token !== 'string') return createInRoom();
  const asked = JSON.stringify(body);
  const made = region.retryTokens.get(token);
  const resource = made === undefined ? undefined : resources(region).get(made.resourceId);
  if (made !== undefined && (resource === undefined || isGone(resource))) {
    throw invalidated('What was made with the retry token is deleted.');
  }
  if (made !== undefined && made.asked !== asked) {
    throw invalidated('The retry token was used with other details.');
  }
  if (made !== undefined && resource !== undefined) return { resource, workRequestId: made.workRequestId };
  const created = createInRoom();
  region.retryTokens.set(token, {
    resourceId: created.resource.id,
    workRequestId: created.workRequestId,
    asked,
    at: now,
  });
  return created;
}

function isGone({ lifecycleState }: Resource): boolean {
  return lifecycleState === 'DELETING' || lifecycleState === 'DELETED';
}

function invalidated(message: string): ServiceError {
  return new ServiceError(409, 'InvalidatedRetryToken', message);
}
