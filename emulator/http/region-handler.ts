import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MovableClock } from '../clock.ts';
import { NO_FAULT } from '../faults/fault-plan.ts';
import { accessLine, type CallEnd } from './call-log.ts';
import { answer, type Incoming, type RegionParts } from './perform-call.ts';
import { BodyRoom, readBody } from './read-body.ts';
import { faultReply, send, withFaults } from './send-response.ts';
import { refusalReply } from '../operations/perform.ts';
import { findRoute, type Match } from '../operations/routes.ts';
import { ServiceError } from '../operations/service-error.ts';

/**
 * A put may hold 1 MiB decoded, and as many messages as that makes. The longest are those of one byte each, 2^20 times
 * `{"key":null,"value":"YQ=="},`: 28 MiB. Messages of no bytes could make it longer still; those have to be sent in parts.
 */
const MAX_PUT_BYTES = 32 * 2 ** 20;
/** Room for all that the other operations take: a cursor, names, tags. */
const MAX_BODY_BYTES = 2 * 2 ** 20;
/** Of all calls of a region that are under way. */
const BODY_ROOM_BYTES = 256 * 2 ** 20;

/** Answers the calls of one region, with its faults. */
export function regionHandler(parts: RegionParts) {
  const room = new BodyRoom(BODY_ROOM_BYTES);
  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(parts, room, request, response).catch((error: unknown) => {
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

async function handle(
  parts: RegionParts,
  room: BodyRoom,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const match = matchOf(request.method ?? '', mark === -1 ? target : target.slice(0, mark));
  const operation = match instanceof ServiceError ? 'unknown' : match.route.operation;
  const end = (how: CallEnd): void => {
    parts.tally.count(operation, how);
    parts.log?.(accessLine(parts.clock.now(), parts.state.name, operation, how, request));
  };
  const limit = operation === 'PutMessages' ? MAX_PUT_BYTES : MAX_BODY_BYTES;
  const body = await readBody(request, limit, room);
  try {
    if (body === 'cut off') end('cut off');
    else if (match instanceof ServiceError) {
      end(match.status);
      send(parts, request, response, refusalReply(match), NO_FAULT);
    } else {
      const query = mark === -1 ? {} : Object.fromEntries(new URLSearchParams(target.slice(mark + 1)));
      await handleCall(parts, match, { request, target, query, body, limit }, response, end);
    }
  } finally {
    if (typeof body !== 'string') room.giveBack(body.length);
  }
}

/** A call that is whole, and the faults that are meant for it. */
async function handleCall(
  parts: RegionParts,
  match: Match,
  incoming: Incoming,
  response: ServerResponse,
  end: (how: CallEnd) => void,
): Promise<void> {
  const { clock, faults, closing } = parts;
  const { request } = incoming;
  const plan = faults.plan(match.route.operation, clock.now());
  // Also for a caller who gives up meanwhile: stored late, with nobody to be told, is what clients have to survive.
  if (plan.latencyMs > 0) await pause(clock, plan.latencyMs, closing);
  if (closing.aborted) {
    end('cut off');
    return;
  }
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
  const reply = answer(parts, match, incoming, plan);
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

function pause(clock: MovableClock, ms: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      closing.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    closing.addEventListener('abort', done);
  });
}
