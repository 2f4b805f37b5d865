import { ConsumerGroup, type GroupRecord } from '../state/consumer-group.ts';
import { PartitionLog, type StoredMessage } from '../state/partition-log.ts';
import type { PendingChange, RegionState, RetryToken } from '../state/region-state.ts';
import type { ConnectHarness, Stream, StreamPool, WorkRequest } from '../state/resources.ts';

export const KINDS = ['stream', 'groups', 'pool', 'harness', 'work', 'token', 'changes'] as const;
export type Kind = (typeof KINDS)[number];

/** A stream without its messages and groups. */
type SavedStream = Omit<Stream, 'partitions' | 'groups'> & {
  readonly marks: readonly { readonly nextOffset: number; readonly lostBefore: number }[];
};

/** The records of a region: everything but its messages. */
export function* recordsOf(region: RegionState): Generator<[Kind, id: string, record: unknown]> {
  for (const stream of region.streams.values()) {
    yield ['stream', stream.id, streamRecord(stream)];
    yield ['groups', stream.id, groupRecords(stream)];
  }
  for (const [id, pool] of region.pools) yield ['pool', id, pool];
  for (const [id, harness] of region.harnesses) yield ['harness', id, harness];
  for (const [id, work] of region.workRequests) yield ['work', id, work];
  for (const [id, token] of region.retryTokens) yield ['token', id, token];
  yield ['changes', '', region.changes];
}

/** `undefined` fields are not written to JSON. */
export function streamRecord(stream: Stream): SavedStream {
  const marks = stream.partitions.map(({ nextOffset, lostBefore }) => ({ nextOffset, lostBefore }));
  const record = { ...stream, marks, partitions: undefined, groups: undefined };
  return record;
}

export function groupRecords({ groups }: Stream): GroupRecord[] {
  return [...groups.values()].map((group) => group.record());
}

interface SavedRegion {
  readonly records: (kind: Kind) => [id: string, record: unknown][];
  readonly messages: (streamId: string, partition: number) => StoredMessage[];
}

/** Fills an empty region. */
export function restore(region: RegionState, { records, messages }: SavedRegion): void {
  const groups = new Map(records('groups') as [string, GroupRecord[]][]);
  for (const [id, { marks, ...rest }] of records('stream') as [string, SavedStream][]) {
    const partitions = marks.map(({ nextOffset, lostBefore }, partition) =>
      PartitionLog.restored(region.memoryUse, messages(id, partition), nextOffset, lostBefore),
    );
    const ofStream = (groups.get(id) ?? []).map(
      (record) => [record.name, ConsumerGroup.restored(record)] as const,
    );
    region.streams.set(id, { ...rest, partitions, groups: new Map(ofStream) });
  }
  for (const [id, pool] of records('pool') as [string, StreamPool][]) region.pools.set(id, pool);
  for (const [id, harness] of records('harness') as [string, ConnectHarness][])
    region.harnesses.set(id, harness);
  for (const [id, work] of records('work') as [string, WorkRequest][]) region.workRequests.set(id, work);
  for (const [id, token] of records('token') as [string, RetryToken][]) region.retryTokens.set(id, token);
  for (const [, changes] of records('changes') as [string, PendingChange[]][])
    region.changes.push(...changes);
}
