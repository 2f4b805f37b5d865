import type { CallFailure } from '../core/index.ts';
import { advice, type Signer } from './advice.ts';
import { headerOf, printable, type Reply } from './http/index.ts';
import type { Operation } from './permissions.ts';

/** A 2xx whose body is not what the operation promises: the outcome is unknown. */
export function unreadable({ status, body }: Reply): CallFailure {
  return { type: 'unreadable', status, start: printable(body.toString('utf8', 0, 4_096)) };
}

/** What an answer that is not a 2xx says; undefined for a 2xx. */
export function replyFailure(reply: Reply, operation: Operation, signer: Signer): CallFailure | undefined {
  const { status } = reply;
  if (status >= 200 && status <= 299) return undefined;
  const { code, message } = serviceError(reply.body);
  const location = headerOf(reply, 'location');
  const words = [
    printable(message, 500),
    location === undefined ? undefined : redirection(location),
    advice(status, code, operation, signer),
  ];
  const retryAfter = headerOf(reply, 'retry-after');
  const date = headerOf(reply, 'date');
  const requestId = headerOf(reply, 'opc-request-id');
  return {
    type: 'status',
    status,
    code,
    message: words.filter((word) => word !== undefined && word !== '').join(' '),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(date === undefined ? {} : { date }),
    ...(requestId === undefined ? {} : { requestId: printable(requestId) }),
    ...(location === undefined ? {} : { location: printable(location) }),
  };
}

/** `{code, message}`, as far as it is there: a proxy answers with a page of its own, an empty 500 with nothing. */
function serviceError(body: Buffer): { code: string; message: string } {
  const text = body.toString('utf8', 0, 16_384);
  try {
    const { code, message } = (JSON.parse(text) ?? {}) as { code?: unknown; message?: unknown };
    return {
      code: typeof code === 'string' ? printable(code, 80) : '',
      message: typeof message === 'string' ? message : '',
    };
  } catch {
    return { code: '', message: printable(text) };
  }
}

function redirection(location: string): string {
  return `Redirected to ${printable(location)}, and redirections are never followed: correct the endpoint.`;
}
