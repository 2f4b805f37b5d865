import { expect, test } from 'vitest';

import type { OutboxTotals, StoreAnswer } from '../../../runtime/outbox/outbox-store.ts';
import { WaitingRows } from '../../../runtime/outbox/waiting-rows.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { rowsFrom } from './rows.ts';

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
