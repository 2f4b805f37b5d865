import { inShort, type CallFailure } from './call-failure.ts';
import { evidenceOf, failureKind, type FailureKind } from './failure-kind.ts';

/**
 * What all results of one process say about one region. A sequential test (CUSUM of log-likelihood ratios): each failure
 * adds its evidence, each success takes some away, never below zero, and evidence ages. Down is a matter of three things:
 *
 * - the sum reaches `DOWN_AT`. At 30 % random errors a run that gets there has odds below 10^-9 a call;
 * - the failures span `MIN_SPAN_MS`: a hiccup that hits sixty lanes in one instant is one piece of evidence, not sixty;
 * - a batch has used up its attempts (`next-step.ts`).
 *
 * Times are monotonic milliseconds.
 */
export type RegionHealth =
  | { readonly type: 'healthy' }
  | { readonly type: 'suspect'; readonly evidence: Evidence };

export interface Evidence {
  /** Log-likelihood ratio, natural units, as it was at `lastAt`. */
  readonly sum: number;
  readonly failures: number;
  /** When the first failing attempt since the region was last healthy was started. */
  readonly firstAt: number;
  /** When the latest failing attempt was started. */
  readonly lastAt: number;
  readonly kinds: Readonly<Partial<Record<FailureKind, number>>>;
  /** The latest failure in a few words, such as `503`. */
  readonly latest: string;
  /** Every failure so far was at network level: nothing was ever sent. */
  readonly neverReached: boolean;
}

export interface FailedCall {
  readonly failure: CallFailure;
  readonly startedAt: number;
  readonly tookMs: number;
  /** How long the call could have taken, in ms. */
  readonly limitMs: number;
}

/** ln(0.05/0.65): what a success takes away. */
const SUCCESS = 2.6;
export const DOWN_AT = 19;
export const MIN_SPAN_MS = 2_000;
/** Evidence keeps its weight for so long without a failure, in ms, then loses half of it in each `HALF_LIFE_MS`. */
const FRESH_MS = 10_000;
const HALF_LIFE_MS = 15_000;
/** Evidence so light is forgotten. */
const FORGOTTEN = 0.05;

export const HEALTHY: RegionHealth = Object.freeze({ type: 'healthy' });

/** Health after a call that stored something. */
export function afterSuccess(health: RegionHealth): RegionHealth {
  return health.type === 'healthy' ? health : lighter(health.evidence, SUCCESS);
}

/** Health after a failed call. */
export function afterFailure(health: RegionHealth, call: FailedCall): RegionHealth {
  const weight = evidenceOf(call.failure, call.tookMs, call.limitMs);
  if (weight === 0) return health;
  return { type: 'suspect', evidence: add(aged(health, call.startedAt), call, weight) };
}

/**
 * Health without what these calls added. Messages that a region refuses for their content can fail and never succeed, so
 * their failures are no sample of the region: of 20 % random errors they would show nothing but the errors.
 */
export function withoutFailures(health: RegionHealth, calls: readonly FailedCall[]): RegionHealth {
  if (health.type === 'healthy') return health;
  const weights = calls.map(({ failure, tookMs, limitMs }) => evidenceOf(failure, tookMs, limitMs));
  return lighter(
    health.evidence,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
}

function lighter(evidence: Evidence, by: number): RegionHealth {
  const sum = evidence.sum - by;
  return sum > FORGOTTEN ? { type: 'suspect', evidence: { ...evidence, sum } } : HEALTHY;
}

/** Whether the evidence alone says down at `now`. */
export function isDown(health: RegionHealth, now: number): boolean {
  const evidence = aged(health, now);
  if (evidence === undefined) return false;
  const { sum, firstAt, lastAt } = evidence;
  return sum >= DOWN_AT && lastAt - firstAt >= MIN_SPAN_MS;
}

/** A region that is tried once more after it was judged down: half of the evidence stays, so a relapse shows at once. */
export function onProbation(health: RegionHealth): RegionHealth {
  if (health.type === 'healthy') return health;
  const { evidence } = health;
  return { type: 'suspect', evidence: { ...evidence, sum: Math.min(evidence.sum, DOWN_AT) / 2 } };
}

/** The evidence as it weighs at `now`: what happened minutes ago does not add up with what happens now. */
function aged(health: RegionHealth, now: number): Evidence | undefined {
  if (health.type === 'healthy') return undefined;
  const { evidence } = health;
  const idleMs = now - evidence.lastAt - FRESH_MS;
  if (idleMs <= 0) return evidence;
  const sum = evidence.sum * 0.5 ** (idleMs / HALF_LIFE_MS);
  return sum < FORGOTTEN ? undefined : { ...evidence, sum };
}

function add(before: Evidence | undefined, call: FailedCall, weight: number): Evidence {
  const { failure, startedAt } = call;
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
