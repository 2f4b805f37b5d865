import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Random } from '../chance.ts';
import type { MovableClock } from '../clock.ts';
import { NO_FAULT, type FaultBook, type FaultPlan } from '../faults/index.ts';
import {
  findRoute,
  perform,
  refusal,
  refusalReply,
  ServiceError,
  type Caller,
  type Match,
  type Reply,
} from '../operations/index.ts';
import { NotAuthenticated, type Users } from '../security/index.ts';
import type { RegionState } from '../state/index.ts';
import { accessLine, type AccessLog } from './access-log.ts';
import { serviceHostOf } from './by-host.ts';
import { readBody } from './read-body.ts';
import { faultReply, send, withFaults } from './send.ts';
import type { CallEnd, Tally } from './tally.ts';

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
  /** Told of each call that was performed, before it is answered. */
  readonly performed?: ((match: Match) => void) | undefined;
}

/** Base64 makes 4/3 of a put's 1 MiB; the rest is room for the JSON around many small messages. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Answers the calls of one region, with its faults. */
export function regionHandler(parts: RegionParts) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(parts, request, response).catch((error: unknown) => {
      // A fault of the emulator itself. The caller sees what the service would show, the person sees the reason.
      process.stderr.write(
        `emulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      if (response.headersSent) response.destroy();
      else send(parts, request, response, refusalReply(EMULATOR_FAILED), NO_FAULT);
    });
  };
}

const EMULATOR_FAILED = new ServiceError(500, 'InternalServerError', 'The emulator failed; see its log.');

async function handle(parts: RegionParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { clock, faults, tally } = parts;
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);

  const match = matchOf(request.method ?? '', path);
  const operation = match instanceof ServiceError ? 'unknown' : match.route.operation;
  const end = (how: CallEnd): void => {
    tally.count(operation, how);
    parts.log?.(accessLine(clock.now(), parts.state.name, operation, how, request));
  };
  if (match instanceof ServiceError) {
    end(match.status);
    request.resume();
    send(parts, request, response, refusalReply(match), NO_FAULT);
    return;
  }
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === 'cut off') {
    end('cut off');
    return;
  }
  const plan = faults.plan(match.route.operation, clock.now());
  if (plan.latencyMs > 0) await pause(clock, plan.latencyMs, response);

  switch (plan.instead?.do) {
    case 'hang':
      end('hang');
      return;
    case 'reset':
      end('reset');
      request.socket.resetAndDestroy();
      return;
    case 'answer':
      end(plan.instead.status);
      send(parts, request, response, faultReply(plan.instead), plan);
      return;
    case undefined:
  }

  const query = mark === -1 ? {} : Object.fromEntries(new URLSearchParams(target.slice(mark + 1)));
  const reply = answer(parts, match, { request, target, query, body }, plan);
  end(plan.resetAfter ? 'reset after storing' : reply.status);
  if (plan.resetAfter) request.socket.resetAndDestroy();
  else send(parts, request, response, withFaults(reply, plan), plan);
}

function matchOf(method: string, path: string): Match | ServiceError {
  try {
    return findRoute(method, path);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly target: string;
  readonly query: Record<string, string>;
  readonly body: Buffer | 'too large';
}

/** Who calls, what is asked, and the region's answer to it. */
function answer(parts: RegionParts, match: Match, incoming: Incoming, plan: FaultPlan): Reply {
  const { state, clock } = parts;
  try {
    const caller = callerOf(parts, match, incoming, plan);
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
    const reply = perform(context, match, { query: incoming.query, body: parsed(match, incoming), headers });
    parts.performed?.(match);
    return reply;
  } catch (error) {
    if (error instanceof ServiceError) return refusalReply(error);
    throw error;
  }
}

function callerOf(parts: RegionParts, match: Match, incoming: Incoming, plan: FaultPlan): Caller | undefined {
  const { request, target, body } = incoming;
  const call = {
    method: request.method ?? '',
    target,
    headers: request.headers,
    body: body === 'too large' ? Buffer.alloc(0) : body,
    bodyIsOptional: match.route.operation === 'PutMessages',
  };
  try {
    return parts.users.callerOf(call, parts.clock.unmoved() + plan.clockSkewMs);
  } catch (error) {
    if (error instanceof NotAuthenticated) throw new ServiceError(401, 'NotAuthenticated', error.message);
    throw error;
  }
}

function parsed(match: Match, { request, body }: Incoming): unknown {
  if (body === 'too large') {
    // A put that is too large is answered 400, not 413.
    if (match.route.operation === 'PutMessages') throw refusal.invalid('Request size is limited to 1 MiB');
    throw new ServiceError(413, 'PayloadTooLarge', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
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

function pause(clock: MovableClock, ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    response.once('close', () => {
      cancel();
      resolve();
    });
  });
}
