import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { NO_FAULT, type FaultBook, type FaultPlan } from '../faults/index.ts';
import {
  findRoute,
  perform,
  refusal,
  refusalReply,
  ServiceError,
  type Match,
  type Reply,
} from '../operations/index.ts';
import type { RegionState } from '../state/index.ts';
import { readBody } from './read-body.ts';
import { faultReply, send, withFaults } from './send.ts';
import type { Tally } from './tally.ts';

/** What a region's listener works with. */
export interface RegionParts {
  readonly state: RegionState;
  readonly faults: FaultBook;
  readonly tally: Tally;
  readonly clock: Clock;
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
      if (!response.headersSent) {
        const reply = refusalReply(
          new ServiceError(500, 'InternalServerError', 'The emulator failed; see its log.'),
        );
        send(parts.clock, request, response, reply, NO_FAULT);
      } else response.destroy();
    });
  };
}

async function handle(parts: RegionParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { clock, faults, tally } = parts;
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);

  let match: Match;
  try {
    match = findRoute(request.method ?? '', path);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    tally.count('unknown', error.status);
    request.resume();
    send(clock, request, response, refusalReply(error), NO_FAULT);
    return;
  }

  const { operation } = match.route;
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === 'cut off') {
    tally.count(operation, 'cut off');
    return;
  }
  const plan = faults.plan(operation, clock.now(), clock.random);
  if (plan.latencyMs > 0) await pause(clock, plan.latencyMs, response);

  switch (plan.instead?.do) {
    case 'hang':
      tally.count(operation, 'hang');
      return;
    case 'reset':
      tally.count(operation, 'reset');
      request.socket.resetAndDestroy();
      return;
    case 'answer':
      tally.count(operation, plan.instead.status);
      send(clock, request, response, faultReply(plan.instead), plan);
      return;
    case undefined:
  }

  const query = mark === -1 ? {} : Object.fromEntries(new URLSearchParams(url.slice(mark + 1)));
  const reply = answer(parts, match, { query, text: body, headers: request.headers }, plan);
  tally.count(operation, plan.resetAfter ? 'reset after storing' : reply.status);
  if (plan.resetAfter) request.socket.resetAndDestroy();
  else send(clock, request, response, withFaults(reply, plan), plan);
}

interface Incoming {
  readonly query: Record<string, string>;
  readonly text: { readonly text: string } | 'too large';
  readonly headers: IncomingMessage['headers'];
}

function answer({ state, clock }: RegionParts, match: Match, incoming: Incoming, plan: FaultPlan): Reply {
  try {
    const body = parsed(match, incoming.text);
    const context = {
      region: state,
      now: clock.now(),
      random: clock.random,
      refuseEntry: plan.refuseEntry,
      creationEnds: plan.creationEnds,
    };
    return perform(context, match, { query: incoming.query, body, headers: incoming.headers });
  } catch (error) {
    if (error instanceof ServiceError) return refusalReply(error);
    throw error;
  }
}

function parsed(match: Match, body: Incoming['text']): unknown {
  if (body === 'too large') {
    // A put that is too large is answered 400, not 413.
    if (match.route.operation === 'PutMessages') throw refusal.invalid('Request size is limited to 1 MiB');
    throw new ServiceError(413, 'PayloadTooLarge', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  if (body.text === '') return undefined;
  try {
    return JSON.parse(body.text);
  } catch {
    throw refusal.unparsable();
  }
}

function pause(clock: Clock, ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    response.once('close', () => {
      cancel();
      resolve();
    });
  });
}
