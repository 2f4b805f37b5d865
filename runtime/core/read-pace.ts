/**
 * The service takes 5 calls a second: GetMessages per partition and group, other calls of reading each by itself. A little
 * more than a fifth leaves room for jitter.
 */
export const CALL_SPACING_MS = 210;

/** The least time between the starts of two reads, in ms. The service goes round the partitions, and each has its own limit. */
export function readSpacingMs(partitions: number): number {
  return CALL_SPACING_MS / partitions;
}

/**
 * How long to pause after the `empties`-th empty answer in a row, in ms; 0 for as soon as the spacing allows.
 *
 * One answer can be of one partition, so an empty one does not mean that the stream is empty: only a round of as many as
 * there are partitions does. After each empty round the pause doubles, up to `longestMs`.
 */
export function idlePauseMs(empties: number, partitions: number, longestMs: number): number {
  if (empties === 0 || empties % partitions !== 0) return 0;
  const rounds = empties / partitions;
  return Math.min(CALL_SPACING_MS * 2 ** (rounds - 1), longestMs);
}
