/** How long the calls took that a region answered well, and whether that is slow. */
export interface CallPace {
  /** Of the latest calls, oldest first, in ms. */
  readonly latestMs: readonly number[];
  readonly slow: boolean;
  /** The middle one of `latestMs`; 0 before there are enough to tell. */
  readonly medianMs: number;
}

export const UNKNOWN_PACE: CallPace = { latestMs: [], slow: false, medianMs: 0 };

/** As many calls tell: one slow one is nothing, and a brown-out shows within a second or two of traffic. */
const CALLS = 10;

/**
 * The pace after one more call. A region is slow when the median takes half of the time that a call has, and no longer when
 * it takes a quarter: in between it stays what it was. Slow is not down: it takes messages, and nobody leaves it for that.
 */
export function afterCall(pace: CallPace, tookMs: number, requestTimeoutMs: number): CallPace {
  const latestMs = [...pace.latestMs, tookMs].slice(-CALLS);
  if (latestMs.length < CALLS) return { ...pace, latestMs };
  const medianMs = latestMs.toSorted((a, b) => a - b)[CALLS / 2]!;
  return { latestMs, slow: medianMs >= requestTimeoutMs / (pace.slow ? 4 : 2), medianMs };
}

const STEP_BYTES = 256 * 1024;
const STEP_MS = 1_000;

/** How long a call may take, in ms, the connection counted: a second more for each 256 KiB of body (A8). */
export function callLimitMs(requestTimeoutMs: number, bodyBytes: number): number {
  return requestTimeoutMs + STEP_MS * Math.floor(bodyBytes / STEP_BYTES);
}

/**
 * How often a region stores something, so that a partition that refuses can be told from a region that does. A refused
 * entry does not name its partition; but while other messages are stored as often as before, the region is well.
 */
export interface StoreRhythm {
  /** When a message was stored last (monotonic ms); undefined: never. */
  readonly lastAt: number | undefined;
  /** Times between two answers that stored something (ms), and their squares; the older, the less they count. */
  readonly gaps: number;
  readonly squares: number;
}

export const NEVER_STORED: StoreRhythm = Object.freeze({ lastAt: undefined, gaps: 0, squares: 0 });

/** How much the sums keep with each answer. */
const KEPT = 0.9;
/** Silence for so many usual gaps is no chance any more. */
const GAPS = 3;
/** What is taken for a gap before there was one, in ms. */
const FIRST_GAP_MS = 1_000;
const SHORTEST_MS = 1_500;
const LONGEST_MS = 120_000;

export function afterStore({ lastAt, gaps, squares }: StoreRhythm, now: number): StoreRhythm {
  if (lastAt === undefined) return { lastAt: now, gaps, squares };
  const gap = Math.min(Math.max(0, now - lastAt), LONGEST_MS / GAPS);
  return { lastAt: Math.max(lastAt, now), gaps: gaps * KEPT + gap, squares: squares * KEPT + gap * gap };
}

/**
 * The time between two answers as a clock sees it: each gap weighs as much as it lasts. A plain mean would take two keys that
 * are stored in the same instant every 30 s for one that is stored every 15 s.
 */
function usualGapMs({ gaps, squares }: StoreRhythm): number {
  return gaps > 0 ? squares / gaps : FIRST_GAP_MS;
}

/** Whether nothing was stored for so long that refused entries speak of the whole region. */
export function hasStoppedStoring(rhythm: StoreRhythm, now: number): boolean {
  if (rhythm.lastAt === undefined) return true;
  const usual = GAPS * usualGapMs(rhythm);
  return now - rhythm.lastAt >= Math.min(Math.max(usual, SHORTEST_MS), LONGEST_MS);
}
