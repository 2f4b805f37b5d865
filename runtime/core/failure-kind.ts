import type { CallFailure } from './call-failure.ts';
import type { HaErrorCode } from './error-codes.ts';

/** What a failed attempt means. Each kind has a row in `CONSEQUENCES`. */
export type FailureKind =
  | 'region-fault'
  /** There is no answer, or none that can be read: the message may be stored, and a retry can make a copy. */
  | 'ambiguous'
  | 'unreachable'
  | 'throttled'
  | 'caller-fault'
  | 'auth-fault'
  | 'absent'
  | 'conflict'
  | 'misconfigured'
  | 'local-fault';

interface Consequence {
  /** The same call may succeed later without a change by a person. */
  readonly transient: boolean;
  /**
   * How strongly one such failure suggests a dead region: the logarithm of how many times likelier it is from a dead
   * region than from one that fails 30 % of its calls at random (`region-health.ts`). 0: it suggests nothing.
   */
  readonly evidence: number;
  /** The code of the error that the caller gets. */
  readonly code: HaErrorCode;
}

/**
 * The most that a failure may count: with 30 % of the calls failing so at random and the weight of a success
 * (`region-health.ts`), 0.3 * e^1.15 + 0.7 * e^-2.6 = 1, so random failures do not add up to a verdict (A10).
 */
const UNANSWERED = 1.15;
/**
 * Evidence: a 5xx has ln(0.95/0.35), about 1; a region that cannot be reached, or is silent, counts a little more; a
 * throttled call is weak evidence.
 */
const CONSEQUENCES: Readonly<Record<FailureKind, Consequence>> = Object.freeze({
  'region-fault': { transient: true, evidence: 1, code: 'CALL_FAILED' },
  ambiguous: { transient: true, evidence: 1, code: 'CALL_FAILED' },
  unreachable: { transient: true, evidence: UNANSWERED, code: 'CALL_FAILED' },
  throttled: { transient: true, evidence: 0.75, code: 'CALL_FAILED' },
  'caller-fault': { transient: false, evidence: 0, code: 'REJECTED' },
  'auth-fault': { transient: false, evidence: 0, code: 'AUTH' },
  absent: { transient: false, evidence: 0, code: 'NOT_AUTHORIZED_OR_NOT_FOUND' },
  conflict: { transient: true, evidence: 0, code: 'CALL_FAILED' },
  misconfigured: { transient: false, evidence: 0, code: 'CONFIG' },
  'local-fault': { transient: true, evidence: 0, code: 'CALL_FAILED' },
});

/** Statuses as in Oracle's table of API errors. 502 and 504 are missing there, but every SDK retries them. */
export function failureKind(failure: CallFailure): FailureKind {
  switch (failure.type) {
    case 'status':
      return kindOfStatus(failure.status);
    case 'unreadable':
    case 'timeout':
    case 'reset':
      return 'ambiguous';
    case 'unreachable':
      return 'unreachable';
    case 'local':
    case 'aborted':
      return 'local-fault';
    case 'misconfigured':
      return 'misconfigured';
  }
}

function kindOfStatus(status: number): FailureKind {
  if (status >= 500) return 'region-fault';
  // Redirections are never followed: they mean that the configured endpoint is wrong.
  if (status >= 300 && status < 400) return 'misconfigured';
  switch (status) {
    case 408:
      return 'region-fault';
    case 429:
      return 'throttled';
    case 401:
    case 403:
      return 'auth-fault';
    case 404:
      return 'absent';
    case 409:
      return 'conflict';
    default:
      return 'caller-fault';
  }
}

/**
 * Whether the region works, and does not take what was sent: it answers 400 to a request over 1 MiB and to a message that it
 * cannot parse; 413 is HTTP's code for the former. Other statuses of the caller's fault can come from a proxy.
 */
export function refusesContent(failure: CallFailure): boolean {
  return failure.type === 'status' && (failure.status === 400 || failure.status === 413);
}

/** Whether the same call may succeed later without a change by a person. */
export function isTransient(failure: CallFailure): boolean {
  return CONSEQUENCES[failureKind(failure)].transient;
}

/** The code of the error that the caller gets for a failure. */
export function errorCode(failure: CallFailure): HaErrorCode {
  if (failure.type === 'aborted') return 'ABORTED';
  if (failure.type === 'unreadable') return 'PROTOCOL';
  return CONSEQUENCES[failureKind(failure)].code;
}

/** A failure that took this share of its time limit is slow. */
const SLOW = 0.8;
/** A 408 can also be caused by a slow client. */
const WEAK = 0.5;

/** The evidence of a failure against its region. A slow failure counts like a call without an answer. */
export function evidenceOf(failure: CallFailure, tookMs: number, limitMs: number): number {
  const { evidence } = CONSEQUENCES[failureKind(failure)];
  if (evidence === 0) return 0;
  if (failure.type === 'status' && failure.status === 408) return WEAK;
  if (failure.type === 'status' && failure.status === 429) return evidence;
  return failure.type === 'timeout' || tookMs >= SLOW * limitMs ? Math.max(UNANSWERED, evidence) : evidence;
}
