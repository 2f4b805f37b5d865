/** The service's limits besides sizes. Infinity is no limit. */
export interface Limits {
  /** Bytes per second (keys and values, decoded) written to a partition. Above it the entries of a put are refused with 429. */
  readonly putBytesPerSecond: number;
  /** Bytes per second read from a partition, for each consumer group. */
  readonly getBytesPerSecond: number;
  /** GetMessages per second on a partition, for each consumer group. All partition cursors together count as one group. */
  readonly getsPerSecond: number;
  /** Calls per second for each bucket of `operations/call-limits.ts`: commits, heartbeats, cursors, groups, admin calls. */
  readonly callsPerSecond: number;
  readonly groupsPerStream: number;
  /** Partitions of all streams of the tenancy in the region. */
  readonly partitions: number;
}

export const RELAXED: Limits = Object.freeze({
  putBytesPerSecond: Infinity,
  getBytesPerSecond: Infinity,
  getsPerSecond: Infinity,
  callsPerSecond: Infinity,
  groupsPerStream: Infinity,
  partitions: Infinity,
});

/** The service's limits. `getBytesPerSecond` is the healthy maximum according to its metrics page. */
export const STRICT: Limits = Object.freeze({
  putBytesPerSecond: 1_000_000,
  getBytesPerSecond: 2_000_000,
  getsPerSecond: 5,
  callsPerSecond: 5,
  groupsPerStream: 50,
  partitions: 200,
});
