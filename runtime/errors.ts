import { STATUS_CODES } from 'node:http';

import { errorCode, inShort, type CallFailure, type HaErrorCode } from './core/index.ts';
import type { AnyReceipt } from './receipt.ts';

export type { HaErrorCode } from './core/index.ts';

/** One symbol for all copies of this package, and for all realms of a process. */
const BRAND = Symbol.for('oci-streaming-ha.HaError');

/** The one root class of everything that this project throws. `code` is literal; the message says what to do next; `cause` is kept. */
export class HaError extends Error {
  readonly code: HaErrorCode;

  constructor(code: HaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HaError';
    this.code = code;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/**
 * Whether something that was thrown is an `HaError`, also one of another copy of this package (a bundle, a second version, another
 * realm), where `instanceof` says no.
 */
export function isHaError(error: unknown): error is HaError {
  try {
    return typeof error === 'object' && error !== null && BRAND in error;
  } catch {
    // A proxy that refuses to be looked at.
    return false;
  }
}

/** A call to a region that did not succeed, for those who throw: `code` says what a person can do about `failure`. */
export class CallError extends HaError {
  readonly failure: CallFailure;

  constructor(where: { region: string; operation: string }, failure: CallFailure, options?: ErrorOptions) {
    super(errorCode(failure), `${where.operation} in ${where.region}: ${inFull(failure)}`, options);
    this.name = 'CallError';
    this.failure = failure;
  }
}

/** What became of one message of a batch. */
export type BatchOutcome =
  | { readonly type: 'stored'; readonly receipt: AnyReceipt }
  | { readonly type: 'failed'; readonly error: HaError };

/** Not every message of a batch is known to be stored. `code` is that of the first message that failed. */
export class BatchError extends HaError {
  /** One for each message, in the order of the batch. */
  readonly outcomes: readonly BatchOutcome[];

  constructor(outcomes: readonly BatchOutcome[]) {
    const errors = outcomes.flatMap((outcome) => (outcome.type === 'failed' ? [outcome.error] : []));
    const [first] = errors;
    super(
      first?.code ?? 'CALL_FAILED',
      `${errors.length} of ${outcomes.length} messages are not known to be stored (outcomes says which). The first: ${first?.message ?? ''}`,
      { cause: first },
    );
    this.name = 'BatchError';
    this.outcomes = outcomes;
  }
}

function inFull(failure: CallFailure): string {
  switch (failure.type) {
    case 'status':
      return `${failure.status} ${answerInWords(failure)}${inquiry(failure.requestId)}`;
    case 'unreadable':
      return `${inShort(failure)}: ${failure.start}`;
    case 'reset':
    case 'unreachable':
      return `${inShort(failure)} (${failure.detail})`;
    case 'timeout':
    case 'local':
    case 'misconfigured':
    case 'aborted':
      return inShort(failure);
  }
}

/** The service's code and words; of an answer that has neither, as a proxy's, what its status means. */
function answerInWords({ status, code, message }: Extract<CallFailure, { type: 'status' }>): string {
  const words = [code, message].filter((word) => word !== '').join(' ');
  return words === '' ? (STATUS_CODES[status] ?? 'without a word') : words;
}

/** What Oracle's support asks for first. */
function inquiry(requestId: string | undefined): string {
  return requestId === undefined ? '' : ` (opc-request-id ${requestId})`;
}

/** A value that was thrown, as text. Anything can be thrown, also what refuses to be looked at. */
export function thrownInWords(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'an error without words';
  }
}
