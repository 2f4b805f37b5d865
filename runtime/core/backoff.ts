export interface BackoffLimits {
  /** The first wait is at most this, in ms; it doubles from attempt to attempt. */
  readonly baseDelayMs: number;
  /** No wait is longer, in ms, not even one that the service names. */
  readonly maxDelayMs: number;
}

/**
 * How long to wait before attempt `failed + 1`, in ms: exponential with full jitter (`chance` in [0, 1)). A wait that
 * the service names replaces it; up to a tenth is added, so that clients do not all return at the same instant.
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
 * The wait that the service names in a failure, in ms; undefined when there is none, or none that is valid.
 * `Retry-After` is seconds or an HTTP date (RFC 9110, 10.2.3); a 429 of GetMessages has it in its text: `next request
 * can be made in <n> ms`.
 */
export function retryHintMs(
  failure: { retryAfter?: string; message?: string },
  wallMs: number,
): number | undefined {
  const inText = /can be made in\s*(\d{1,9})\s*ms/i.exec(failure.message ?? '')?.[1];
  if (inText !== undefined) return sane(Number(inText));
  const header = failure.retryAfter?.trim();
  if (header === undefined) return undefined;
  if (/^\d{1,12}(\.\d{1,6})?$/.test(header)) return sane(Number(header) * 1000);
  // `Date.parse` alone accepts almost any text.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(header)) return undefined;
  return sane(Date.parse(header) - wallMs);
}

function sane(ms: number): number | undefined {
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/**
 * Prevents a retry storm. Calls to a suspect region (retries and probes together) keep the rate that they had before
 * the fault, and at least `FLOOR_PER_S`, so that evidence is gathered with little traffic too. A token bucket whose
 * rate is a moving average over `MEMORY_MS`. Times are monotonic milliseconds.
 */
export interface CallBudget {
  /** Calls a second before the fault. */
  readonly perSecond: number;
  readonly tokens: number;
  readonly at: number;
}

const FLOOR_PER_S = 10;
const MEMORY_MS = 5_000;

export function newCallBudget(now: number): CallBudget {
  return { perSecond: 0, tokens: 1, at: now };
}

/** Counts a call to a healthy region. Such a call never waits. */
export function countCall(budget: CallBudget, now: number): CallBudget {
  const kept = Math.exp(-(now - budget.at) / MEMORY_MS);
  return { perSecond: budget.perSecond * kept + 1_000 / MEMORY_MS, tokens: 1, at: now };
}

/** Spends one call to a suspect region: how long that call has to wait, in ms, and the budget after it. */
export function spendCall(
  budget: CallBudget,
  now: number,
): { readonly waitMs: number; readonly budget: CallBudget } {
  const perMs = Math.max(budget.perSecond, FLOOR_PER_S) / 1_000;
  const tokens = Math.min(budget.tokens + (now - budget.at) * perMs, 1) - 1;
  // A negative balance is a queue: each caller waits until its own token is available.
  return { waitMs: tokens < 0 ? -tokens / perMs : 0, budget: { ...budget, tokens, at: now } };
}

/** Whether a call would not have to wait. Probes ask this first, because they are left out rather than delayed. */
export function canSpendCall(budget: CallBudget, now: number): boolean {
  return spendCall(budget, now).waitMs === 0;
}
