/**
 * The least time between two calls, in ms. The service allows 5 calls a second: GetMessages per partition and group,
 * each other operation by itself. 210 instead of 200 allows for jitter.
 */
export const CALL_SPACING_MS = 210;

/**
 * The longest time between reads of a partition while several members share a stream, in ms: a partition that one
 * member leaves must soon be read by another.
 */
export const SHARED_IDLE_MS = 400;

/** The least time between the starts of two reads of a member that holds `held` partitions, in ms. */
export function readSpacingMs(held: number): number {
  return CALL_SPACING_MS / Math.max(held, 1);
}

/**
 * The time between the starts of two reads after `empties` empty answers in a row, in ms; 0: as soon as `readSpacingMs`
 * allows.
 *
 * An answer covers one partition, so the stream is empty only after a round of as many empty answers as the member
 * holds partitions. With each empty round the reads of one partition are twice as far apart, up to `longestMs`. The
 * reads of a round are spread evenly, so that a member that holds fewer partitions than it assumes stays within their
 * limits.
 */
export function idleSpacingMs(empties: number, held: number, longestMs: number): number {
  if (empties === 0) return 0;
  const partitions = Math.max(held, 1);
  const round = Math.ceil(empties / partitions);
  return Math.min(CALL_SPACING_MS * 2 ** (round - 1), longestMs) / partitions;
}

/**
 * The time between two heartbeats of a member, in ms: a third of the group's time-out, or longer, up to two thirds, so
 * that all `members` together stay below 5 a second.
 */
export function heartbeatSpacingMs(timeoutMs: number, members: number): number {
  return Math.min(Math.max(timeoutMs / 3, members * CALL_SPACING_MS), (timeoutMs * 2) / 3);
}

/**
 * Which partitions a member of a consumer group holds, as far as it knows. The service limits reads per partition and
 * announces no rebalance, so a member calls GetGroup after as many reads as the limits tolerate, and whenever an answer
 * contradicts what it knows. Until then it reads at the pace of one partition.
 */
export interface GroupShare {
  /** How many partitions the stream has; undefined before GetGroup said so. */
  readonly partitions: number | undefined;
  /** Partitions that this member holds, as far as known. */
  readonly held: ReadonlySet<string>;
  /** GetGroup confirmed `held`, and no answer has contradicted it since. */
  readonly certain: boolean;
  /** Members that are known to hold partitions, this one counted. */
  readonly members: number;
  /** Reads since GetGroup was last answered. */
  readonly reads: number;
  /** When GetGroup was last asked, in monotonic ms. */
  readonly askedAt: number;
  /** How many times in a row GetGroup failed. */
  readonly failures: number;
}

export const UNKNOWN_SHARE: GroupShare = Object.freeze({
  partitions: undefined,
  held: new Set<string>(),
  certain: false,
  members: 1,
  reads: 0,
  askedAt: -Infinity,
  failures: 0,
});

interface Reserved {
  readonly partition: string;
  readonly instance: string | undefined;
}

/**
 * A member that assumes too many partitions reads some too often. After so many reads per partition it checks: the
 * service tolerates a burst of one second.
 */
const READS_PER_PARTITION = 3;
/**
 * The time between two GetGroup calls of a member, times the number of members, in ms: 2 a second in all, of the 5 that
 * the service allows.
 */
const PER_MEMBER_MS = 500;
const SHORTEST_MS = 1_000;
/** The longest time between two GetGroup calls, in ms, for members that read little. */
const LONGEST_MS = 10_000;
/** The pause after an answer that contradicts what is known, in ms. */
const SOON_MS = 500;
const LONGEST_FAILED_MS = 30_000;

/** Whether to call GetGroup now. A member that has not read yet holds nothing. */
export function asksForShare(share: GroupShare, now: number): boolean {
  const { partitions, held, certain, members, reads, askedAt, failures } = share;
  if (reads === 0 || partitions === 1) return false;
  const since = now - askedAt;
  if (failures > 0) return since >= Math.min(SHORTEST_MS * 2 ** failures, LONGEST_FAILED_MS);
  if (!certain) return since >= SOON_MS;
  if (since >= Math.max(LONGEST_MS, members * PER_MEMBER_MS)) return true;
  // A member without partitions has no read to limit.
  if (held.size === 0) return false;
  return reads >= READS_PER_PARTITION * held.size && since >= Math.max(SHORTEST_MS, members * PER_MEMBER_MS);
}

/** After an answer that held messages of `partitions`. */
export function shareAfterRead(share: GroupShare, partitions: readonly string[]): GroupShare {
  const reads = share.reads + 1;
  if (partitions.every((partition) => share.held.has(partition))) return { ...share, reads };
  // What GetGroup said is from before a rebalance; what answers have shown since then is valid.
  const held = new Set(share.certain ? partitions : [...share.held, ...partitions]);
  return { ...share, held, certain: false, reads };
}

/** After a 429: the member holds fewer partitions than it assumed. */
export function shareAfterThrottling(share: GroupShare): GroupShare {
  return { ...share, held: new Set(), certain: false };
}

/** After an answer of GetGroup. */
export function shareAfterGroup(
  share: GroupShare,
  reservations: readonly Reserved[],
  instance: string,
  now: number,
): GroupShare {
  const held = reservations.filter((each) => each.instance === instance).map(({ partition }) => partition);
  const instances = new Set(reservations.map((each) => each.instance ?? instance)).add(instance);
  return {
    partitions: reservations.length === 0 ? share.partitions : reservations.length,
    held: new Set(held),
    certain: true,
    members: instances.size,
    reads: 0,
    askedAt: now,
    failures: 0,
  };
}

/** After a failed GetGroup: the partitions seen in answers must do. */
export function shareAfterGroupFailed(share: GroupShare, now: number): GroupShare {
  return { ...share, askedAt: now, failures: share.failures + 1 };
}

/** The time between two commits of a member, in ms: all `members` together stay below 5 a second. */
export function commitSpacingMs(members: number): number {
  return members * CALL_SPACING_MS;
}
