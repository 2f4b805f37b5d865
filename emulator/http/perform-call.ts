import type { IncomingMessage } from 'node:http';
import type { MovableClock } from '../clock.ts';
import type { RegionFaults } from '../faults/region-faults.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { AccessLog, CallCounts } from './call-log.ts';
import { serviceHostOf } from './service-host.ts';
import type { Caller } from '../security/grants.ts';
import type { Reply } from '../operations/operation.ts';
import { perform, refusalReply } from '../operations/perform.ts';
import type { Match } from '../operations/routes.ts';
import { refusal, ServiceError } from '../operations/service-error.ts';
import type { Random } from '../random.ts';
import { NotAuthenticated } from '../security/signature.ts';
import type { Users } from '../security/users.ts';
import type { RegionState } from '../state/region-state.ts';

/** A call as it was received. */
export interface Incoming {
  readonly request: IncomingMessage;
  readonly target: string;
  readonly query: Record<string, string>;
  readonly body: Buffer | 'too large' | 'out of memory';
  /** The maximum of the body, in bytes. */
  readonly limit: number;
}

/** Checks body and signature, and performs the call on its region. */
export function performCall(parts: RegionParts, match: Match, incoming: Incoming, plan: FaultPlan): Reply {
  const { state, clock } = parts;
  try {
    const body = requireBody(match, incoming);
    const caller = callerOf(parts, match, incoming, body, plan);
    const { refuseEntry, refuseRead, retentionMs, creationEnds } = plan;
    const context = {
      region: state,
      now: clock.now(),
      random: clock.random,
      placementRandom: parts.placementRandom,
      refuseEntry,
      refuseRead,
      retentionMs,
      creationEnds,
      serviceHost: serviceHostOf(incoming.request.headers.host),
      caller,
    };
    const { headers } = incoming.request;
    const reply = perform(context, match, {
      query: incoming.query,
      body: parseJson(incoming.request, body),
      headers,
    });
    parts.performed?.(match);
    return reply;
  } catch (error) {
    if (error instanceof ServiceError) return refusalReply(error);
    throw error;
  }
}

/** Runs before the check of the signature, which needs the whole body. */
function requireBody(match: Match, { body, limit }: Incoming): Buffer {
  if (body === 'out of memory') {
    // A limit of the emulator alone. The service's own behaviour is unknown.
    throw new ServiceError(
      503,
      'ServiceUnavailable',
      'The calls in progress fill the 256 MiB that the emulator has for them: send fewer at a time.',
    );
  }
  if (body === 'too large') {
    // The service answers 400, not 413, to a put that is too large.
    if (match.route.operation === 'PutMessages') throw refusal.invalid('Request size is limited to 1 MiB');
    throw new ServiceError(413, 'PayloadTooLarge', `The body is larger than ${limit} bytes.`);
  }
  return body;
}

function callerOf(
  parts: RegionParts,
  match: Match,
  { request, target }: Incoming,
  body: Buffer,
  plan: FaultPlan,
): Caller | undefined {
  const call = {
    method: request.method ?? '',
    target,
    headers: request.headers,
    body,
    bodyIsOptional: match.route.operation === 'PutMessages',
  };
  try {
    return parts.users.callerOf(call, parts.clock.unmoved() + plan.clockSkewMs);
  } catch (error) {
    if (error instanceof NotAuthenticated) throw new ServiceError(401, 'NotAuthenticated', error.message);
    throw error;
  }
}

function parseJson(request: IncomingMessage, body: Buffer): unknown {
  if (body.length === 0) return undefined;
  // A JSON content type, or none. Which others the service accepts, and how it refuses them, is (unconfirmed).
  if (!/^application\/([\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? 'application/json')) {
    throw new ServiceError(415, 'UnsupportedMediaType', 'The content type has to be application/json.');
  }
  try {
    return JSON.parse(body.toString());
  } catch {
    throw refusal.unparsable();
  }
}

/** What the request handler of a region needs. */
export interface RegionParts {
  readonly state: RegionState;
  readonly faults: RegionFaults;
  readonly callCounts: CallCounts;
  readonly clock: MovableClock;
  readonly users: Users;
  /** Chooses the partition of messages without a key, and the offsets that are skipped. */
  readonly placementRandom: Random;
  readonly log?: AccessLog | undefined;
  /** Aborts when the region is closed. No call is performed after that. */
  readonly closing: AbortSignal;
  /** Called after each call that was performed, before the answer is sent. */
  readonly performed?: ((match: Match) => void) | undefined;
}
