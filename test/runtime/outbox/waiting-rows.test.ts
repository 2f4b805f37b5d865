import { describe, expect, test } from 'vitest';

import type {
  OutboxRow,
  OutboxTotals,
  PageLimits,
  StoreAnswer,
} from '../../../runtime/outbox/outbox-store.ts';
import { WaitingRows } from '../../../runtime/outbox/waiting-rows.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { rowOf, rowsFrom } from './rows.ts';

test('I1: a removal that fails after the close is not tried again, and what is stored after it keeps no timer', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  for (const row of rowsFrom(1, 2)) disk.rows.set(row.sequence, row);
  const removal = Promise.withResolvers<StoreAnswer<OutboxTotals>>();
  let removals = 0;
  const store = Object.assign(disk.open(), {
    remove: () => {
      removals++;
      return removal.promise;
    },
  });
  const rows = new WaitingRows(store, clock, () => {});
  expect(await clock.passUntil(rows.next({ messages: 2, bytes: 1_048_576 }))).toHaveLength(2);
  rows.stored(1);
  await clock.pass(100);
  rows.close();
  rows.stored(2);
  removal.resolve({ type: 'full', because: 'the disk is full' });
  await clock.pass(0);
  expect(clock.timers).toBe(0);
  await clock.pass(10_000);
  expect(removals).toBe(1);
});

const PAGE = { messages: 2, bytes: 1_048_576 };
const FULL = { type: 'full', because: 'the disk is full' } as const;
const sequencesOf = (rows: readonly OutboxRow[]): number[] => rows.map(({ sequence }) => sequence);

function diskOf(clock: VirtualClock, ...sequences: number[]): MemoryDisk {
  const disk = new MemoryDisk(clock);
  for (const sequence of sequences) disk.rows.set(sequence, rowOf(sequence));
  return disk;
}

describe('messages are read in order, each once', () => {
  test('INV-2: what comes back is handed out again, and nothing else', async () => {
    const clock = new VirtualClock();
    const rows = new WaitingRows(diskOf(clock, 1, 2, 3, 4).open(), clock, () => {});
    for (const page of [
      [1, 2],
      [3, 4],
    ])
      expect(sequencesOf(await clock.passUntil(rows.next(PAGE)))).toEqual(page);
    rows.givenBack(1);
    rows.givenBack(1);
    expect(rows.count).toBe(1);
    expect(sequencesOf(await clock.passUntil(rows.next(PAGE)))).toEqual([1]);
    expect(await clock.passUntil(rows.next(PAGE))).toEqual([]);
  });

  test('INV-2: what is written among those that were read ahead comes in its turn', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 1, 2, 4, 5, 6);
    const rows = new WaitingRows(disk.open(), clock, () => {});
    expect(sequencesOf(await clock.passUntil(rows.next(PAGE)))).toEqual([1, 2]);
    await clock.pass(10);
    for (const sequence of [3, 7]) {
      disk.rows.set(sequence, rowOf(sequence));
      rows.added(1, sequence);
    }
    for (const page of [[3, 4], [5, 6], [7]])
      expect(sequencesOf(await clock.passUntil(rows.next(PAGE)))).toEqual(page);
  });

  test('INV-2: what is written before those that are just being read comes next', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 2, 3, 4, 5, 6, 7);
    const store = disk.open();
    const read = store.read.bind(store);
    const rows = new WaitingRows(store, clock, () => {});
    for (const page of [
      [2, 3],
      [4, 5],
    ])
      expect(sequencesOf(await clock.passUntil(rows.next(PAGE)))).toEqual(page);
    rows.givenBack(4);
    Object.assign(store, {
      read: async (after: number, limits: PageLimits) => {
        const page = await read(after, limits);
        if (!disk.rows.has(1)) rows.added(1, 1);
        disk.rows.set(1, rowOf(1));
        return page;
      },
    });
    const later: number[] = [];
    while (rows.count > 0) later.push(...sequencesOf(await clock.passUntil(rows.next(PAGE))));
    expect(later).toEqual([4, 1, 6, 7]);
  });

  test('INV-1: what is written among those that are just being read is found behind them', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 1, 3);
    const store = disk.open();
    const read = store.read.bind(store);
    const rows = new WaitingRows(store, clock, () => {});
    Object.assign(store, {
      read: async (after: number, limits: PageLimits) => {
        const page = await read(after, limits);
        if (!disk.rows.has(2)) rows.added(1, 2);
        disk.rows.set(2, rowOf(2));
        return page;
      },
    });
    for (const page of [[1, 3], [2], []])
      expect(sequencesOf(await clock.passUntil(rows.next(PAGE)))).toEqual(page);
  });

  test('F7: what is counted and is not there is looked for in vain, and then counts no more', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 1, 2);
    const rows = new WaitingRows(disk.open(), clock, () => {});
    disk.rows.delete(2);
    expect(sequencesOf(await clock.passUntil(rows.next(PAGE)))).toEqual([1]);
    expect(await clock.passUntil(rows.next(PAGE))).toEqual([]);
    expect(rows.count).toBe(0);
  });
});

describe('what is stored is removed', () => {
  test('F3, I5: again when the disk refused it, and what came meanwhile too; then nothing is left to do', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 1, 2, 3);
    const store = disk.open();
    const remove = store.remove.bind(store);
    let refusals = 2;
    Object.assign(store, {
      remove: (given: readonly number[]) => (refusals-- > 0 ? Promise.resolve(FULL) : remove(given)),
    });
    const rows = new WaitingRows(store, clock, () => {});
    await clock.passUntil(rows.next({ ...PAGE, messages: 3 }));
    for (const sequence of [1, 2]) rows.stored(sequence);
    await clock.pass(200);
    rows.stored(3);
    expect(disk.rows.size).toBe(3);
    await clock.pass(3_000);
    expect([disk.rows.size, rows.handedOut, clock.timers]).toEqual([0, 0, 0]);
  });

  test('I5: what is stored while others are being removed is removed without another event', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 1, 2);
    disk.syncMs = 100;
    const rows = new WaitingRows(disk.open(), clock, () => {});
    await clock.passUntil(rows.next(PAGE));
    rows.stored(1);
    await clock.pass(60);
    rows.stored(2);
    await clock.pass(10_000);
    expect([disk.rows.size, clock.timers]).toEqual([0, 0]);
  });

  test('I5: all of it before `flush` resolves, also what is stored meanwhile', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 1, 2);
    const rows = new WaitingRows(disk.open(), clock, () => {});
    await clock.passUntil(rows.next(PAGE));
    rows.stored(1);
    const flushed = rows.flush();
    await clock.pass(1);
    rows.stored(2);
    await clock.passUntil(flushed);
    expect(disk.rows.size).toBe(0);
  });

  test('F3: what a full disk did not set aside is set aside when it has room, with its own reason', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 1, 2, 3);
    const rows = new WaitingRows(disk.open(), clock, () => {});
    await clock.passUntil(rows.next({ ...PAGE, messages: 3 }));
    disk.mode = 'full';
    rows.failed(1, 'it is too old');
    rows.failed(2, 'it is too large');
    await clock.pass(500);
    rows.failed(3, 'it is too old');
    disk.mode = 'works';
    await clock.pass(10_000);
    const failed = disk.failed.map(({ row, because }) => [row.sequence, because]);
    expect(failed).toEqual([
      [1, 'it is too old'],
      [3, 'it is too old'],
      [2, 'it is too large'],
    ]);
    expect([disk.rows.size, clock.timers]).toEqual([0, 0]);
  });
});
