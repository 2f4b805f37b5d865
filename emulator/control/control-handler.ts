import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ControlError, type ControlReply, json } from './control-reply.ts';
import { controlRoutes } from './control-routes.ts';
import type { World } from './world.ts';
import { FaultRuleError } from '../faults/fault-rule.ts';
import { ByteBudget, readBody, type BodyFailure } from '../http/read-body.ts';

/** For the histories of long tests. */
const MAX_BODY_BYTES = 256 * 2 ** 20;
const BODY_BUDGET_BYTES = 2 * MAX_BODY_BYTES;

/** The request listener of the control API. `advertised` is a host name of this machine beside its usual ones. */
export function controlHandler(world: World, advertised: string | undefined) {
  const budget = new ByteBudget(BODY_BUDGET_BYTES);
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(world, request, advertised, budget).then(
      (reply) => send(response, 200, reply),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        send(response, statusOf(error), json({ message }));
      },
    );
  };
}

function statusOf(error: unknown): number {
  if (error instanceof ControlError) return error.status;
  return error instanceof FaultRuleError ? 400 : 500;
}

async function answer(
  world: World,
  request: IncomingMessage,
  advertised: string | undefined,
  budget: ByteBudget,
): Promise<ControlReply> {
  checkHostAndOrigin(request, advertised);
  const target = request.url ?? '/';
  // A URL parser would read `//…` and `http://…` as an address with a host.
  if (!/^\/(?!\/)/.test(target)) throw new ControlError(404, `There is nothing at ${target}; try /`);
  const url = new URL(target, 'http://control');
  let known = false;
  for (const [method, path, act] of controlRoutes) {
    const match = path.exec(url.pathname);
    if (match === null) continue;
    known = true;
    if (method !== request.method) continue;
    const body = method === 'PUT' || method === 'POST' ? await parsedBody(request, budget) : undefined;
    return act(world, { parts: match.groups ?? {}, query: Object.fromEntries(url.searchParams), body });
  }
  throw known
    ? new ControlError(405, `${request.method ?? ''} is not possible at ${url.pathname}`)
    : new ControlError(404, `There is nothing at ${url.pathname}; try /state, /ledger or /faults`);
}

/**
 * Keeps web pages of other origins out, which a browser on this machine may have open: a foreign host name that resolves to this machine
 * (Host), and a request from a foreign page (Origin).
 */
function checkHostAndOrigin({ headers, socket }: IncomingMessage, advertised: string | undefined): void {
  const host = hostOf(`http://${headers.host ?? ''}`);
  const local = socket.localAddress;
  const here = ['localhost', '127.0.0.1', '[::1]', local, `[${local}]`, advertised?.toLowerCase()];
  if (!here.includes(host)) throw new ControlError(403, `The host ${headers.host ?? ''} is not this machine`);
  const { origin } = headers;
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== headers.host)) {
    throw new ControlError(403, `The origin ${origin} is not this page's`);
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

const BODY_FAILURES: Readonly<Record<BodyFailure, string>> = {
  'too large': `The body is larger than ${MAX_BODY_BYTES} bytes`,
  'out of memory': 'The bodies of other requests in progress fill the memory: try again',
  'cut off': 'The body is incomplete',
};

async function parsedBody(request: IncomingMessage, budget: ByteBudget): Promise<unknown> {
  const body = await readBody(request, MAX_BODY_BYTES, budget);
  if (typeof body === 'string') throw new ControlError(413, BODY_FAILURES[body]);
  budget.release(body.length);
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new ControlError(400, 'The body is not JSON');
  }
}

function send(response: ServerResponse, status: number, reply: ControlReply): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    'content-type': reply.contentType,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'self'; img-src data:",
  });
  if ('body' in reply) response.end(reply.body);
  else
    Readable.from(linesOf(reply.lines))
      .on('error', () => response.destroy())
      .pipe(response);
}

const CHUNK_LENGTH = 64 * 1024;

/** Many lines in one chunk: a write for each line would take most of the time. */
function* linesOf(values: Iterable<unknown>): Generator<string> {
  let chunk = '';
  for (const value of values) {
    chunk += `${JSON.stringify(value)}\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}
