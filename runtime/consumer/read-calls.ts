import { answerOf, type Region } from '../region.ts';

/** The calls of the port that reading needs. */
export type ReadCalls = Pick<
  Region,
  'groupCursor' | 'read' | 'commit' | 'heartbeat' | 'group' | 'partitionCursor' | 'resetGroup'
>;

/**
 * The same calls, for certain as the port promises: each one ends in an answer, whatever the implementation throws, rejects
 * with or gives instead, and as soon as its signal aborts.
 */
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
