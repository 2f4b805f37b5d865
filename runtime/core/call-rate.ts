/**
 * Keeps a fault from becoming a storm: while a region is suspect, calls to it (retries and probes together) stay at the
 * rate of before, and at least at `FLOOR_PER_S`, so that thin traffic can still be judged. A token bucket whose rate is
 * a moving average over `MEMORY_MS`. Times are monotonic milliseconds.
 */
export interface CallRate {
  /** Calls a second before the fault, as far as known. */
  readonly perSecond: number;
  readonly tokens: number;
  readonly at: number;
}

const FLOOR_PER_S = 10;
const MEMORY_MS = 5_000;

export function startCallRate(now: number): CallRate {
  return { perSecond: 0, tokens: 1, at: now };
}

/** A call to a region that is well: it is counted, never held. */
export function countCall(rate: CallRate, now: number): CallRate {
  const kept = Math.exp(-(now - rate.at) / MEMORY_MS);
  return { perSecond: rate.perSecond * kept + 1_000 / MEMORY_MS, tokens: 1, at: now };
}

/** A call to a suspect region: how long it has to wait for its turn, in ms, and the rate with that turn taken. */
export function takeTurn(rate: CallRate, now: number): { readonly waitMs: number; readonly rate: CallRate } {
  const perMs = Math.max(rate.perSecond, FLOOR_PER_S) / 1_000;
  const tokens = Math.min(rate.tokens + (now - rate.at) * perMs, 1) - 1;
  // A negative balance is a queue: each caller waits until its own token has dripped in.
  return { waitMs: tokens < 0 ? -tokens / perMs : 0, rate: { ...rate, tokens, at: now } };
}

/** Whether a turn is free right now, for calls that nobody waits for (probes). */
export function hasFreeTurn(rate: CallRate, now: number): boolean {
  return takeTurn(rate, now).waitMs === 0;
}
