import { inShort, type CallFailure } from './core/index.ts';

/** Every code an error of this project can carry. The sentence beside it says what to do next. */
export type HaErrorCode =
  /** Configuration or settings are wrong; nothing was sent. Exit code 2 on the command line. */
  | 'CONFIG'
  /** A message cannot be sent as it is (size, type); its neighbours are unaffected. */
  | 'BAD_MESSAGE'
  /** The service refused this message or request (400, 413, …). */
  | 'REJECTED'
  /** 401, 403: credentials. */
  | 'AUTH'
  /** 404: the stream is absent, or not for this user. */
  | 'NOT_AUTHORIZED_OR_NOT_FOUND'
  /** An answer that breaks the protocol. */
  | 'PROTOCOL'
  /** A call failed; `failure` says how. */
  | 'CALL_FAILED'
  /** Not stored within `deliveryTimeoutMs`. */
  | 'DELIVERY_TIMEOUT'
  /** No room within `maxBlockMs`. */
  | 'BUFFER_FULL'
  /** The handle is closed. */
  | 'CLOSED'
  /** The caller's signal aborted; the sentence says whether the message may be stored. */
  | 'ABORTED'
  /** The secondary stream could not be found or made. */
  | 'PROVISION'
  /** stream.properties or the environment could not be read or written. */
  | 'RECORD'
  /** A consumer's handler failed too often. */
  | 'HANDLER';

/** The one root class of everything thrown here. `code` is literal; the message says what to do next; `cause` is kept. */
export class HaError extends Error {
  readonly code: HaErrorCode;

  constructor(code: HaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HaError';
    this.code = code;
  }
}

/** A call to a region that did not succeed. Made by the adapter, and nowhere else, out of whatever the SDK throws. */
export class CallError extends HaError {
  readonly failure: CallFailure;

  constructor(where: { region: string; operation: string }, failure: CallFailure, options?: ErrorOptions) {
    super('CALL_FAILED', `${where.operation} in ${where.region}: ${inFull(failure)}`, options);
    this.name = 'CallError';
    this.failure = failure;
  }
}

function inFull(failure: CallFailure): string {
  switch (failure.came) {
    case 'status':
      return `${failure.status} ${failure.code} ${failure.message}${inquiry(failure.requestId)}`.trim();
    case 'unreadable':
      return `${inShort(failure)}: ${failure.start}`;
    case 'reset':
    case 'unreachable':
      return `${inShort(failure)} (${failure.detail})`;
    case 'timeout':
    case 'local':
      return inShort(failure);
  }
}

/** What Oracle's support asks for first. */
function inquiry(requestId: string | undefined): string {
  return requestId === undefined ? '' : ` (opc-request-id ${requestId})`;
}
