import { checkPermission } from './authorization.ts';
import type { Match } from './routes.ts';
import { applyDueChanges } from '../state/region-state.ts';
import { checkCallRate } from './call-limits.ts';
import type { Call, Context, Reply } from './operation.ts';
import { ServiceError } from './service-error.ts';

/** Performs one call on its region, after the changes that are due. A refusal is returned as a reply. */
export function perform(context: Context, { route, parts }: Match, call: Call): Reply {
  applyDueChanges(context.region, context.now);
  try {
    checkCallRate(context, route.operation, parts);
    checkPermission(context, route.operation, parts, call);
    return route.perform(context, parts, call);
  } catch (error) {
    if (error instanceof ServiceError) return refusalReply(error, context.region.rules.retryAfter);
    throw error;
  }
}

/** Whether the service sends `retry-after` with a 429 is unknown. Here it is an option (`retryAfter`). */
export function refusalReply(
  { status, code, message, retryAfterMs }: ServiceError,
  retryAfter = false,
): Reply {
  const body = { code, message };
  if (!retryAfter || retryAfterMs === undefined) return { status, body };
  return { status, headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }, body };
}
