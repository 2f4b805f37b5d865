import { describe, expect, test } from 'vitest';
import { MemoryUse, PartitionLog } from '../../../emulator/state/partition-log.ts';

/** A log of `count` messages of 3 bytes, one each second from second 1 on. */
function logOf(count: number): { log: PartitionLog; memory: MemoryUse } {
  const memory = new MemoryUse();
  const log = new PartitionLog(memory);
  for (let second = 1; second <= count; second++) log.append(null, 'YWJj', 3, second * 1_000);
  return { log, memory };
}

const offsetsOf = (messages: readonly { readonly offset: number }[]): number[] =>
  messages.map(({ offset }) => offset);

describe('reading', () => {
  test('gives messages from an offset on, also across segments, up to the limits', () => {
    const { log } = logOf(3_000);
    expect(offsetsOf(log.read(1_022, 5))).toEqual([1_022, 1_023, 1_024, 1_025, 1_026]);
    expect(offsetsOf(log.read(0, 100, 8))).toEqual([0, 1]);
    expect(log.read(3_000, 10)).toEqual([]);
  });

  test('gives at least one message, however few bytes are allowed', () => {
    expect(offsetsOf(logOf(2).log.read(0, 10, 1))).toEqual([0]);
  });

  test('goes on after a gap of offsets', () => {
    const { log } = logOf(2);
    expect(log.append(null, 'YWJj', 3, 3_000, 7)).toBe(9);
    expect(offsetsOf(log.read(2, 10))).toEqual([9]);
    expect(log.range()).toEqual({ oldest: 0, latest: 9 });
  });

  test('of the newest messages gives them oldest first', () => {
    expect(offsetsOf(logOf(1_500).log.last(3))).toEqual([1_497, 1_498, 1_499]);
    expect(offsetsOf(logOf(2).log.last(5))).toEqual([0, 1]);
  });
});

test('a time finds the first message at or after it, also when the clock was set back', () => {
  const { log } = logOf(2_000);
  expect(log.offsetAt(1_500_500)).toBe(1_500);
  expect(log.offsetAt(9_999_999)).toBe(2_000);
  log.append(null, 'YWJj', 3, 5_000);
  expect(log.last(1)).toMatchObject([{ timestamp: 2_000_000 }]);
});

describe('retention', () => {
  test('removes what is older than a time, and tells up to which offset', () => {
    const { log, memory } = logOf(1_500);
    const before = memory.bytes;
    log.expire(1_200_000);
    expect(log.range()).toEqual({ oldest: 1_199, latest: 1_499 });
    expect(log.lostBefore).toBe(1_199);
    expect(log).toMatchObject({ count: 301, bytes: 903, nextOffset: 1_500 });
    expect(memory.bytes).toBeCloseTo((before * 301) / 1_500);
    expect(offsetsOf(log.read(0, 1))).toEqual([1_199]);
  });

  test('can remove everything; the next message gets the next offset', () => {
    const { log, memory } = logOf(3);
    log.drop(3);
    expect(log.range()).toBeUndefined();
    expect(memory.bytes).toBe(0);
    expect(log.append(null, 'YWJj', 3, 4_000)).toBe(3);
  });
});

test('a log that was saved is the same when it is restored', () => {
  const { log } = logOf(10);
  log.append('YQ==', 'YWJj', 4, 11_000, 5);
  log.drop(4);
  const restored = PartitionLog.restored(new MemoryUse(), log.read(0, 100), log.nextOffset, log.lostBefore);
  expect(restored.read(0, 100)).toEqual(log.read(0, 100));
  expect(restored).toMatchObject({ nextOffset: 16, lostBefore: 4, count: 7, bytes: log.bytes });
});
