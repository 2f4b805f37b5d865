import type { CallFailure } from './call-failure.ts';

/** What an unsuccessful attempt means. One word a row of the table below. */
export type FailureKind =
  | 'region-fault'
  /** No answer, or one that cannot be read: it may be stored, and a retry can make a copy. */
  | 'ambiguous'
  | 'unreachable'
  | 'throttled'
  | 'caller-fault'
  | 'auth-fault'
  | 'absent'
  | 'conflict'
  | 'redirected'
  | 'local-fault';

export interface Consequence {
  /** Trying the same call again may help. */
  readonly retry: boolean;
  /**
   * How much one such result says against its region: the logarithm of how many times likelier it is from a dead region
   * than from one that fails 30 % of its calls at random (`region-health.ts`). 0: it says nothing.
   */
  readonly evidence: number;
}

/**
 * The table of failure kinds. Evidence: a 5xx is ln(0.95/0.35), about 1; a refusal is rarer in a region that merely
 * misbehaves, so it weighs more; a throttled call is weak evidence.
 */
export const CONSEQUENCES: Readonly<Record<FailureKind, Consequence>> = Object.freeze({
  'region-fault': { retry: true, evidence: 1 },
  ambiguous: { retry: true, evidence: 1 },
  unreachable: { retry: true, evidence: 2 },
  throttled: { retry: true, evidence: 0.75 },
  'caller-fault': { retry: false, evidence: 0 },
  'auth-fault': { retry: false, evidence: 0 },
  absent: { retry: false, evidence: 0 },
  conflict: { retry: true, evidence: 0 },
  redirected: { retry: false, evidence: 0 },
  'local-fault': { retry: true, evidence: 0 },
});

/** The kind of a failure. Statuses as in Oracle's table of API errors; 502 and 504 are missing there, every SDK retries them. */
export function failureKind(failure: CallFailure): FailureKind {
  switch (failure.came) {
    case 'status':
      return kindOfStatus(failure.status);
    case 'unreadable':
    case 'timeout':
    case 'reset':
      return 'ambiguous';
    case 'unreachable':
      return 'unreachable';
    case 'local':
      return 'local-fault';
  }
}

function kindOfStatus(status: number): FailureKind {
  if (status >= 500) return 'region-fault';
  if (status >= 300 && status < 400) return 'redirected';
  switch (status) {
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

/** Silence weighs more than an error: a region that merely misbehaves answers. */
const SILENCE = 3.5;

/** How much a failure says against its region. */
export function evidenceOf(failure: CallFailure): number {
  return failure.came === 'timeout' ? SILENCE : CONSEQUENCES[failureKind(failure)].evidence;
}
