import type { IncomingMessage } from 'node:http';
import type { MovableClock } from '../clock.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { AccessLog, Tally } from './call-log.ts';
import { serviceHostOf } from './service-host.ts';
import type { Caller } from '../operations/authorization.ts';
import type { Reply } from '../operations/operation.ts';
import { perform, refusalReply } from '../operations/perform.ts';
import type { Match } from '../operations/routes.ts';
import { refusal, ServiceError } from '../operations/service-error.ts';
import type { Random } from '../random.ts';
import { NotAuthenticated } from '../security/signature.ts';
import type { Users } from '../security/users.ts';
import type { RegionState } from '../state/region-state.ts';

/** A call as it came over the wire. */
export interface Incoming {
  readonly request: IncomingMessage;
  readonly target: string;
  readonly query: Record<string, string>;
  readonly body: Buffer | 'too large' | 'no room';
  /** What the body may have, in bytes. */
  readonly limit: number;
}

/** Who calls, what is asked, and the region's answer to it. */
export function answer(parts: RegionParts, match: Match, incoming: Incoming, plan: FaultPlan): Reply {
  const { state, clock } = parts;
  try {
    const body = wholeBody(match, incoming);
    const caller = callerOf(parts, match, incoming, body, plan);
    const { refuseEntry, refuseRead, retentionMs, creationEnds } = plan;
    const context = {
      region: state,
      now: clock.now(),
      random: clock.random,
      spread: parts.spread,
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
      body: parsed(incoming.request, body),
      headers,
    });
    parts.performed?.(match);
    return reply;
  } catch (error) {
    if (error instanceof ServiceError) return refusalReply(error);
    throw error;
  }
}

/** Before it is asked who calls: what is not there has no signature. */
function wholeBody(match: Match, { body, limit }: Incoming): Buffer {
  if (body === 'no room') {
    // What the service does with more calls than it can hold is not known; this is of the emulator alone.
    throw new ServiceError(
      503,
      'ServiceUnavailable',
      'The emulator keeps 256 MiB of calls that are under way, and they are full: send fewer at a time.',
    );
  }
  if (body === 'too large') {
    // A put that is too large is answered 400, not 413.
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

function parsed(request: IncomingMessage, body: Buffer): unknown {
  if (body.length === 0) return undefined;
  // Without a content type, or with one that is JSON's: what else the service takes, or refuses it with, is (unconfirmed).
  if (!/^application\/([\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? 'application/json')) {
    throw new ServiceError(415, 'UnsupportedMediaType', 'The content type has to be application/json.');
  }
  try {
    return JSON.parse(body.toString());
  } catch {
    throw refusal.unparsable();
  }
}

/** What a region's listener works with. */
export interface RegionParts {
  readonly state: RegionState;
  readonly faults: FaultBook;
  readonly tally: Tally;
  readonly clock: MovableClock;
  readonly users: Users;
  /** Where messages without a key go, and how offsets skip. */
  readonly spread: Random;
  readonly log?: AccessLog | undefined;
  /** Aborts when the region is closed: nothing is performed after that. */
  readonly closing: AbortSignal;
  /** Told of each call that was performed, before it is answered. */
  readonly performed?: ((match: Match) => void) | undefined;
}
