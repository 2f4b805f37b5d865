import { answerOf, type Region } from '../region.ts';

/** The calls of a region that a consumer makes. */
export type ReadCalls = Pick<
  Region,
  'groupCursor' | 'read' | 'commit' | 'heartbeat' | 'group' | 'partitionCursor' | 'resetGroup'
>;

/** The same calls, but each one ends in an `Answer`, also when the implementation throws, and at once when its signal aborts. */
export function guardedCalls(region: ReadCalls): ReadCalls {
  return {
    groupCursor: (stream, group, options) =>
      answerOf(() => region.groupCursor(stream, group, options), options?.signal),
    read: (stream, cursor, options) => answerOf(() => region.read(stream, cursor, options), options.signal),
    commit: (stream, cursor, options) =>
      answerOf(() => region.commit(stream, cursor, options), options?.signal),
    heartbeat: (stream, cursor, options) =>
      answerOf(() => region.heartbeat(stream, cursor, options), options?.signal),
    group: (stream, group, options) => answerOf(() => region.group(stream, group, options), options?.signal),
    partitionCursor: (stream, partition, from, options) =>
      answerOf(() => region.partitionCursor(stream, partition, from, options), options?.signal),
    resetGroup: (stream, group, to, options) =>
      answerOf(() => region.resetGroup(stream, group, to, options), options?.signal),
  };
}
