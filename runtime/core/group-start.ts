/** How long after the beginning `LATEST` still means "from the beginning on", in ms. */
const BEGINNING_MS = 5_000;

export interface Beginning {
  /** Monotonic ms. */
  readonly at: number;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

/**
 * Where a group that does not exist yet begins. `latest` means: what is written after this consumer began. `LATEST` says
 * so without a clock, but counts from the making of the cursor: for a region that is found or answers only later it would
 * jump over messages, so from then on the time is named.
 */
export function groupStart(
  from: string,
  began: Beginning,
  now: number,
): 'TRIM_HORIZON' | 'LATEST' | { readonly time: string } {
  if (from === 'earliest') return 'TRIM_HORIZON';
  if (from !== 'latest') return { time: from };
  return now - began.at <= BEGINNING_MS ? 'LATEST' : { time: new Date(began.wall).toISOString() };
}
