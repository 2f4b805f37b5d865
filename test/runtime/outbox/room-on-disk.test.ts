import { expect, test } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import { RoomOnDisk } from '../../../runtime/outbox/room-on-disk.ts';
import type { WriteProblem, WriteQueue } from '../../../runtime/outbox/write-queue.ts';

/** An outbox of at most 1,000 bytes with these on disk and on their way there. */
function roomWith(taken: { disk: number; queue: number; problem?: WriteProblem['type'] }) {
  const { problem: type } = taken;
  const problem = type === undefined ? undefined : { type, because: 'it cannot be written' };
  const events: HaEvent[] = [];
  const room = new RoomOnDisk({
    directory: 'outbox/0',
    emit: (event) => void events.push(event),
    limits: { maxOutboxBytes: 1_000 },
    queue: { bytes: taken.queue, problem } as WriteQueue,
    totals: () => ({ messages: taken.disk === 0 ? 0 : 1, bytes: taken.disk }),
  });
  return { room, events };
}

test('F2: fluent-bit #9997: takes messages up to its limit, to the byte, what is being written included', () => {
  const { room } = roomWith({ disk: 500, queue: 300 });
  // 64 bytes count on top of each message.
  expect([room.has(136), room.has(137)]).toEqual([true, false]);
});

test('F3: on a full disk there is no room; on one that failed there is, because what comes waits in memory', () => {
  expect(roomWith({ disk: 100, queue: 0, problem: 'full' }).room.has(1)).toBe(false);
  expect(roomWith({ disk: 1_000, queue: 0, problem: 'stopped' }).room.has(1)).toBe(true);
});

test('F2: that the limit is reached is told once, and again after it was empty; only then is it an error', () => {
  const { room, events } = roomWith({ disk: 1_000, queue: 0 });
  expect(room.error).toBeUndefined();
  room.isAwaited();
  room.isAwaited();
  expect(room.error).toMatchObject({ code: 'OUTBOX_FULL' });
  expect(events).toMatchObject([{ type: 'outbox-full', directory: 'outbox/0' }]);
  room.isEmptied();
  expect(room.error).toBeUndefined();
  room.isAwaited();
  expect(events).toHaveLength(2);
});
