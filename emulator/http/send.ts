import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import type { FaultPlan } from '../faults/index.ts';
import type { Reply } from '../operations/index.ts';
import { newRequestIdParts, newUuid } from '../state/index.ts';

/** Sends a reply in the service's form, with what the plan does to its bytes. */
export function send(
  clock: Clock,
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  plan: FaultPlan,
): void {
  if (response.destroyed) return;
  const given = request.headers['opc-request-id'];
  const requestId =
    typeof given === 'string' ? given : newUuid(clock.random).replaceAll('-', '').toUpperCase();
  let body = '';
  let contentType: string | undefined;
  if (plan.body !== undefined) ({ text: body, contentType } = plan.body);
  else if (reply.body !== undefined) {
    body = JSON.stringify(reply.body);
    contentType = 'application/json';
  }
  if (plan.truncate !== undefined) body = body.slice(0, plan.truncate);

  response.sendDate = false;
  response.writeHead(reply.status, {
    date: new Date(clock.now()).toUTCString(),
    'opc-request-id': `${requestId}/${newRequestIdParts(clock.random)}`,
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(reply.status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }),
    // What was not read to its end cannot be followed by another request.
    ...(request.complete ? {} : { connection: 'close' }),
    ...reply.headers,
    ...plan.headers,
  });
  response.end(body);
}

/** The answer that a fault gives in place of the service's. */
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

/** A put's answer that names fewer entries than there were messages. */
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
