/** For so long after the start of a consumer, its `LATEST` is as good as the time of the start, in ms. */
const STARTING_MS = 5_000;

/** One moment by both clocks. */
export interface Moment {
  /** Monotonic ms. */
  readonly at: number;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

/**
 * Where a new group starts. `latest` means: with what is written after this consumer started. The service's `LATEST`
 * counts from the creation of the cursor, so it would skip messages in a region that is found, or answers, only later:
 * there the time of the start is sent.
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

/**
 * Messages that are handled but perhaps not committed: their offsets in order, per partition. A new group cursor starts
 * from the committed offset, so exactly these are delivered again first, and the handler need not get them twice.
 *
 * Only that exact sequence is left out. Any other means that the group's position was changed (an operator's reset,
 * another member's commit); then the handler gets every message, because a copy is better than a gap. Offsets have
 * gaps, so a range would not do.
 */
export type ExpectedAgain = ReadonlyMap<string, readonly number[]>;

interface Position {
  readonly partition: string;
  readonly offset: number;
}

export const NOTHING_EXPECTED: ExpectedAgain = new Map();

/**
 * What is delivered again when the cursor is lost after `handled`, the last answer. Its messages come before those that
 * were expected already.
 */
export function expectAgain(expected: ExpectedAgain, handled: readonly Position[]): ExpectedAgain {
  if (handled.length === 0) return expected;
  const all = new Map<string, number[]>();
  for (const { partition, offset } of handled) {
    const offsets = all.get(partition);
    if (offsets === undefined) all.set(partition, [offset]);
    else offsets.push(offset);
  }
  for (const [partition, offsets] of expected) {
    all.set(partition, [...(all.get(partition) ?? []), ...offsets]);
  }
  return all;
}

/** The messages of an answer that the handler gets, and what is still expected to be delivered again. */
export function withoutRedelivered<M extends Position>(
  expected: ExpectedAgain,
  messages: readonly M[],
): { readonly fresh: readonly M[]; readonly expected: ExpectedAgain } {
  if (expected.size === 0) return { fresh: messages, expected };
  const left = new Map(expected);
  const seen = new Map<string, number>();
  const fresh = messages.filter(({ partition, offset }) => {
    const index = seen.get(partition) ?? 0;
    const isExpected = left.get(partition)?.[index] === offset;
    if (isExpected) seen.set(partition, index + 1);
    else left.delete(partition);
    return !isExpected;
  });
  for (const [partition, index] of seen) {
    const later = left.get(partition)?.slice(index) ?? [];
    if (later.length > 0) left.set(partition, later);
    else left.delete(partition);
  }
  return { fresh, expected: left };
}
