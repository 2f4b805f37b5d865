import { describe, expect, test } from 'vitest';
import { ConsumerGroup, type GroupStart } from '../../../emulator/state/consumer-group.ts';
import { MemoryUse, PartitionLog } from '../../../emulator/state/partition-log.ts';

const NOBODY = new Set<number>();

/** Logs of five messages each, stored at 0, 1000, … 4000 ms. */
function logsOf(partitions: number): PartitionLog[] {
  return Array.from({ length: partitions }, () => {
    const log = new PartitionLog(new MemoryUse());
    for (let index = 0; index < 5; index++) log.append(null, 'YQ==', 1, index * 1_000);
    return log;
  });
}

function groupOf(partitions: number, start: GroupStart = { type: 'TRIM_HORIZON' }): ConsumerGroup {
  return new ConsumerGroup('g', logsOf(partitions), start, 0);
}

/** A read of each member in turn, at `now`. */
function take(group: ConsumerGroup, members: readonly string[], now: number): number[][] {
  return members.map((member) => {
    group.removeTimedOut(now);
    group.recordHeartbeat(member, 30_000, now);
    group.rebalance(member, NOBODY);
    return group.heldBy(member);
  });
}

describe('which member reads which partition', () => {
  test('a single member reads all of them, and gives up its surplus when others join', () => {
    const group = groupOf(5);
    expect(take(group, ['a'], 0)).toEqual([[0, 1, 2, 3, 4]]);
    take(group, ['a', 'b'], 1);
    expect(take(group, ['a', 'b'], 2)).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  test('partitions with uncommitted messages are given up last', () => {
    const group = groupOf(4);
    take(group, ['a', 'b'], 0);
    group.rebalance('a', new Set([2, 3]));
    expect(group.heldBy('a')).toEqual([2, 3]);
  });

  test('a member that was silent for its time-out loses its partitions', () => {
    const group = groupOf(2);
    take(group, ['a', 'b'], 0);
    group.recordHeartbeat('b', 30_000, 29_999);
    group.removeTimedOut(30_000);
    expect(group.heldBy('a')).toEqual([]);
    expect(take(group, ['b'], 30_001)).toEqual([[0, 1]]);
  });

  test('reads go round: the next one starts after the partition that was read last', () => {
    const group = groupOf(3);
    take(group, ['a'], 0);
    group.recordRead('a', 1);
    expect(group.readOrder('a')).toEqual([2, 0, 1]);
  });
});

describe('where a group reads', () => {
  test.each<[GroupStart, number]>([
    [{ type: 'TRIM_HORIZON' }, 0],
    [{ type: 'LATEST' }, 5],
    [{ type: 'AT_TIME', time: 2_500 }, 3],
  ])('without a commit it starts at %o', (start, offset) => {
    const [log] = logsOf(1);
    expect(new ConsumerGroup('g', [log!], start, 0).position(0, log!)).toBe(offset);
  });

  test('after a commit it continues after it; an older commit changes nothing', () => {
    const [log] = logsOf(1);
    const group = new ConsumerGroup('g', [log!], { type: 'TRIM_HORIZON' }, 0);
    group.commit(0, 3);
    group.commit(0, 1);
    expect(group.position(0, log!)).toBe(4);
  });

  test('a reset starts anew, keeps the members, and makes older cursors invalid', () => {
    const logs = logsOf(2);
    const group = new ConsumerGroup('g', logs, { type: 'TRIM_HORIZON' }, 0);
    take(group, ['a'], 0);
    group.commit(0, 2);
    group.reset(logs, { type: 'LATEST' });
    expect(group.position(0, logs[0]!)).toBe(5);
    expect(group.heldBy('a')).toEqual([0, 1]);
    expect(group.generation).toBe(1);
  });
});

test('only the holder may commit; what is committed already anyone may repeat', () => {
  const group = groupOf(2);
  take(group, ['a'], 0);
  group.commit(0, 2);
  expect(group.mayCommit('a', 0, 4)).toBe(true);
  expect(group.mayCommit('b', 0, 4)).toBe(false);
  expect(group.mayCommit('b', 0, 2)).toBe(true);
  expect(group.mayCommit('a', 7, 0)).toBe(false);
});

test('a group that was saved is the same when it is restored', () => {
  const group = groupOf(3);
  take(group, ['a', 'b'], 0);
  group.commit(1, 2);
  expect(ConsumerGroup.restored(group.record()).record()).toEqual(group.record());
});
