/** When a rule is in force. Milliseconds, counted from when it was set. */
export interface Timing {
  /** The rule starts so much later. */
  readonly afterMs?: number | undefined;
  /** The rule ends so long after its start. */
  readonly forMs?: number | undefined;
  /** In force for `downMs`, not in force for `upMs`, and so on. */
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

/** The next time after `now` at which `isInForce` may change; Infinity if it cannot change any more. */
export function nextChange(timing: Timing, since: number, now: number): number {
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
