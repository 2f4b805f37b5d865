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
