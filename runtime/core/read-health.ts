import { backoffMs, retryHintMs, type BackoffLimits } from './backoff.ts';
import { inShort, type CallFailure } from './call-failure.ts';
import type { ReadFault } from './read-fault.ts';
import { MIN_SPAN_MS } from './region-health.ts';

/** How reading from one region goes. Times are monotonic milliseconds; counts are of failures in a row. */
export type ReadHealth =
  /** Has not answered yet: the stream is not known, or was not asked. */
  | { readonly state: 'silent' }
  | { readonly state: 'answering'; readonly at: number }
  | { readonly state: 'retrying'; readonly attempts: number; readonly since: number; readonly latest: string }
  /** Attempts are used up. It goes on being asked. */
  | { readonly state: 'failing'; readonly attempts: number; readonly since: number; readonly latest: string }
  /** It answers, but takes none of the cursors made so far. */
  | { readonly state: 'renewing'; readonly attempts: number }
  /** 404, which a stream also says in its first seconds. */
  | { readonly state: 'missing'; readonly since: number }
  /** Nobody but a person can mend it. */
  | { readonly state: 'refused' };

export interface ReadLimits extends BackoffLimits {
  /** Counts the first attempt. */
  readonly maxAttempts: number;
  readonly retryWindowMs: number;
  readonly standbyPollMs: number;
}

export interface FailedRead {
  readonly fault: ReadFault;
  readonly failure: CallFailure;
  /** Of the active region. */
  readonly active: boolean;
  readonly now: number;
  readonly wallMs: number;
  /** In [0, 1). */
  readonly chance: number;
}

export const NOT_READ_YET: ReadHealth = Object.freeze({ state: 'silent' });

/** A new stream may answer 404 for so long, in ms. */
const MISSING_PATIENCE_MS = 30_000;
/** Pause where no wait was named and backing off further would gain nothing, in ms: limits are counted by the second. */
const A_SECOND = 1_000;
const REFUSED_POLL_MS = 60_000;

/** Health after a failed read, and how long to pause before the next one, in ms. */
export function afterReadFailure(
  health: ReadHealth,
  failed: FailedRead,
  limits: ReadLimits,
): { readonly health: ReadHealth; readonly pauseMs: number } {
  switch (failed.fault) {
    case 'region':
      return regionFailed(health, failed, limits);
    case 'cursor':
    case 'retention':
      return cursorFailed(health, failed, limits);
    case 'throttled':
    case 'passing':
      return { health, pauseMs: shortPause(failed, limits) };
    case 'absent': {
      const since = health.state === 'missing' ? health.since : failed.now;
      if (failed.now - since >= MISSING_PATIENCE_MS) return REFUSED;
      return { health: { state: 'missing', since }, pauseMs: shortPause(failed, limits) };
    }
    case 'refused':
      return REFUSED;
  }
}

/**
 * Whether the other region becomes the active one: this one's attempts are used up, and the other one has answered since
 * that began. If neither answers, the fault may well be on this side, and nothing is gained by a switch.
 */
export function otherTakesOver(active: ReadHealth, other: ReadHealth): boolean {
  return active.state === 'failing' && other.state === 'answering' && other.at >= active.since;
}

const REFUSED = Object.freeze({
  health: Object.freeze({ state: 'refused' as const }),
  pauseMs: REFUSED_POLL_MS,
});

function regionFailed(
  health: ReadHealth,
  failed: FailedRead,
  limits: ReadLimits,
): { health: ReadHealth; pauseMs: number } {
  const before = health.state === 'retrying' || health.state === 'failing' ? health : undefined;
  const attempts = (before?.attempts ?? 0) + 1;
  const since = before?.since ?? failed.now;
  const elapsedMs = failed.now - since;
  const backoff = backoffMs(attempts, hintOf(failed), limits, failed.chance);
  // As many attempts within one hiccup prove nothing: they must span a while, like the evidence against a region.
  const usedUp =
    before?.state === 'failing' ||
    (attempts >= limits.maxAttempts && elapsedMs >= MIN_SPAN_MS) ||
    elapsedMs + backoff >= limits.retryWindowMs;
  return {
    health: { state: usedUp ? 'failing' : 'retrying', attempts, since, latest: inShort(failed.failure) },
    pauseMs: usedUp && !failed.active ? Math.min(limits.standbyPollMs, limits.maxDelayMs) : backoff,
  };
}

/** The first new cursor is asked for at once: an expired one is not an outage. */
function cursorFailed(
  health: ReadHealth,
  failed: FailedRead,
  limits: ReadLimits,
): { health: ReadHealth; pauseMs: number } {
  const attempts = health.state === 'renewing' ? health.attempts + 1 : 1;
  if (attempts > limits.maxAttempts) return REFUSED;
  const pauseMs = attempts === 1 ? 0 : backoffMs(attempts - 1, undefined, limits, failed.chance);
  return { health: { state: 'renewing', attempts }, pauseMs };
}

function shortPause(failed: FailedRead, limits: BackoffLimits): number {
  return backoffMs(1, hintOf(failed) ?? A_SECOND, limits, failed.chance);
}

function hintOf({ failure, wallMs }: FailedRead): number | undefined {
  return failure.type === 'status' ? retryHintMs(failure, wallMs) : undefined;
}
