import type { CallFailure } from '../core/index.ts';
import { wordsOf, type Clean } from './foreign-text.ts';
import type { Deadline } from './http/deadline.ts';
import { headerOf, httpTime, type Exchanged, type Reply } from './http/exchange.ts';

/** A 2xx whose body is not what the operation promises: the outcome is unknown. */
export function unreadable({ status, body }: Reply, clean: Clean): CallFailure {
  return { type: 'unreadable', status, start: clean(body.toString('utf8', 0, 4_096)) };
}

/** What an answer that is not a 2xx says; undefined for a 2xx. */
export function statusFailure(
  reply: Reply,
  operation: OperationName,
  signer: Signer,
  clean: Clean,
): CallFailure | undefined {
  const { status } = reply;
  if (status >= 200 && status <= 299) return undefined;
  const { code, message } = serviceError(reply.body);
  const location = status < 400 ? header(reply, 'location', clean) : undefined;
  const words = [
    clean(message, 500),
    location === undefined ? undefined : redirection(location),
    iamHint(status, code, operation, signer),
  ];
  const requestId = header(reply, 'opc-request-id', clean);
  const retryAfter = retryAfterOf(reply);
  const date = dateOf(headerOf(reply, 'date'));
  return {
    type: 'status',
    status,
    code: CODES.has(code) ? code : clean(code, 80),
    message: words.filter((word) => word !== undefined && word !== '').join(' '),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(date === undefined ? {} : { date }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(location === undefined ? {} : { location }),
  };
}

/** Codes of the service's own. Decisions hang on them, so they stay what they are when a message holds the same word. */
const CODES: ReadonlySet<string> = new Set([
  'CannotParseRequest',
  'Conflict',
  'ExternalServerIncorrectState',
  'IncorrectState',
  'InternalServerError',
  'InvalidParameter',
  'InvalidatedRetryToken',
  'LimitExceeded',
  'MethodNotAllowed',
  'MethodNotImplemented',
  'MissingParameter',
  'NamespaceNotFound',
  'NoEtagMatch',
  'NotAllowed',
  'NotAuthenticated',
  'NotAuthorized',
  'NotAuthorizedOrNotFound',
  'NotAuthorizedOrResourceAlreadyExists',
  'NotFound',
  'PayloadTooLarge',
  'QuotaExceeded',
  'RelatedResourceNotAuthorizedOrNotFound',
  'RequestEntityTooLarge',
  'RequestHeaderFieldsTooLarge',
  'ResourceLocked',
  'ServiceUnavailable',
  'SignUpRequired',
  'TooManyRequests',
  'UnprocessableEntity',
]);

function header(reply: Reply, name: string, clean: Clean): string | undefined {
  const value = headerOf(reply, name);
  return value === undefined ? undefined : clean(value);
}

/** A number or a time; anything else says nothing, and is not handed on. */
function retryAfterOf(reply: Reply): string | undefined {
  const value = headerOf(reply, 'retry-after')?.trim();
  return value !== undefined && /^[-+]?\d{1,15}(\.\d{1,9})?$/.test(value) ? value : dateOf(value);
}

/** Written anew: nothing of the peer's own text is left. */
function dateOf(value: string | undefined): string | undefined {
  const time = httpTime(value);
  return time === undefined ? undefined : new Date(time).toUTCString();
}

/** `{code, message}`, as far as it is there: a proxy answers with a page of its own, an empty 500 with nothing. */
function serviceError(body: Buffer): { code: string; message: string } {
  const text = body.toString('utf8', 0, 16_384);
  try {
    const { code, message } = (JSON.parse(text) ?? {}) as { code?: unknown; message?: unknown };
    return {
      code: typeof code === 'string' ? code : '',
      message: typeof message === 'string' ? message : '',
    };
  } catch {
    return { code: '', message: text };
  }
}

function redirection(location: string): string {
  return `Redirected to ${location}, and redirections are never followed: correct the endpoint.`;
}

type UnreachableReason = Extract<CallFailure, { type: 'unreachable' }>['reason'];

/** Codes of Node's sockets that say more than "the connection broke". */
const REASONS: Readonly<Record<string, UnreachableReason | 'local'>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  DNS_TIMEOUT: 'dns',
  CONNECT_TIMEOUT: 'connect-timeout',
  ETIMEDOUT: 'connect-timeout',
  EHOSTUNREACH: 'network',
  ENETUNREACH: 'network',
  ENETDOWN: 'network',
  EHOSTDOWN: 'network',
  EPROTO: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  // This machine is out of something, or forbids it: no evidence against the region (C12).
  EMFILE: 'local',
  ENFILE: 'local',
  ENOBUFS: 'local',
  ENOMEM: 'local',
  EADDRNOTAVAIL: 'local',
  EACCES: 'local',
  EPERM: 'local',
  // Closed by us, with calls still to come.
  UND_ERR_CLOSED: 'local',
  UND_ERR_DESTROYED: 'local',
};

