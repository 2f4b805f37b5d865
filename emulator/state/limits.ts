/** What the service limits besides sizes, each switchable: Infinity is no limit. */
export interface Limits {
  /** Bytes a second, keys and values decoded, that a partition takes. Above it a put's entries are refused with 429. */
  readonly putBytesPerSecond: number;
  /** Bytes a second that a partition gives. */
  readonly getBytesPerSecond: number;
  /** GetMessages a second on a partition, for each consumer group; plain cursors together count as one group. */
  readonly getsPerSecond: number;
  /** Calls a second for each row of the table of call limits: commits, heartbeats, cursors, groups, admin calls. */
  readonly callsPerSecond: number;
  readonly groupsPerStream: number;
  /** Of all streams of the tenancy in the region. */
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

/** The service's own. `getBytesPerSecond` is the healthy ceiling that its metrics page names. */
export const STRICT: Limits = Object.freeze({
  putBytesPerSecond: 1_000_000,
  getBytesPerSecond: 2_000_000,
  getsPerSecond: 5,
  callsPerSecond: 5,
  groupsPerStream: 50,
  partitions: 200,
});
