import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { ControlError, type ControlReply, json } from './control-reply.ts';
import { controlRoutes } from './control-routes.ts';
import type { World } from './world.ts';
import { FaultRuleError } from '../faults/fault-rule.ts';
import { BodyRoom, readBody } from '../http/read-body.ts';

/** The histories of long tests are long. */
const MAX_BODY_BYTES = 256 * 2 ** 20;
const BODY_ROOM_BYTES = 2 * MAX_BODY_BYTES;

/** Answers what is asked of the control listener; it may be `advertised` by a name beside those of this machine. */
export function controlHandler(world: World, advertised: string | undefined) {
  const room = new BodyRoom(BODY_ROOM_BYTES);
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(world, request, advertised, room).then(
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
  room: BodyRoom,
): Promise<ControlReply> {
  checkComesFromHere(request, advertised);
  const target = request.url ?? '/';
  // `//` and `http://…` are whole addresses to a URL parser.
  if (!/^\/(?!\/)/.test(target)) throw new ControlError(404, `There is nothing at ${target}; try /`);
  const url = new URL(target, 'http://control');
  let known = false;
  for (const [method, path, act] of controlRoutes) {
    const match = path.exec(url.pathname);
    if (match === null) continue;
    known = true;
    if (method !== request.method) continue;
    const body = method === 'PUT' || method === 'POST' ? await parsedBody(request, room) : undefined;
    return act(world, { parts: match.groups ?? {}, query: Object.fromEntries(url.searchParams), body });
  }
  throw known
    ? new ControlError(405, `${request.method ?? ''} is not possible at ${url.pathname}`)
    : new ControlError(404, `There is nothing at ${url.pathname}; try /state, /ledger or /faults`);
}

/**
 * Web pages of others must not reach the control listener through a browser on this machine: neither by a name of
 * theirs that points here (Host), nor by a request from their page (Origin).
 */
function checkComesFromHere({ headers, socket }: IncomingMessage, advertised: string | undefined): void {
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

async function parsedBody(request: IncomingMessage, room: BodyRoom): Promise<unknown> {
  const body = await readBody(request, MAX_BODY_BYTES, room);
  if (typeof body === 'string') throw new ControlError(413, `The body is ${body}`);
  room.giveBack(body.length);
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

/** Many lines a chunk: a write for each would take longer than all the rest. */
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