/** OpenSSL's verdicts on a certificate (`CERT_HAS_EXPIRED`, …) and Node's (`ERR_TLS_CERT_ALTNAME_INVALID`). */
const TLS = /^(CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/;

/** undici does not take such a request; a proxy does not let us through. */
const MISCONFIGURED: ReadonlySet<string> = new Set(['UND_ERR_INVALID_ARG', 'PROXY_REFUSED']);

/** What an exchange without an answer means. Before anything was written nothing was sent, and no message can be stored. */
export function networkFailure(
  exchanged: Exclude<Exchanged, { type: 'reply' }>,
  { limitMs }: Deadline,
  clean: Clean,
): CallFailure {
  const { written } = exchanged;
  switch (exchanged.type) {
    case 'aborted':
      return { type: 'aborted', written };
    case 'late':
      return written
        ? { type: 'timeout', afterMs: limitMs }
        : { type: 'unreachable', reason: 'connect-timeout', detail: `${limitMs} ms` };
    case 'broken':
      return brokenConnection(exchanged.error, written, clean);
  }
}

function brokenConnection(error: unknown, written: boolean, clean: Clean): CallFailure {
  const { code, message } = factsOf(error);
  const detail = clean(code === '' || message.includes(code) ? message : `${code}: ${message}`);
  if (written) return { type: 'reset', detail };
  if (MISCONFIGURED.has(code)) return { type: 'misconfigured', detail };
  const reason = REASONS[code] ?? (TLS.test(code) || /\b(TLS|SSL)\b/.test(message) ? 'tls' : 'network');
  return reason === 'local' ? { type: 'local', detail } : { type: 'unreachable', reason, detail };
}

/** With several addresses Node throws an AggregateError whose own message is empty. */
function factsOf(error: unknown): { code: string; message: string } {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: unknown[] };
  const message = wordsOf(error);
  if (message === '' && errors?.[0] !== undefined) return factsOf(errors[0]);
  return { code: typeof code === 'string' ? code : '', message: message === '' ? String(error) : message };
}

/**
 * What IAM asks for each call (IAM policy reference of Streaming): the permission, and the least that a policy statement
 * must say for it.
 */
const PERMISSIONS = Object.freeze({
  PutMessages: { permission: 'STREAM_PRODUCE', statement: 'use stream-push' },
  GetMessages: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  CreateGroupCursor: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  ConsumerCommit: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  ConsumerHeartbeat: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  CreateCursor: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  GetGroup: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  UpdateGroup: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  ListStreams: { permission: 'STREAM_INSPECT', statement: 'inspect streams' },
  GetStream: { permission: 'STREAM_READ', statement: 'read streams' },
  CreateStream: { permission: 'STREAM_CREATE', statement: 'manage streams' },
  // The policy reference does not name it: what every call of the control plane needs at least.
  ListWorkRequests: { permission: 'STREAM_INSPECT', statement: 'inspect streams' },
} as const);

/** The calls that this adapter makes. */
export type OperationName = keyof typeof PERMISSIONS;

/** Who signed the call, for people. */
interface Signer {
  readonly identity: string;
  readonly remedy: string;
}

/** What to check after a refusal, for the end of its message; undefined where the service's own words are enough. */
function iamHint(status: number, code: string, operation: OperationName, signer: Signer): string | undefined {
  if (status === 401) return `Signed with ${signer.identity}: ${signer.remedy}.`;
  if (status === 403) return `Signed with ${signer.identity}. ${whatItTakes(operation)}`;
  if (status === 404 && code === 'NotAuthorizedOrNotFound') {
    return `Either it does not exist, or ${signer.identity} may not: ${whatItTakes(operation)}`;
  }
  return undefined;
}

function whatItTakes(operation: OperationName): string {
  const { permission, statement } = PERMISSIONS[operation];
  return `${operation} needs ${permission} ("Allow group … to ${statement} in compartment …").`;
}
