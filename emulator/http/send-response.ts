import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MovableClock } from '../clock.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { Reply } from '../operations/operation.ts';
import { newRequestIdParts, newUuid } from '../state/identifier.ts';

/** Sends a reply in the service's form, with the faults of the plan that change its bytes. */
export function send(
  { clock }: { readonly clock: MovableClock },
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  plan: FaultPlan,
): void {
  if (response.destroyed) return;
  const { contentType, text } = content(reply, plan);
  // A buffer, because Node would encode a string twice: for its length and for the socket.
  const body = Buffer.from(text);

  response.sendDate = false;
  response.writeHead(reply.status, {
    date: new Date(clock.unmoved() + plan.clockSkewMs).toUTCString(),
    'opc-request-id': requestIdFor(request.headers['opc-request-id'], clock.random),
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(reply.status === 204 ? {} : { 'content-length': body.length }),
    // After a request that was not read to its end, the connection cannot be used again.
    ...(request.complete ? {} : { connection: 'close' }),
    ...reply.headers,
    ...plan.headers,
  });
  if (plan.resetAfterBytes !== undefined) {
    response.write(body.subarray(0, plan.resetAfterBytes), () => request.socket.resetAndDestroy());
  } else if (plan.bodyBytesPerSecond !== undefined)
    sendSlowly(clock, response, body, plan.bodyBytesPerSecond);
  else response.end(body);
}

function content(reply: Reply, plan: FaultPlan): { contentType: string | undefined; text: string } {
  if (plan.body !== undefined) return { contentType: plan.body.contentType, text: cut(plan.body.text, plan) };
  if (reply.body === undefined) return { contentType: undefined, text: '' };
  return { contentType: 'application/json', text: cut(JSON.stringify(reply.body), plan) };
}

function cut(body: string, { truncate }: FaultPlan): string {
  return truncate === undefined ? body : body.slice(0, truncate);
}

const PIECE_INTERVAL_MS = 100;

function sendSlowly(
  clock: MovableClock,
  response: ServerResponse,
  body: Buffer,
  bytesPerSecond: number,
): void {
  const piece = Math.max(1, Math.floor((bytesPerSecond * PIECE_INTERVAL_MS) / 1000));
  let cancel = (): void => {};
  const next = (from: number): void => {
    if (from >= body.length) {
      response.end();
      return;
    }
    response.write(body.subarray(from, from + piece));
    cancel = clock.after(PIECE_INTERVAL_MS, () => next(from + piece));
  };
  response.once('close', () => cancel());
  next(0);
}

/** The answer of a fault that replaces the service's. */
export function faultReply({
  status,
  code,
  message,
}: {
  status: number;
  code: string;
  message: string;
}): Reply {
  return status < 300 ? { status } : { status, body: { code, message } };
}

/** Removes the last entries of a put's answer, if the plan says so. */
export function withFaults(reply: Reply, { fewerEntries }: FaultPlan): Reply {
  if (fewerEntries === 0 || !isPutResult(reply.body)) return reply;
  const { failures, entries } = reply.body;
  return {
    ...reply,
    body: { failures, entries: entries.slice(0, Math.max(0, entries.length - fewerEntries)) },
  };
}

function isPutResult(body: unknown): body is { failures: number; entries: unknown[] } {
  return typeof body === 'object' && body !== null && 'failures' in body && 'entries' in body;
}

/** The `opc-request-id` of the answer: the caller's id, or a new one, and the parts that the service adds. */
export function requestIdFor(given: unknown, random: () => number): string {
  const own = typeof given === 'string' ? given : newUuid(random).replaceAll('-', '').toUpperCase();
  return `${own}/${newRequestIdParts(random)}`;
}
