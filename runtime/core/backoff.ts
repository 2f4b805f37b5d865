export interface BackoffLimits {
  /** The first wait is at most this, in ms; it doubles from attempt to attempt. */
  readonly baseDelayMs: number;
  /** No wait is longer, in ms, whatever the service asks for. */
  readonly maxDelayMs: number;
}

/**
 * How long to wait before attempt `failed + 1`, in ms. Exponential with full jitter (`chance` in [0, 1)); a wait that
 * the service named comes first, with up to a tenth on top so that not everybody returns in the same instant.
 */
export function backoffMs(
  failed: number,
  hintMs: number | undefined,
  limits: BackoffLimits,
  chance: number,
): number {
  if (hintMs !== undefined) return Math.min(hintMs * (1 + chance / 10), limits.maxDelayMs);
  const ceiling = Math.min(limits.baseDelayMs * 2 ** (failed - 1), limits.maxDelayMs);
  return ceiling * chance;
}

/**
 * The wait that a failure names, in ms, or undefined when it names none that makes sense. `Retry-After` is seconds or an
 * HTTP date (RFC 9110, 10.2.3); a 429 of GetMessages has it in its text: `next request can be made in <n> ms`.
 */
export function retryHintMs(
  failure: { retryAfter?: string; message?: string },
  wallMs: number,
): number | undefined {
  const inText = /can be made in\s*(\d{1,9})\s*ms/i.exec(failure.message ?? '')?.[1];
  if (inText !== undefined) return sane(Number(inText));
  const header = failure.retryAfter?.trim();
  if (header === undefined || header === '') return undefined;
  if (/^\d{1,12}(\.\d{1,6})?$/.test(header)) return sane(Number(header) * 1000);
  // Date.parse alone would take almost any text for a date.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(header)) return undefined;
  return sane(Date.parse(header) - wallMs);
}

function sane(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/**
 * Keeps a fault from becoming a storm: while a region is suspect, calls to it (retries and probes together) stay at the
 * rate of before, and at least at `FLOOR_PER_S`, so that thin traffic can still be judged. A token bucket whose rate is
 * a moving average over `MEMORY_MS`. Times are monotonic milliseconds.
 */
export interface CallBudget {
  /** Calls a second before the fault, as far as known. */
  readonly perSecond: number;
  readonly tokens: number;
  readonly at: number;
}

const FLOOR_PER_S = 10;
const MEMORY_MS = 5_000;

export function newCallBudget(now: number): CallBudget {
  return { perSecond: 0, tokens: 1, at: now };
}

/** A call to a region that is well: it is counted, never held. */
export function countCall(budget: CallBudget, now: number): CallBudget {
  const kept = Math.exp(-(now - budget.at) / MEMORY_MS);
  return { perSecond: budget.perSecond * kept + 1_000 / MEMORY_MS, tokens: 1, at: now };
}

/** A call to a suspect region: how long it has to wait for its turn, in ms, and the rate with that turn taken. */
export function spendCall(
  budget: CallBudget,
  now: number,
): { readonly waitMs: number; readonly budget: CallBudget } {
  const perMs = Math.max(budget.perSecond, FLOOR_PER_S) / 1_000;
  const tokens = Math.min(budget.tokens + (now - budget.at) * perMs, 1) - 1;
  // A negative balance is a queue: each caller waits until its own token has dripped in.
  return { waitMs: tokens < 0 ? -tokens / perMs : 0, budget: { ...budget, tokens, at: now } };
}

/** Whether a turn is free right now, for calls that nobody waits for (probes). */
export function canSpendCall(budget: CallBudget, now: number): boolean {
  return spendCall(budget, now).waitMs === 0;
}
