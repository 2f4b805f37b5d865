import { type BackoffLimits, backoffMs, retryHintMs } from './backoff.ts';
import { type CallFailure, inShort } from './call-failure.ts';
import { failureKind } from './failure-kind.ts';
import { MIN_SPAN_MS } from './region-health.ts';

/** What a failed step of reading means. */
export type ReadFault =
  /** The region is at fault. Enough of these in a row, and the other region becomes the active one. */
  | 'region'
  /** The cursor is expired, invalid, or of a partition that a rebalance moved. Not an outage: a new one is created. */
  | 'cursor'
  /** Retention removed the messages at the group's position. Only a reset of the group (UpdateGroup) helps. */
  | 'retention'
  /** Too many calls: wait as long as the service says. */
  | 'throttled'
  /** 404: no such stream, or not permitted. A new stream answers so in its first seconds, too. */
  | 'absent'
  /** 401, 403: credentials or policies. A 401 can be temporary. */
  | 'unauthorized'
  /** A fault of this machine, or a temporary conflict: no evidence against the region. */
  | 'temporary'
  /** The request or the configuration is wrong: only a person can change it. */
  | 'refused';

/** Which step failed: locating the stream, creating a group cursor, or reading with one. */
export type ReadStep = 'locate' | 'cursor' | 'read';

export function readFault(failure: CallFailure, step: ReadStep): ReadFault {
  switch (failureKind(failure)) {
    case 'region-fault':
    case 'ambiguous':
    case 'unreachable':
      return 'region';
    case 'throttled':
      return 'throttled';
    case 'absent':
      return 'absent';
    case 'local-fault':
      return 'temporary';
    // Only the group's state can conflict while reading, and a new cursor starts from that state.
    case 'conflict':
      return step === 'read' ? 'cursor' : 'temporary';
    case 'caller-fault':
      return cursorFault(failure, step);
    case 'auth-fault':
      return 'unauthorized';
    case 'misconfigured':
      return 'refused';
  }
}

/**
 * The cursor is the only input of a read, so every 400 to a read is a fault of the cursor, whatever its text (known
 * ones: `The cursor is expired`, `The cursor is invalid`, `Trying to commit unreserved partition`). With one exception:
 * after `The cursor is outside the retention period and is now invalid` a new cursor fails in the same way.
 */
function cursorFault(failure: CallFailure, step: ReadStep): ReadFault {
  if (failure.type !== 'status' || failure.status !== 400 || step === 'locate') return 'refused';
  if (/outside the retention period/i.test(failure.message)) return 'retention';
  return step === 'read' ? 'cursor' : 'refused';
}

/** The state of reading from one region. Times are monotonic milliseconds; `attempts` are failures in a row. */
export type ReadHealth =
  /** Nothing has been read yet, or the stream is not known. */
  | { readonly type: 'unknown' }
  | { readonly type: 'answering'; readonly at: number }
  | { readonly type: 'retrying'; readonly attempts: number; readonly since: number; readonly latest: string }
  /** Attempts are used up. Reading continues. */
  | { readonly type: 'failing'; readonly attempts: number; readonly since: number; readonly latest: string }
  /** It answers, but has refused every cursor made so far. */
  | { readonly type: 'renewing'; readonly attempts: number }
  /** It refuses this stream or user. `final`: for longer than a temporary refusal lasts. */
  | { readonly type: 'refused'; readonly since: number; readonly latest: string; readonly final: boolean };

export interface ReadLimits extends BackoffLimits {
  /** Counts the first attempt. */
  readonly maxAttempts: number;
  readonly retryWindowMs: number;
  readonly standbyPollMs: number;
}

export interface FailedRead {
  readonly fault: ReadFault;
  readonly failure: CallFailure;
  /** The region is the active one. */
  readonly active: boolean;
  readonly now: number;
  readonly wallMs: number;
  /** In [0, 1). */
  readonly chance: number;
}

export const NOT_READ_YET: ReadHealth = Object.freeze({ type: 'unknown' });

/** How long a refusal may last before it is final, in ms. A new stream answers 404 at first; a 401 can be temporary. */
const PATIENCE_MS = { absent: 30_000, unauthorized: 5_000, refused: 0 } as const;
/** The pause after a refusal is as long as the refusals have lasted, between these two, in ms. */
const SHORTEST_REFUSED_MS = 5_000;
const LONGEST_REFUSED_MS = 60_000;
/**
 * The pause when the service names no wait, in ms: the service counts its limits per second, so a longer one has no
 * use.
 */
