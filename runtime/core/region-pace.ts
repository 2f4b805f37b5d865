/** How long successful calls to a region take, and whether that is slow. */
export interface CallPace {
  /** Durations of the latest calls, oldest first, in ms. */
  readonly latestMs: readonly number[];
  readonly slow: boolean;
  /** The median of `latestMs`; 0 while there are fewer than ten. */
  readonly medianMs: number;
}

export const UNKNOWN_PACE: CallPace = { latestMs: [], slow: false, medianMs: 0 };

/**
 * The number of calls that is judged: one slow call means nothing, and a slow region shows within a second or two of
 * traffic.
 */
const CALLS = 10;

/**
 * The pace after one more call. A region becomes slow when the median is half of a call's time limit, and prompt again
 * below a quarter. A slow region takes messages, so it is not left.
 */
export function afterCall(pace: CallPace, tookMs: number, requestTimeoutMs: number): CallPace {
  const latestMs = pace.latestMs.slice(1 - CALLS).concat(tookMs);
  if (latestMs.length < CALLS) return { ...pace, latestMs };
  const medianMs = medianOf(latestMs);
  return { latestMs, slow: medianMs >= requestTimeoutMs / (pace.slow ? 4 : 2), medianMs };
}

/** The value above as many as below. Once a call: to sort a copy would be the dearest part of the step. */
function medianOf(values: readonly number[]): number {
  const half = values.length / 2;
  for (const value of values) {
    let below = 0;
    let upTo = 0;
    for (const other of values) {
      if (other < value) below++;
      if (other <= value) upTo++;
    }
    if (below <= half && half < upTo) return value;
  }
  return Number.NaN;
}

const STEP_BYTES = 256 * 1024;
const STEP_MS = 1_000;

/** The time limit of a call, connecting included, in ms: a second more for each 256 KiB of body (A8). */
export function callLimitMs(requestTimeoutMs: number, bodyBytes: number): number {
  return requestTimeoutMs + STEP_MS * Math.floor(bodyBytes / STEP_BYTES);
}

/**
 * How often a region stores a message. A refused entry does not name its partition; so it counts against the region
 * only when the region stores less often than before, else against one partition.
 */
export interface StoreRhythm {
  /** When a message was last stored (monotonic ms). */
  readonly lastAt: number | undefined;
  /** Sum of the times between two answers that stored something (ms), and of their squares; older ones count less. */
  readonly gaps: number;
  readonly squares: number;
}

export const NEVER_STORED: StoreRhythm = Object.freeze({ lastAt: undefined, gaps: 0, squares: 0 });

/** The part of both sums that remains with each answer. */
const KEPT = 0.9;
/** After so many usual gaps without a stored message, it is no coincidence. */
const GAPS = 3;
/** The usual gap before one was measured, in ms. */
const FIRST_GAP_MS = 1_000;
const SHORTEST_MS = 1_500;
const LONGEST_MS = 120_000;

export function afterStore({ lastAt, gaps, squares }: StoreRhythm, now: number): StoreRhythm {
  if (lastAt === undefined) return { lastAt: now, gaps, squares };
  const gap = Math.min(Math.max(0, now - lastAt), LONGEST_MS / GAPS);
  return { lastAt: Math.max(lastAt, now), gaps: gaps * KEPT + gap, squares: squares * KEPT + gap * gap };
}

/**
 * The usual gap, where each gap counts in proportion to its length. A plain mean would be 15 s for two keys that are
 * stored in the same instant every 30 s.
 */
function usualGapMs({ gaps, squares }: StoreRhythm): number {
  return gaps > 0 ? squares / gaps : FIRST_GAP_MS;
}

/** Whether nothing was stored for so long that refused entries count against the region. */
export function hasStoppedStoring(rhythm: StoreRhythm, now: number): boolean {
  if (rhythm.lastAt === undefined) return true;
  const usual = GAPS * usualGapMs(rhythm);
  return now - rhythm.lastAt >= Math.min(Math.max(usual, SHORTEST_MS), LONGEST_MS);
}
