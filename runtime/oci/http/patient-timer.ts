import type { Clock } from '../../clock.ts';

/** A timer that is this late, in ms, says that the event loop was blocked, not that the other side is slow. */
const LATE_MS = 200;
const GRACE_MS = 1_000;

/**
 * Runs `task` when `ms` are over; when the timer itself comes late, gives what may lie unread in the sockets a little
 * longer, once (C9). Returns a function that cancels it.
 */
export function afterPatiently(
  clock: Pick<Clock, 'now' | 'after'>,
  ms: number,
  task: () => void,
): () => void {
  const dueAt = clock.now() + ms;
  let cancel = clock.after(ms, () => {
    if (clock.now() - dueAt > LATE_MS) cancel = clock.after(Math.min(ms, GRACE_MS), task);
    else task();
  });
  return () => cancel();
}
