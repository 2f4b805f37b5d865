/** How long after its start a consumer's `LATEST` still means "from its start on", in ms. */
const STARTING_MS = 5_000;

/** One moment by both clocks. */
export interface Moment {
  /** Monotonic ms. */
  readonly at: number;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

/**
 * Where a group that does not exist yet begins. `latest` means: what is written after this consumer started. `LATEST` says
 * so without a clock, but counts from the creation of the cursor: for a region that is found or answers only later it would
 * skip messages, so from then on the time is named.
 */
export function groupStart(
  from: string,
  started: Moment,
  now: number,
): 'TRIM_HORIZON' | 'LATEST' | { readonly time: string } {
  if (from === 'earliest') return 'TRIM_HORIZON';
  if (from !== 'latest') return { time: from };
  return now - started.at <= STARTING_MS ? 'LATEST' : { time: new Date(started.wall).toISOString() };
}
