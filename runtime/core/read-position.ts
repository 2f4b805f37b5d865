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

/** Offsets in order, per partition. Offsets have gaps, so a range would not do. */
export type Offsets = ReadonlyMap<string, readonly number[]>;

interface Position {
  readonly partition: string;
  readonly offset: number;
}

export function offsetsOf(messages: readonly Position[]): Offsets {
  const all = new Map<string, number[]>();
  let last: string | undefined;
  let offsets: number[] = [];
  for (const { partition, offset } of messages) {
    if (partition !== last) {
      last = partition;
      const known = all.get(partition);
      offsets = known ?? [];
      if (known === undefined) all.set(partition, offsets);
    }
    offsets.push(offset);
  }
  return all;
}

export function countOf(offsets: Offsets): number {
  let count = 0;
  for (const { length } of offsets.values()) count += length;
  return count;
}

/**
 * Messages that are handled but perhaps not committed: per partition, the offsets of each answer, oldest first. A new
 * group cursor starts from the committed offset, so exactly these are delivered again first, and the handler need not
 * get them twice. Where a commit was not answered, it starts with a later answer.
 *
 * Only that exact sequence is left out. Any other means that the group's position was changed (an operator's reset,
 * another member's commit); then the handler gets every message, because a copy is better than a gap.
 */
export type ExpectedAgain = ReadonlyMap<string, readonly (readonly number[])[]>;

export const NOTHING_EXPECTED: ExpectedAgain = new Map();

/**
 * What is delivered again when the cursor is lost after `handled`, the answers since the last commit, oldest first. What
 * was expected already comes after them.
 */
export function expectAgain(expected: ExpectedAgain, handled: readonly Offsets[]): ExpectedAgain {
  const all = new Map<string, readonly (readonly number[])[]>();
  const add = (partition: string, answers: readonly (readonly number[])[]): void => {
    all.set(partition, [...(all.get(partition) ?? []), ...answers]);
  };
  for (const answer of handled) for (const [partition, offsets] of answer) add(partition, [offsets]);
  for (const [partition, answers] of expected) add(partition, answers);
  return all;
}

/** The messages of an answer that the handler gets, and what is still expected to be delivered again. */
export function withoutRedelivered<M extends Position>(
  expected: ExpectedAgain,
  messages: readonly M[],
): { readonly fresh: readonly M[]; readonly expected: ExpectedAgain } {
  if (expected.size === 0) return { fresh: messages, expected };
  const left = new Map(expected);
  /** Per partition that has begun: the offsets that must follow. */
  const begun = new Map<string, { offsets: readonly number[]; index: number }>();
  const fresh = messages.filter(({ partition, offset }) => {
    let following = begun.get(partition);
    if (following === undefined) {
      const answers = left.get(partition) ?? [];
      const first = answers.findIndex(([start]) => start === offset);
      following = { offsets: first === -1 ? [] : answers.slice(first).flat(), index: 0 };
      begun.set(partition, following);
      left.delete(partition);
    }
    const isExpected = following.offsets[following.index] === offset;
    if (isExpected) following.index += 1;
    else following.offsets = [];
    return !isExpected;
  });
  for (const [partition, { offsets, index }] of begun) {
    const later = offsets.slice(index);
    if (later.length > 0) left.set(partition, [later]);
  }
  return { fresh, expected: left };
}
