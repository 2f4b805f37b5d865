import { settle } from '../state/index.ts';
import type { Match } from './find-route.ts';
import type { Context, Reply } from './operation.ts';
import type { Call } from './route.ts';
import { ServiceError } from './service-error.ts';

/** Performs one call on its region, brought up to the context's time first. Refusals come back as replies. */
export function perform(context: Context, { route, parts }: Match, call: Call): Reply {
  settle(context.region, context.now);
  try {
    return route.perform(context, parts, call);
  } catch (error) {
    if (error instanceof ServiceError) return refusalReply(error);
    throw error;
  }
}

export function refusalReply({ status, code, message }: ServiceError): Reply {
  return { status, body: { code, message } };
}
