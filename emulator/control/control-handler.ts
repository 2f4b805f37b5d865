import type { IncomingMessage, ServerResponse } from 'node:http';
import { FaultRuleError } from '../faults/index.ts';
import { readBody } from '../http/index.ts';
import { ControlError } from './control-error.ts';
import { controlRoutes } from './control-routes.ts';
import type { World } from './world.ts';

const MAX_BODY_BYTES = 1024 * 1024;

/** Answers what is asked of the control listener, in JSON. */
export function controlHandler(world: World) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(world, request).then(
      (body) => sendJson(response, 200, body),
      (error: unknown) => {
        if (error instanceof ControlError) sendJson(response, error.status, { message: error.message });
        else if (error instanceof FaultRuleError) sendJson(response, 400, { message: error.message });
        else sendJson(response, 500, { message: String(error) });
      },
    );
  };
}

async function answer(world: World, request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? '/', 'http://control');
  let known = false;
  for (const { method, path, act } of controlRoutes) {
    const match = path.exec(url.pathname);
    if (match === null) continue;
    known = true;
    if (method !== request.method) continue;
    const body = method === 'PUT' || method === 'POST' ? await parsedBody(request) : undefined;
    return act(world, { parts: match.groups ?? {}, query: Object.fromEntries(url.searchParams), body });
  }
  throw known
    ? new ControlError(405, `${request.method ?? ''} is not possible at ${url.pathname}`)
    : new ControlError(404, `There is nothing at ${url.pathname}; try /state, /ledger or /faults`);
}

async function parsedBody(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (typeof body === 'string') throw new ControlError(413, `The body is ${body}`);
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new ControlError(400, 'The body is not JSON');
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
