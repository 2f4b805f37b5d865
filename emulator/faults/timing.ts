/** When a rule is in force, counted from when it was set. Milliseconds. */
export interface Timing {
  /** Begins so much later. */
  readonly afterMs?: number | undefined;
  /** Is over so long after it began. */
  readonly forMs?: number | undefined;
  /** In force for `downMs`, not for `upMs`, and again. */
  readonly flap?: { readonly downMs: number; readonly upMs: number } | undefined;
}

export function isOver({ afterMs = 0, forMs = Infinity }: Timing, since: number, now: number): boolean {
  return now - since >= afterMs + forMs;
}

export function isInForce(timing: Timing, since: number, now: number): boolean {
  const elapsed = now - since - (timing.afterMs ?? 0);
  if (elapsed < 0 || isOver(timing, since, now)) return false;
  const { flap } = timing;
  return flap === undefined || elapsed % (flap.downMs + flap.upMs) < flap.downMs;
}

/** The next time after `now` at which being in force may change; Infinity when it no longer does. */
export function nextTurn(timing: Timing, since: number, now: number): number {
  const { afterMs = 0, forMs = Infinity, flap } = timing;
  const begin = since + afterMs;
  if (now < begin) return begin;
  if (isOver(timing, since, now)) return Infinity;
  const end = begin + forMs;
  if (flap === undefined) return end;
  const period = flap.downMs + flap.upMs;
  const into = (now - begin) % period;
  return Math.min(end, now - into + (into < flap.downMs ? flap.downMs : period));
}
