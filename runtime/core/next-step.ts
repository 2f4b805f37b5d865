import { backoffMs, retryHintMs, type BackoffLimits } from './backoff.ts';
import type { CallFailure } from './call-failure.ts';
import { failureKind, isTransient, refusesContent } from './failure-kind.ts';

/** What a delivery does after a failed attempt, and why. */
export type NextStep =
  | { readonly type: 'retry'; readonly afterMs: number }
  /** Attempts are used up: the router decides whether to leave the region. If it stays, the batch is sent again. */
  | { readonly type: 'used-up'; readonly afterMs: number }
  /** 400 or 413 for several messages: halve the batch until the message that causes it is alone. */
  | { readonly type: 'split' }
  /** 404: ask the control plane whether the stream still exists. */
  | { readonly type: 'verify-stream' }
  /** Only a person can repair it: the messages' promises reject. */
  | { readonly type: 'reject' };

export interface FailedAttempt {
  readonly failure: CallFailure;
  /** How many messages the batch holds. */
  readonly messages: number;
  /** Numbered from 1 in this round. */
  readonly attempt: number;
  /** Milliseconds since this round's first attempt was started. */
  readonly elapsedMs: number;
  /** How long this attempt took, in ms. */
  readonly tookMs: number;
  /** An earlier round of this lane used up its attempts in this region. */
  readonly usedUpBefore: boolean;
  readonly wallMs: number;
  /** In [0, 1). */
  readonly chance: number;
}

export interface RetryLimits extends BackoffLimits {
  /** Counts the first attempt. */
  readonly maxAttempts: number;
  readonly retryWindowMs: number;
}

/** A 401 can be temporary, as while a renewed token reaches the region. It is retried for so long, in ms. */
export const AUTH_PATIENCE_MS = 4_000;

/**
 * Attempts are used up after `maxAttempts`, or when the next one would end after `retryWindowMs` if it took as long as
 * this one. After that, each further failure asks the router again.
 */
export function nextStep(attempt: FailedAttempt, limits: RetryLimits): NextStep {
  const { failure, elapsedMs } = attempt;
  const kind = failureKind(failure);
  const hintMs = failure.type === 'status' ? retryHintMs(failure, attempt.wallMs) : undefined;
  const afterMs = backoffMs(attempt.attempt, hintMs, limits, attempt.chance);
  if (kind === 'absent') return { type: 'verify-stream' };
  if (kind === 'auth-fault') {
    const passes = failure.type === 'status' && failure.status === 401;
    const inTime = elapsedMs + afterMs < AUTH_PATIENCE_MS && attempt.attempt < limits.maxAttempts + 3;
    return passes && inTime ? { type: 'retry', afterMs } : { type: 'reject' };
  }
  if (attempt.messages > 1 && refusesContent(failure)) return { type: 'split' };
  if (!isTransient(failure)) return { type: 'reject' };
  const usedUp =
    attempt.usedUpBefore ||
    attempt.attempt >= limits.maxAttempts ||
    elapsedMs + afterMs + attempt.tookMs >= limits.retryWindowMs;
  if (!usedUp) return { type: 'retry', afterMs };
  return {
    type: 'used-up',
    afterMs: attempt.usedUpBefore ? afterMs : backoffMs(1, hintMs, limits, attempt.chance),
  };
}
