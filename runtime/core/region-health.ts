import { inShort, type CallFailure } from './call-failure.ts';
import { evidenceOf, failureKind, type FailureKind } from './failure-kind.ts';

/**
 * What the results of all calls of one process say about one region. A sequential test (CUSUM of log-likelihood
 * ratios): each failure adds its evidence, each success takes some away, never below zero, and evidence ages. A region
 * is left for the other one when
 *
 * - the sum reaches `DOWN_AT`: with 30 % random errors, the odds of that are below 10^-9 per call;
 * - the failures span `MIN_SPAN_MS`: a fault of an instant that hits sixty lanes is one piece of evidence, not sixty;
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
  /** Of the present series: each failure came within `FRESH_MS` of the one before. */
  readonly failures: number;
  /** The start of the first failed attempt of the series. */
  readonly firstAt: number;
  /** The start of the latest failed attempt. */
  readonly lastAt: number;
  readonly kinds: Readonly<Partial<Record<FailureKind, number>>>;
  /** The latest failure in a few words, such as `503`. */
  readonly latest: string;
  /** Every failure so far was at network level: no request was ever sent. */
  readonly neverReached: boolean;
}

export interface FailedCall {
  readonly failure: CallFailure;
  readonly startedAt: number;
  readonly tookMs: number;
  /** How long the call could have taken, in ms. */
  readonly limitMs: number;
}

/** What a success takes away: ln(0.05/0.65), negated. */
const SUCCESS = 2.6;
export const DOWN_AT = 19;
export const MIN_SPAN_MS = 2_000;
/**
 * Evidence keeps its weight for so long after the latest failure, in ms, then loses half of it in each `HALF_LIFE_MS`.
 */
const FRESH_MS = 10_000;
const HALF_LIFE_MS = 15_000;
/** Less evidence than this counts as none. */
const FORGOTTEN = 0.05;

export const HEALTHY: RegionHealth = Object.freeze({ type: 'healthy' });

/** Health after a call that stored something, or whose content the region refused: it works. */
export function afterSuccess(health: RegionHealth): RegionHealth {
  if (health.type === 'healthy') return health;
  const sum = health.evidence.sum - SUCCESS;
  return sum > FORGOTTEN ? { type: 'suspect', evidence: { ...health.evidence, sum } } : HEALTHY;
}

/** Health after a failed call. */
export function afterFailure(health: RegionHealth, call: FailedCall): RegionHealth {
  const weight = evidenceOf(call.failure, call.tookMs, call.limitMs);
  if (weight === 0) return health;
  return { type: 'suspect', evidence: add(aged(health, call.startedAt), call, weight) };
}

/** Whether the evidence at `now` is enough to call the region down. */
export function isDown(health: RegionHealth, now: number): boolean {
  const evidence = aged(health, now);
  if (evidence === undefined) return false;
  const { sum, firstAt, lastAt } = evidence;
  return sum >= DOWN_AT && lastAt - firstAt >= MIN_SPAN_MS;
}

/**
 * Health of a region that is used again after it was judged down: half of the evidence stays, so a new fault is noticed
 * at once.
 */
export function onProbation(health: RegionHealth): RegionHealth {
  if (health.type === 'healthy') return health;
  const { evidence } = health;
  return { type: 'suspect', evidence: { ...evidence, sum: Math.min(evidence.sum, DOWN_AT) / 2 } };
}

/** The evidence as it counts at `now`: old failures do not add up with new ones. */
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
  // What is left of an earlier series adds weight; it does not make a fault of an instant span more.
  const series = before !== undefined && startedAt - before.lastAt <= FRESH_MS ? before : undefined;
  return {
    sum: (before?.sum ?? 0) + weight,
    failures: (series?.failures ?? 0) + 1,
    firstAt: Math.min(series?.firstAt ?? startedAt, startedAt),
    lastAt: Math.max(series?.lastAt ?? startedAt, startedAt),
    kinds: { ...series?.kinds, [kind]: (series?.kinds[kind] ?? 0) + 1 },
    latest: inShort(failure),
    neverReached: (series?.neverReached ?? true) && kind === 'unreachable',
  };
}
