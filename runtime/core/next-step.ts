import { backoffMs, retryHintMs, type BackoffLimits } from './backoff.ts';
import type { CallFailure } from './call-failure.ts';
import { CONSEQUENCES, failureKind } from './failure-kind.ts';
import { looksDown, type Evidence, type RegionHealth } from './region-health.ts';

/** What a delivery does after a failed attempt, and why. */
export type NextStep =
  | { readonly do: 'retry'; readonly afterMs: number }
  /** Attempts are used up, but the region is not judged down: another round. */
  | { readonly do: 'keep-trying'; readonly afterMs: number }
  | { readonly do: 'fail-over'; readonly because: Evidence }
  /** 400 or 413 for several messages: halve, until the culprit stands alone. */
  | { readonly do: 'split' }
  /** 404: ask the control plane what became of the stream. */
  | { readonly do: 'verify-stream' }
  /** Nobody but the caller or the operator can mend it: the messages' promises reject. */
  | { readonly do: 'reject' };

export interface Attempt {
  readonly failure: CallFailure;
  /** How many messages the batch holds. */
  readonly messages: number;
  /** Numbered from 1 in this round. */
  readonly attempt: number;
  /** Milliseconds since this round's first attempt was started. */
  readonly elapsedMs: number;
  /** An earlier round of this batch used up its attempts in this region. */
  readonly usedUpBefore: boolean;
  /** Of the region, with this attempt's evidence in it. */
  readonly health: RegionHealth;
  readonly wallMs: number;
  /** In [0, 1). */
  readonly chance: number;
}

export interface RetryLimits extends BackoffLimits {
  /** Counts the first attempt. */
  readonly maxAttempts: number;
  readonly retryWindowMs: number;
}

/**
 * Attempts are used up after `maxAttempts` or when the next would start after `retryWindowMs`. Used-up attempts alone do
 * not fail over: the region's evidence must say down. Once they were used up, every further failure asks again.
 */
export function nextStep(attempt: Attempt, limits: RetryLimits): NextStep {
  const { failure } = attempt;
  const kind = failureKind(failure);
  if (kind === 'caller-fault') return { do: attempt.messages > 1 && splits(failure) ? 'split' : 'reject' };
  if (kind === 'absent') return { do: 'verify-stream' };
  if (!CONSEQUENCES[kind].retry) return { do: 'reject' };
  const hintMs = failure.type === 'status' ? retryHintMs(failure, attempt.wallMs) : undefined;
  const afterMs = backoffMs(attempt.attempt, hintMs, limits, attempt.chance);
  const usedUp = attempt.attempt >= limits.maxAttempts || attempt.elapsedMs + afterMs >= limits.retryWindowMs;
  if (attempt.health.state !== 'up' && (usedUp || attempt.usedUpBefore) && looksDown(attempt.health)) {
    return { do: 'fail-over', because: attempt.health.evidence };
  }
  if (!usedUp) return { do: 'retry', afterMs };
  return { do: 'keep-trying', afterMs: backoffMs(1, hintMs, limits, attempt.chance) };
}

/** 400 is the service's word for a request over 1 MiB and for a message it cannot parse; 413 the general one. */
function splits(failure: CallFailure): boolean {
  return failure.type === 'status' && (failure.status === 400 || failure.status === 413);
}
