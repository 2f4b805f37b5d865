import { type BackoffLimits, backoffMs, retryHintMs } from './backoff.ts';
import { type CallFailure, inShort } from './call-failure.ts';
import { failureKind } from './failure-kind.ts';
import { MIN_SPAN_MS } from './region-health.ts';

/** What an unsuccessful step of reading means. */
export type ReadFault =
  /** The region does not answer as it should. Enough of these in a row, and the other region becomes the active one. */
  | 'region'
  /** Only the cursor: expired, invalid, or of a partition that a rebalance moved. Not an outage: a new one is created. */
  | 'cursor'
  /** Retention passed over the group's position: it stays there until the group is reset (UpdateGroup). */
  | 'retention'
  /** Too fast, not wrong: wait as told. */
  | 'throttled'
  /** 404: no such stream, or not for this user; also what a new stream says in its first seconds. */
  | 'absent'
  /** 401, 403: credentials or policies; a 401 also passes by itself at times. */
  | 'unauthorized'
  /** This machine, or a conflict that passes: says nothing against the region. */
  | 'passing'
  /** The request or the configuration: only a person can change it. */
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
      return 'passing';
    // Nothing that is read can conflict but the group's own state, and a new cursor starts from that.
    case 'conflict':
      return step === 'read' ? 'cursor' : 'passing';
    case 'caller-fault':
      return cursorFault(failure, step);
    case 'auth-fault':
      return 'unauthorized';
    case 'misconfigured':
      return 'refused';
  }
}

/**
 * A cursor is the only thing in a read that can be wrong, so every 400 to one is the cursor's fault, whatever its text
 * (known ones: `The cursor is expired`, `The cursor is invalid`, `Trying to commit unreserved partition`). One of them,
 * `The cursor is outside the retention period and is now invalid`, is not cured by a new cursor.
 */
function cursorFault(failure: CallFailure, step: ReadStep): ReadFault {
  if (failure.type !== 'status' || failure.status !== 400 || step === 'locate') return 'refused';
  if (/outside the retention period/i.test(failure.message)) return 'retention';
  return step === 'read' ? 'cursor' : 'refused';
}

/** How reading from one region goes. Times are monotonic milliseconds; counts are of failures in a row. */
export type ReadHealth =
  /** Has not answered yet: the stream is not known, or was not read. */
  | { readonly type: 'unknown' }
  | { readonly type: 'answering'; readonly at: number }
  | { readonly type: 'retrying'; readonly attempts: number; readonly since: number; readonly latest: string }
  /** Attempts are used up. It goes on being read. */
  | { readonly type: 'failing'; readonly attempts: number; readonly since: number; readonly latest: string }
  /** It answers, but takes none of the cursors made so far. */
  | { readonly type: 'renewing'; readonly attempts: number }
  /** It answers that this stream or user is refused. `final`: for longer than such an answer passes by itself. */
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
  /** Of the active region. */
  readonly active: boolean;
  readonly now: number;
  readonly wallMs: number;
  /** In [0, 1). */
  readonly chance: number;
}

export const NOT_READ_YET: ReadHealth = Object.freeze({ type: 'unknown' });

/** How long a refusal may last before it counts as final, in ms. A new stream answers 404 at first; a 401 passes at times. */
const PATIENCE_MS = { absent: 30_000, unauthorized: 5_000, refused: 0 } as const;
/** The pause after a refusal is as long as the refusal has lasted, between these two, in ms. */
const SHORTEST_REFUSED_MS = 5_000;
const LONGEST_REFUSED_MS = 60_000;
/** Pause where no wait was named and backing off further would gain nothing, in ms: limits are counted by the second. */
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
    case 'passing':
      return { health, pauseMs: shortPause(failed, limits) };
    case 'absent':
    case 'unauthorized':
    case 'refused':
      return refused(health, failed, PATIENCE_MS[failed.fault], limits);
  }
}

/**
 * Whether the other region becomes the active one: this one's attempts are used up, and the other one has answered since
 * that began. If neither answers, the fault may well be on this side, and nothing is gained by a switch.
 */
export function otherTakesOver(active: ReadHealth, other: ReadHealth): boolean {
  return active.type === 'failing' && other.type === 'answering' && other.at >= active.since;
}

/**
 * Whether reading ends and a person is told: the active region refuses for good. A secondary that refuses ends it only when
 * the primary refuses too: there may be much to read in the primary, and the secondary may be permitted later.
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
  // As many attempts within one hiccup prove nothing: they must span a while, like the evidence against a region.
  const usedUp =
    before?.type === 'failing' ||
    (attempts >= limits.maxAttempts && elapsedMs >= MIN_SPAN_MS) ||
    elapsedMs + backoff >= limits.retryWindowMs;
  return {
    health: { type: usedUp ? 'failing' : 'retrying', attempts, since, latest: inShort(failed.failure) },
    pauseMs: usedUp && !failed.active ? Math.min(limits.standbyPollMs, limits.maxDelayMs) : backoff,
  };
}

/** The first new cursor is asked for at once: an expired one is not an outage. */
function cursorFailed(health: ReadHealth, failed: FailedRead, limits: ReadLimits): AfterFailure {
  const attempts = health.type === 'renewing' ? health.attempts + 1 : 1;
  if (attempts > limits.maxAttempts) return refused(health, failed, 0, limits);
  const pauseMs = attempts === 1 ? 0 : backoffMs(attempts - 1, undefined, limits, failed.chance);
  return { health: { type: 'renewing', attempts }, pauseMs };
}

/** Never given up: the pause grows, and then the region is looked at again. */
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
