/**
 * How far the primary has recovered while the secondary is active. Probes are 5 s apart, growing to 30 s, while it does
 * not answer, and 5 s apart once it answers; after a minute without a failure one real batch is the trial. Times are
 * monotonic milliseconds.
 */
export type PrimaryRecovery =
  | { readonly type: 'silent'; readonly probes: number }
  | { readonly type: 'healing'; readonly since: number }
  | { readonly type: 'ready' }
  /** One real batch is under way to the primary. */
  | { readonly type: 'trial' };

export interface RecoveryLimits {
  readonly probeIntervalMs: number;
  readonly failbackAfterMs: number;
}

const MAX_PROBE_INTERVAL_MS = 30_000;

export function nextProbeMs(recovery: PrimaryRecovery, limits: RecoveryLimits): number {
  if (recovery.type !== 'silent') return limits.probeIntervalMs;
  return Math.min(limits.probeIntervalMs * 1.5 ** recovery.probes, MAX_PROBE_INTERVAL_MS);
}

export function afterProbe(
  recovery: PrimaryRecovery,
  answered: boolean,
  now: number,
  limits: RecoveryLimits,
): PrimaryRecovery {
  if (!answered) return { type: 'silent', probes: recovery.type === 'silent' ? recovery.probes + 1 : 0 };
  if (recovery.type === 'silent') return { type: 'healing', since: now };
  if (recovery.type === 'healing' && now - recovery.since >= limits.failbackAfterMs) return { type: 'ready' };
  return recovery;
}

/**
 * Failover is never limited; failback is, so that a region that keeps failing does not cause one switch after another.
 */
export function mayFailBack(
  recovery: PrimaryRecovery,
  lastFailbackAt: number | undefined,
  now: number,
  limits: { readonly failback: boolean; readonly failbackMinIntervalMs: number },
): boolean {
  if (!limits.failback || recovery.type !== 'ready') return false;
  return lastFailbackAt === undefined || now - lastFailbackAt >= limits.failbackMinIntervalMs;
}
