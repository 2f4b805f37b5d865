import { checkPermission } from './authorization.ts';
import type { Call, Match } from './routes.ts';
import { settle } from '../state/region-state.ts';
import { checkCallRate } from './call-limits.ts';
import type { Context, Reply } from './operation.ts';
import { ServiceError } from './service-error.ts';

/** Performs one call on its region, brought up to the context's time first. Refusals come back as replies. */
export function perform(context: Context, { route, parts }: Match, call: Call): Reply {
  settle(context.region, context.now);
  try {
    checkCallRate(context, route.operation, parts);
    checkPermission(context, route.operation, parts, call);
    return route.perform(context, parts, call);
  } catch (error) {
    if (error instanceof ServiceError) return refusalReply(error, context.region.rules.retryAfter);
    throw error;
  }
}

/** Whether the service sends `retry-after` with a 429 is not known: a rule of the region says. */
export function refusalReply(
  { status, code, message, retryAfterMs }: ServiceError,
  retryAfter = false,
): Reply {
  const body = { code, message };
  if (!retryAfter || retryAfterMs === undefined) return { status, body };
  return { status, headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }, body };
}
