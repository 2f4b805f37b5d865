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

/**
 * What a member of a consumer group knows of its share of the partitions. The service limits reads per partition, and tells
 * no member of a rebalance: so a member asks (GetGroup) after as many reads as the limits forgive, and whenever an answer
 * contradicts what it knows. Until it knows, it reads as slowly as one partition allows.
 */
export interface GroupShare {
  /** How many partitions the stream has; undefined before GetGroup said so. */
  readonly partitions: number | undefined;
  /** Partitions that this member holds, as far as known. */
  readonly held: ReadonlySet<string>;
  /** GetGroup said so, and nothing has contradicted it since. */
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

/** A partition may have twice the reads that its limit allows for so many reads: its second's worth is saved up. */
const READS_PER_PARTITION = 3;
/** All members together ask GetGroup at most twice a second, of the 5 that the service takes. */
const PER_MEMBER_MS = 500;
const SHORTEST_MS = 1_000;
/** How often a member asks that reads too little to be told by its reads. */
const LONGEST_MS = 10_000;
/** After a contradiction. */
const SOON_MS = 500;
const LONGEST_FAILED_MS = 30_000;

/** Whether it is time to ask GetGroup. A member that has not read yet has no share. */
export function asksForShare(share: GroupShare, now: number): boolean {
  const { partitions, held, certain, members, reads, askedAt, failures } = share;
  if (reads === 0 || partitions === 1) return false;
  const since = now - askedAt;
  if (failures > 0) return since >= Math.min(SHORTEST_MS * 2 ** failures, LONGEST_FAILED_MS);
  if (!certain) return since >= SOON_MS;
  if (since >= Math.max(LONGEST_MS, members * PER_MEMBER_MS)) return true;
  // A member without a share reads nothing that is limited.
  if (held.size === 0) return false;
  return reads >= READS_PER_PARTITION * held.size && since >= Math.max(SHORTEST_MS, members * PER_MEMBER_MS);
}

/** After an answer that held messages of `partitions`. */
export function shareAfterRead(share: GroupShare, partitions: readonly string[]): GroupShare {
  const reads = share.reads + 1;
  if (partitions.every((partition) => share.held.has(partition))) return { ...share, reads };
  // What was known is of before a rebalance; what was seen since it became uncertain is not.
  const held = new Set(share.certain ? partitions : [...share.held, ...partitions]);
  return { ...share, held, certain: false, reads };
}

/** After a 429: it holds fewer partitions than it knew of. */
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

/** After a failure of GetGroup: what answers show has to do. */
export function shareAfterGroupFailed(share: GroupShare, now: number): GroupShare {
  return { ...share, askedAt: now, failures: share.failures + 1 };
}
