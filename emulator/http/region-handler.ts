import type { IncomingMessage, ServerResponse } from 'node:http';
import { pause } from '../clock.ts';
import { NO_FAULT } from '../faults/fault-plan.ts';
import { accessLine, type CallOutcome } from './call-log.ts';
import { performCall, type Incoming, type RegionParts } from './perform-call.ts';
import { ByteBudget, readBody } from './read-body.ts';
import { faultReply, send, withFaults } from './send-response.ts';
import { refusalReply } from '../operations/perform.ts';
import { findRoute, type Match } from '../operations/routes.ts';
import { ServiceError } from '../operations/service-error.ts';

/**
 * A put may hold 1 MiB decoded. The longest JSON for that is 2^20 messages of one byte each, `{"key":null,"value":"YQ=="},`: 28 MiB.
 * More than that is possible only with empty messages.
 */
const MAX_PUT_BYTES = 32 * 2 ** 20;
/** For the bodies of all other operations: a cursor, names, tags. */
const MAX_BODY_BYTES = 2 * 2 ** 20;
/** For the bodies of all calls of a region that are in progress. */
const BODY_BUDGET_BYTES = 256 * 2 ** 20;

/** The request listener of one region, with its faults. */
export function regionHandler(parts: RegionParts) {
  const budget = new ByteBudget(BODY_BUDGET_BYTES);
  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(parts, budget, request, response).catch((error: unknown) => {
      // A defect of the emulator. The client gets a 500 as from the service; the reason goes to stderr.
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
  budget: ByteBudget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const match = matchOf(request.method ?? '', mark === -1 ? target : target.slice(0, mark));
  const operation = match instanceof ServiceError ? 'unknown' : match.route.operation;
  const end = (how: CallOutcome): void => {
    parts.callCounts.count(operation, how);
    parts.log?.(accessLine(parts.clock.now(), parts.state.name, operation, how, request));
  };
  const limit = operation === 'PutMessages' ? MAX_PUT_BYTES : MAX_BODY_BYTES;
  const body = await readBody(request, limit, budget);
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
    if (typeof body !== 'string') budget.release(body.length);
  }
}

/** Performs a complete call, with the faults that apply to it. */
async function handleCall(
  parts: RegionParts,
  match: Match,
  incoming: Incoming,
  response: ServerResponse,
  end: (how: CallOutcome) => void,
): Promise<void> {
  const { clock, faults, closing } = parts;
  const { request } = incoming;
  const plan = faults.plan(match.route.operation, clock.now());
  // The call is performed even if the client closes the connection meanwhile: clients must cope with a message that is stored late.
  if (plan.latencyMs > 0) await pause(clock, plan.latencyMs, closing);
  if (closing.aborted) {
    end('cut off');
    return;
  }
  switch (plan.replacement?.type) {
    case 'hang':
      end('hang');
      return;
    case 'reset':
      end('reset');
      request.socket.resetAndDestroy();
      return;
    case 'answer':
      end(plan.replacement.status);
      send(parts, request, response, faultReply(plan.replacement), plan);
      return;
    case undefined:
  }
  const reply = performCall(parts, match, incoming, plan);
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
