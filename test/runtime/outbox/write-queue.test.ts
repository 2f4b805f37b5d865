import { expect, test } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import { WriteQueue, type SpoolableMessage, type WriteProblem } from '../../../runtime/outbox/write-queue.ts';
import { SingleMessage } from '../../../runtime/producer/pending-message.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const accounts = { stored: () => {}, failed: () => {}, released: () => {} };

function messageOf(sequence: number): SingleMessage {
  const message = new SingleMessage(
    { key: null, value: 'MQ==', bytes: 1 },
    accounts,
    () => {},
    () => {},
  );
  message.sequence = sequence;
  return message;
}

interface Listeners {
  readonly written?: () => void;
  readonly room?: () => void;
  readonly problem?: (problem: WriteProblem, isNews: boolean) => void;
}

function queueOn(disk: MemoryDisk, clock: VirtualClock, on: Listeners): WriteQueue {
  return new WriteQueue({
    store: disk.open(),
    clock,
    onWritten: (messages: readonly SpoolableMessage[]) => {
      for (const message of messages)
        message.acknowledge({ type: 'outbox', directory: 'outbox/0', sequence: message.sequence });
      on.written?.();
    },
    onProblem: (problem, isNews) => on.problem?.(problem, isNews),
    onRoom: () => on.room?.(),
  });
}

test('F1: what comes in any turn after a write is written, from within it on', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const clock = new VirtualClock();
    const disk = new MemoryDisk(clock);
    let sequence = 0;
    const queue = queueOn(disk, clock, {
      written: () => {
        if (sequence < 5) void pushAfter(turns);
      },
    });
    const pushAfter = async (left: number): Promise<void> => {
      for (let turn = 0; turn < left; turn++) await Promise.resolve();
      queue.push([messageOf(++sequence)]);
    };
    await pushAfter(0);
    await clock.pass(1_000);
    expect(disk.rows.size).toBe(5);
  }
});

test('F2: who waits for room enters when what a full disk refused was given up, and is written', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const waiting = messageOf(2);
  const queue = queueOn(disk, clock, { room: () => queue.push([waiting]) });
  disk.mode = 'full';
  const first = messageOf(1);
  queue.push([first]);
  await clock.pass(100);
  expect(queue.problem?.type).toBe('full');
  disk.mode = 'works';
  first.acknowledge({ type: 'outbox', directory: 'outbox/0', sequence: 1 });
  await clock.pass(10_000);
  expect([...disk.rows.keys()]).toEqual([2]);
});

test('F2, I3: who waits for room is told when what was given up makes some', async () => {
  const clock = new VirtualClock();
  let told = 0;
  const queue = queueOn(new MemoryDisk(clock), clock, { room: () => void told++ });
  const message = messageOf(1);
  queue.push([message]);
  message.fail(new HaError('ABORTED', 'given up'));
  await clock.pass(100);
  expect([queue.bytes, told]).toEqual([0, 1]);
});

test('F2: what comes while nothing may be written is written afterwards, though the disk has room again by then', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const queue = queueOn(disk, clock, {});
  disk.mode = 'full';
  queue.push([messageOf(1)]);
  await clock.pass(100);
  disk.mode = 'works';
  queue.write();
  await clock.passUntil(
    queue.withoutWrites(async () => {
      queue.push([messageOf(2)]);
      await clock.sleep(10);
    }),
  );
  await clock.pass(10_000);
  expect([...disk.rows.keys()]).toEqual([1, 2]);
});

test('INV-2, F3: what is taken while nothing may be written is not written as well, and has its room back', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const queue = queueOn(disk, clock, {});
  disk.mode = 'full';
  queue.push([messageOf(2)]);
  await clock.pass(100);
  queue.push([messageOf(1)]);
  disk.mode = 'works';
  const taken = await clock.passUntil(
    queue.withoutWrites(async () => {
      queue.write();
      await clock.sleep(1);
      return queue.take(Infinity, 1);
    }),
  );
  expect(taken.map(({ sequence }) => sequence)).toEqual([1]);
  expect(queue.bytes).toBe(65);
  await clock.pass(10_000);
  expect([[...disk.rows.keys()], queue.bytes]).toEqual([[2], 0]);
});

test('INV-2: knows of an earlier message, wherever it stands among those that wait', () => {
  const clock = new VirtualClock();
  const queue = queueOn(new MemoryDisk(clock), clock, {});
  queue.push([messageOf(5)]);
  expect([queue.hasEarlier(5), queue.hasEarlier(6)]).toEqual([false, true]);
  queue.push([messageOf(3)]);
  expect([queue.hasEarlier(3), queue.hasEarlier(4)]).toEqual([false, true]);
});

test('F3: a disk that was full and then fails is news both times; full again and again is news once', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const told: [string, boolean][] = [];
  const queue = queueOn(disk, clock, { problem: ({ type }, isNews) => void told.push([type, isNews]) });
  disk.mode = 'full';
  queue.push([messageOf(1)]);
  await clock.pass(5_000);
  disk.mode = 'broken';
  await clock.pass(5_000);
  expect(told).toEqual([
    ['full', true],
    ['stopped', true],
  ]);
  expect(clock.timers).toBe(0);
});
