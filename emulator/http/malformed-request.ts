import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock } from '../clock.ts';
import { requestIdFor } from './send-response.ts';

/** What comes over a connection and is no call at all. Statuses are those of RFC 9110, codes are (unconfirmed). */
interface NoCall {
  readonly status: number;
  /** The words behind the status. */
  readonly reason: string;
  readonly code: string;
  readonly message: string;
}

/** By Node's codes; what else its parser stumbles over is no HTTP. */
const BY_ERROR: Readonly<Record<string, NoCall>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: 'Request Header Fields Too Large',
    code: 'RequestHeaderFieldsTooLarge',
    message: 'The request line and the headers are larger than 16 KiB.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    reason: 'Request Timeout',
    code: 'RequestTimeout',
    message: 'The request took too long to arrive.',
  },
};
const NO_HTTP: NoCall = {
  status: 400,
  reason: 'Bad Request',
  code: 'CannotParseRequest',
  message: 'The request is not HTTP/1.1.',
};
const NO_HOST: NoCall = {
  status: 400,
  reason: 'Bad Request',
  code: 'MissingParameter',
  message: 'The header host is missing.',
};
const NO_TUNNEL: NoCall = {
  status: 405,
  reason: 'Method Not Allowed',
  code: 'MethodNotAllowed',
  message: 'CONNECT is not possible here.',
};
const NO_EXPECTATION: NoCall = {
  status: 417,
  reason: 'Expectation Failed',
  code: 'ExpectationFailed',
  message: 'Of expectations only 100-continue can be met.',
};

/** Answers what is no call in the form of the service's refusals, where Node would close with a bare status or without a word. */
export function refuseNoCalls(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A connection that was cut, or that closes after an answer, needs none.
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) socket.destroy();
    else answerAndClose(socket, BY_ERROR[error.code ?? ''] ?? NO_HTTP);
  });
  server.on('connect', (_request, socket: Duplex) => answerAndClose(socket, NO_TUNNEL));
  server.on('checkExpectation', (_request, response) => refuse(response, NO_EXPECTATION));
}

/** Whether a request names no host, which HTTP/1.1 asks for; then it is refused. */
export function refusesForHost(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.headers.host !== undefined || request.httpVersion !== '1.1') return false;
  refuse(response, NO_HOST);
  return true;
}

/** A half-sent answer must not be followed by another. The field is undocumented, and what Node's own handler goes by. */
function isAnswering(socket: Duplex): boolean {
  const { _httpMessage: message } = socket as { _httpMessage?: ServerResponse | null };
  return message?.headersSent === true;
}

function refuse(response: ServerResponse, noCall: NoCall): void {
  const { headers, body } = partsOf(noCall);
  response.writeHead(noCall.status, headers).end(body);
}

/** Closed whatever the other side does: the server no longer knows of this connection, and would wait for it when it ends. */
function answerAndClose(socket: Duplex, noCall: NoCall): void {
  socket.end(textOf(noCall), () => socket.destroy());
}

function textOf(noCall: NoCall): string {
  const { headers, body } = partsOf(noCall);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${noCall.status} ${noCall.reason}`, ...lines, '', body].join('\r\n');
}

function partsOf({ code, message }: NoCall) {
  const body = JSON.stringify({ code, message });
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'opc-request-id': requestIdFor(undefined, systemClock.random),
    connection: 'close',
  };
  return { headers, body };
}
