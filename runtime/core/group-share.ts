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
