import { ensureCapacityForResource } from './capacity.ts';
import type { RegionState } from '../state/region-state.ts';
import type { Resource } from '../state/resources.ts';
import type { Context, Headers } from './operation.ts';
import { ServiceError } from './service-error.ts';

interface Created<T extends Resource> {
  readonly resource: T;
  readonly workRequestId: string;
}

/**
 * Creates once for each `opc-retry-token`: a repeated call gets the resource of the first call. Only creations of pools and
 * harnesses accept the header. The token is refused with another body, and after its resource was deleted: "a subsequent operation
 * invalidated the token", says the documentation of the code.
 */
export function createOnce<T extends Resource>(
  context: Context,
  headers: Headers,
  body: unknown,
  resources: (region: RegionState) => ReadonlyMap<string, T>,
  create: () => Created<T>,
): Created<T> {
  const { region, now } = context;
  const createWithinCapacity = (): Created<T> => {
    ensureCapacityForResource(context);
    return create();
  };
  const token = headers['opc-retry-token'];
  if (typeof token !== 'string') return createWithinCapacity();
  const asked = JSON.stringify(body);
  const made = region.retryTokens.get(token);
  const resource = made === undefined ? undefined : resources(region).get(made.resourceId);
  if (made !== undefined && (resource === undefined || isDeleted(resource))) {
    throw invalidated('The resource that was created with the retry token is deleted.');
  }
  if (made !== undefined && made.asked !== asked) {
    throw invalidated('The retry token was used with other details.');
  }
  if (made !== undefined && resource !== undefined) return { resource, workRequestId: made.workRequestId };
  const created = createWithinCapacity();
  region.retryTokens.set(token, {
    resourceId: created.resource.id,
    workRequestId: created.workRequestId,
    asked,
    at: now,
  });
  return created;
}

function isDeleted({ lifecycleState }: Resource): boolean {
  return lifecycleState === 'DELETING' || lifecycleState === 'DELETED';
}

function invalidated(message: string): ServiceError {
  return new ServiceError(409, 'InvalidatedRetryToken', message);
}
