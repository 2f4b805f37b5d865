import type { RegionState, Resource } from '../state/index.ts';
import type { Context, Headers } from './operation.ts';
import { ServiceError } from './service-error.ts';

interface Created<T extends Resource> {
  readonly resource: T;
  readonly workRequestId: string;
}

/**
 * Creates once for each `opc-retry-token`: a repeated call gets what the first one made. Only creates of pools and
 * harnesses take it. The same token with another body is refused.
 */
export function createOnce<T extends Resource>(
  { region, now }: Context,
  headers: Headers,
  body: unknown,
  resources: (region: RegionState) => ReadonlyMap<string, T>,
  create: () => Created<T>,
): Created<T> {
  const token = headers['opc-retry-token'];
  if (typeof token !== 'string') return create();
  const asked = JSON.stringify(body);
  const made = region.retryTokens.get(token);
  const resource = made === undefined ? undefined : resources(region).get(made.resourceId);
  if (made !== undefined && (resource === undefined || made.asked !== asked)) {
    throw new ServiceError(409, 'InvalidatedRetryToken', 'The retry token was used with other details.');
  }
  if (made !== undefined && resource !== undefined) return { resource, workRequestId: made.workRequestId };
  const created = create();
  region.retryTokens.set(token, {
    resourceId: created.resource.id,
    workRequestId: created.workRequestId,
    asked,
    at: now,
  });
  return created;
}
