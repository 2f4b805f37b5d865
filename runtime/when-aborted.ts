/**
 * Runs `act` when the signal aborts, and at once when it has: the event of an abort does not reach listeners that come later, and one
 * that is added while it goes round comes later. Returns what ends that.
 */
export function whenAborted(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted === true) act();
  else signal?.addEventListener('abort', act, { once: true });
  return () => signal?.removeEventListener('abort', act);
}
