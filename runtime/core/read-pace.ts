/**
 * The service takes 5 calls a second: GetMessages per partition and group, other calls of reading each by itself. A little
 * more than a fifth leaves room for jitter.
 */
export const CALL_SPACING_MS = 210;

/** Longest time between reads of a partition, in ms, where members share a stream: what one leaves, another finds soon. */
export const SHARED_IDLE_MS = 400;

/** The least time between the starts of two reads of a member that holds `held` partitions, in ms. */
export function readSpacingMs(held: number): number {
  return CALL_SPACING_MS / Math.max(held, 1);
}

/**
 * The time between the starts of two reads after `empties` empty answers in a row, in ms; 0 for as soon as the spacing
 * allows.
 *
 * One answer can be of one partition, so an empty one does not mean that the stream is empty: only a round of as many as
 * the member holds does. With each empty round the reads of one partition are twice as far apart, up to `longestMs`. The
 * reads of a round are spread evenly: a member that holds fewer partitions than it knows does not exceed their limits.
 */
export function idleSpacingMs(empties: number, held: number, longestMs: number): number {
  if (empties === 0) return 0;
  const partitions = Math.max(held, 1);
  const round = Math.ceil(empties / partitions);
  return Math.min(CALL_SPACING_MS * 2 ** (round - 1), longestMs) / partitions;
}

/**
 * The time between two heartbeats of a member, in ms: three fit into the group's time-out, but the heartbeats of all
 * `members` together stay below 5 a second, as long as each still has one within two thirds of the time-out.
 */
export function heartbeatSpacingMs(timeoutMs: number, members: number): number {
  return Math.min(Math.max(timeoutMs / 3, members * CALL_SPACING_MS), (timeoutMs * 2) / 3);
}