const A_SECOND = 1_000;

interface AfterFailure {
  readonly health: ReadHealth;
  /** How long to pause before the next read, in ms. */
  readonly pauseMs: number;
}

export function afterReadFailure(health: ReadHealth, failed: FailedRead, limits: ReadLimits): AfterFailure {
  switch (failed.fault) {
    case 'region':
      return regionFailed(health, failed, limits);
    case 'cursor':
    case 'retention':
      return cursorFailed(health, failed, limits);
    case 'throttled':
    case 'temporary':
      return { health, pauseMs: shortPause(failed, limits) };
    case 'absent':
    case 'unauthorized':
    case 'refused':
      return refused(health, failed, PATIENCE_MS[failed.fault], limits);
  }
}

/**
 * Whether the other region becomes the active one: this one's attempts are used up, and the other one has answered
 * since the failures began. If neither answers, the fault may be on this machine, and a switch would not help.
 */
export function otherTakesOver(active: ReadHealth, other: ReadHealth): boolean {
  return active.type === 'failing' && other.type === 'answering' && other.at >= active.since;
}

/**
 * Whether reading ends with an error: the active region refuses for good. If that is the secondary, the primary must
 * refuse as well: it may hold much to read, and the secondary may be permitted later.
 */
export function endsReading(
  active: { readonly role: 'primary' | 'secondary'; readonly health: ReadHealth },
  other: ReadHealth,
): boolean {
  if (!isFinal(active.health)) return false;
  return active.role === 'primary' || isFinal(other);
}

function isFinal(health: ReadHealth): boolean {
  return health.type === 'refused' && health.final;
}

function regionFailed(health: ReadHealth, failed: FailedRead, limits: ReadLimits): AfterFailure {
  const before = health.type === 'retrying' || health.type === 'failing' ? health : undefined;
  const attempts = (before?.attempts ?? 0) + 1;
  const since = before?.since ?? failed.now;
  const elapsedMs = failed.now - since;
  const backoff = backoffMs(attempts, hintOf(failed), limits, failed.chance);
  // Failures at one instant prove nothing: they must span some time, like the evidence against a region.
  const usedUp =
    before?.type === 'failing' ||
    (attempts >= limits.maxAttempts && elapsedMs >= MIN_SPAN_MS) ||
    elapsedMs + backoff >= limits.retryWindowMs;
  return {
    health: { type: usedUp ? 'failing' : 'retrying', attempts, since, latest: inShort(failed.failure) },
    pauseMs: usedUp && !failed.active ? Math.min(limits.standbyPollMs, limits.maxDelayMs) : backoff,
  };
}

/** The first new cursor is created at once: an expired one is not an outage. */
function cursorFailed(health: ReadHealth, failed: FailedRead, limits: ReadLimits): AfterFailure {
  const attempts = health.type === 'renewing' ? health.attempts + 1 : 1;
  if (attempts > limits.maxAttempts) return refused(health, failed, 0, limits);
  const pauseMs = attempts === 1 ? 0 : backoffMs(attempts - 1, undefined, limits, failed.chance);
  return { health: { type: 'renewing', attempts }, pauseMs };
}

/** A refused region is read again after each pause, without end; the pause grows. */
function refused(
  health: ReadHealth,
  failed: FailedRead,
  patienceMs: number,
  limits: ReadLimits,
): AfterFailure {
  const before = health.type === 'refused' ? health : undefined;
  const since = before?.since ?? failed.now;
  const lastedMs = failed.now - since;
  const final = before?.final === true || lastedMs >= patienceMs;
  const pauseMs =
    failed.active && !final
      ? shortPause(failed, limits)
      : Math.min(Math.max(lastedMs, SHORTEST_REFUSED_MS), LONGEST_REFUSED_MS);
  return { health: { type: 'refused', since, latest: inShort(failed.failure), final }, pauseMs };
}

function shortPause(failed: FailedRead, limits: BackoffLimits): number {
  return backoffMs(1, hintOf(failed) ?? A_SECOND, limits, failed.chance);
}

function hintOf({ failure, wallMs }: FailedRead): number | undefined {
  return failure.type === 'status' ? retryHintMs(failure, wallMs) : undefined;
}
