import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock } from '../clock.ts';
import { requestIdFor } from './send-response.ts';

/** The answer to bytes that are not a valid request. Statuses are those of RFC 9110, codes are (unconfirmed). */
interface ErrorAnswer {
  readonly status: number;
  /** The reason phrase. */
  readonly reason: string;
  readonly code: string;
  readonly message: string;
}

/** By the error code of Node's parser. Every other code is NOT_HTTP. */
const BY_ERROR: Readonly<Record<string, ErrorAnswer>> = {
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
const NOT_HTTP: ErrorAnswer = {
  status: 400,
  reason: 'Bad Request',
  code: 'CannotParseRequest',
  message: 'The request is not HTTP/1.1.',
};
const MISSING_HOST: ErrorAnswer = {
  status: 400,
  reason: 'Bad Request',
  code: 'MissingParameter',
  message: 'The header host is missing.',
};
const CONNECT_REFUSED: ErrorAnswer = {
  status: 405,
  reason: 'Method Not Allowed',
  code: 'MethodNotAllowed',
  message: 'CONNECT is not possible here.',
};
const EXPECTATION_FAILED: ErrorAnswer = {
  status: 417,
  reason: 'Expectation Failed',
  code: 'ExpectationFailed',
  message: 'The only expectation that is supported is 100-continue.',
};

/** Answers in the form of the service's refusals. By default Node would close the connection with a bare status or without an answer. */
export function answerMalformedRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A connection that was reset, or that already got an answer, needs none.
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) socket.destroy();
    else answerAndClose(socket, BY_ERROR[error.code ?? ''] ?? NOT_HTTP);
  });
  server.on('connect', (_request, socket: Duplex) => answerAndClose(socket, CONNECT_REFUSED));
  server.on('checkExpectation', (_request, response) => refuse(response, EXPECTATION_FAILED));
}

/** Refuses an HTTP/1.1 request without a host header. Returns whether it did. */
export function refusedForMissingHost(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.headers.host !== undefined || request.httpVersion !== '1.1') return false;
  refuse(response, MISSING_HOST);
  return true;
}

/** A second answer must not follow one that is half sent. Node's own handler uses this undocumented field too. */
function isAnswering(socket: Duplex): boolean {
  const { _httpMessage: message } = socket as { _httpMessage?: ServerResponse | null };
  return message?.headersSent === true;
}

function refuse(response: ServerResponse, answer: ErrorAnswer): void {
  const { headers, body } = partsOf(answer);
  response.writeHead(answer.status, headers).end(body);
}

/** Destroys the socket, because the server no longer tracks it and could not close it later. */
function answerAndClose(socket: Duplex, answer: ErrorAnswer): void {
  socket.end(textOf(answer), () => socket.destroy());
}

function textOf(answer: ErrorAnswer): string {
  const { headers, body } = partsOf(answer);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${answer.status} ${answer.reason}`, ...lines, '', body].join('\r\n');
}

function partsOf({ code, message }: ErrorAnswer) {
  const body = JSON.stringify({ code, message });
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'opc-request-id': requestIdFor(undefined, systemClock.random),
    connection: 'close',
  };
  return { headers, body };
}
