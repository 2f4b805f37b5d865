import { inShort, type CallFailure } from './call-failure.ts';
import { evidenceOf, failureKind, type FailureKind } from './failure-kind.ts';

/**
 * What all results of one process say about one region. A sequential test (CUSUM of log-likelihood ratios): each
 * failure adds its evidence, each success takes some away, never below zero. Down is a matter of three things at once:
 *
 * - the sum reaches `DOWN_AT`. At 30 % random errors a run that gets there has odds below 10^-9 a call;
 * - the failures span `MIN_SPAN_MS`: a hiccup that hits sixty lanes in one instant is one piece of evidence, not sixty;
 * - a batch has used up its attempts (decided by the caller, `verdict.ts`).
 *
 * Times are monotonic milliseconds.
 */
export type RegionHealth =
  | { readonly state: 'up' }
  | { readonly state: 'suspect'; readonly evidence: Evidence }
  | { readonly state: 'down'; readonly since: number; readonly evidence: Evidence };

export interface Evidence {
  /** Log-likelihood ratio, natural units. */
  readonly sum: number;
  readonly failures: number;
  /** When the first failing attempt since the region was last well was started. */
  readonly firstAt: number;
  /** When the latest failing attempt was started. */
  readonly lastAt: number;
  readonly kinds: Readonly<Partial<Record<FailureKind, number>>>;
  /** The latest failure in a few words, such as `503`. */
  readonly latest: string;
  /** Every failure so far was at network level: nothing was ever sent. */
  readonly neverReached: boolean;
}

/** ln(0.05/0.65): what a success takes away. */
const SUCCESS = 2.6;
const DOWN_AT = 19;
export const MIN_SPAN_MS = 2_000;

export const WELL: RegionHealth = Object.freeze({ state: 'up' });

/** Health after a call that the region answered as it should (also with a 4xx: something well is answering). */
export function afterSuccess(health: RegionHealth): RegionHealth {
  // Down is left by the failback rules (failback.ts), not by one good answer.
  if (health.state !== 'suspect') return health;
  const sum = health.evidence.sum - SUCCESS;
  return sum > 0 ? { state: 'suspect', evidence: { ...health.evidence, sum } } : WELL;
}

/** Health after a failed call that was started at `startedAt`. */
export function afterFailure(health: RegionHealth, failure: CallFailure, startedAt: number): RegionHealth {
  const weight = evidenceOf(failure);
  if (weight === 0) return health;
  const evidence = add(health.state === 'up' ? undefined : health.evidence, failure, weight, startedAt);
  return health.state === 'down' ? { ...health, evidence } : { state: 'suspect', evidence };
}

/** Whether the evidence alone says down. */
export function looksDown(health: RegionHealth): boolean {
  if (health.state === 'up') return false;
  const { sum, firstAt, lastAt } = health.evidence;
  return health.state === 'down' || (sum >= DOWN_AT && lastAt - firstAt >= MIN_SPAN_MS);
}

function add(
  before: Evidence | undefined,
  failure: CallFailure,
  weight: number,
  startedAt: number,
): Evidence {
  const kind = failureKind(failure);
  return {
    sum: (before?.sum ?? 0) + weight,
    failures: (before?.failures ?? 0) + 1,
    firstAt: Math.min(before?.firstAt ?? startedAt, startedAt),
    lastAt: Math.max(before?.lastAt ?? startedAt, startedAt),
    kinds: { ...before?.kinds, [kind]: (before?.kinds[kind] ?? 0) + 1 },
    latest: inShort(failure),
    neverReached: (before?.neverReached ?? true) && kind === 'unreachable',
  };
}
