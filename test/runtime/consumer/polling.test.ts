import { describe, expect, test } from 'vitest';

import { InterruptibleSleep } from '../../../runtime/consumer/polling.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { status, type GroupRegion } from './group-region.ts';
import { World } from './world.ts';

test('I1: a wait ends by itself, or when it is interrupted', async () => {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const pause = new InterruptibleSleep(clock);
  await clock.passUntil(pause.wait(1_000));
  expect(clock.now() - startedAt).toBe(1_000);
  const interrupted = pause.wait(1_000);
  pause.interrupt();
  await interrupted;
  expect(clock.now() - startedAt).toBe(1_000);
  expect(clock.timers).toBe(0);
});

test('I1: an interruption while nobody waits ends the next wait, and only that', async () => {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const pause = new InterruptibleSleep(clock);
  pause.interrupt();
  await pause.wait(1_000);
  await clock.passUntil(pause.wait(1_000));
  expect(clock.now() - startedAt).toBe(1_000);
});

test('I1: an interruption in any turn after the time of a wait ends the next one', async () => {
  for (let turns = 0; turns < 6; turns++) {
    const clock = new VirtualClock();
    const startedAt = clock.now();
    const interrupt = async (): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      pause.interrupt();
    };
    const pause = new InterruptibleSleep({
      after: (ms, task) =>
        clock.after(ms, () => {
          task();
          void interrupt();
        }),
    });
    await clock.passUntil(pause.wait(1_000).then(() => pause.wait(1_000)));
    expect(clock.now() - startedAt).toBe(1_000);
    expect(clock.timers).toBe(0);
  }
});

test('H2: a stream that is created later is found without a call of relocate', async () => {
  await using world = new World({ secondaryKnown: false });
  void world.readOn();
  await world.clock.pass(60_000);
  world.secondaryKnown = true;
  world.secondary.store(0, 'one');
  await world.clock.pass(11_000);
  expect(world.received).toEqual(['one']);
});

describe('the handler is slower than the time-out of the group', () => {
  test('H8: keeps the reservation with heartbeats, and commits when it is done', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one');
    void world.consumer.run(() => clock.sleep(95_000));
    await clock.pass(94_000);
    const quiet = primary.calls.slice(1).map(({ at }, index) => at - primary.calls[index]!.at);
    expect(Math.max(...quiet, clock.now() - primary.calls.at(-1)!.at)).toBeLessThan(30_000 / 2);
    expect(primary.of('heartbeat').length).toBe(9);
    expect(primary.uncommitted()).toEqual(['one']);
    await clock.pass(10_000);

    expect(primary.uncommitted()).toEqual([]);
  });
});

describe('a handler that is slow, in a group that is shared', () => {
  test('H8: keeps its partitions: no other member gets its messages', async () => {
    await using world = new World({ shared: true, partitions: { primary: 2 } });
    const { primary, clock } = world;
    primary.store(0, 'one');
    primary.store(1, 'two');
    const seen: string[] = [];
    void world.consumer.run(async (message) => {
      seen.push(message.text());
      await clock.sleep(95_000);
    });
    await clock.pass(1_000);
    const other = world.open();
    void world.readOn(other.consumer);
    await clock.pass(250_000);

    expect([...seen, ...world.received].toSorted()).toEqual(['one', 'two']);
    await clock.passUntil(other.consumer.close(), 20_000);
  });

  test('H8: a heartbeat that fails otherwise than by its cursor changes nothing', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one');
    primary.fault = (operation) => (operation === 'heartbeat' ? status(500) : undefined);
    void world.consumer.run(async (message) => {
      await clock.sleep(45_000);
      world.received.push(message.text());
    });
    await clock.pass(50_000);

    expect(primary.of('heartbeat').length).toBe(4);
    expect(primary.of('groupCursor').length).toBe(1);
    expect(world.told()).toEqual([]);
    expect(world.received).toEqual(['one']);
    expect(primary.uncommitted()).toEqual([]);
  });
});

/** The longest time between two reads, in ms. */
function longestPause(region: GroupRegion): number {
  const reads = region.of('read');
  return Math.max(...reads.slice(1).map(({ at }, index) => at - reads[index]!.at));
}

describe('a region that is empty', () => {
  test('I1: is read every `idlePollMs`, in the end', async () => {
    await using world = new World({ options: { idlePollMs: 5_000 } });
    void world.readOn();
    await world.clock.pass(60_000);

    expect(longestPause(world.primary)).toBe(5_000);
  });

  test('I1: and is not the active one: every `standbyPollMs`', async () => {
    await using world = new World({ options: { idlePollMs: 1_000, standbyPollMs: 7_000 } });
    void world.readOn();
    await world.clock.pass(60_000);

    expect(longestPause(world.secondary)).toBe(7_000);
    expect(longestPause(world.primary)).toBe(1_000);
  });

  test('H8, I1: is read more often than the time-out of the group: else its partitions are lost', async () => {
    const options = { idlePollMs: 60_000, standbyPollMs: 25_000, groupTimeoutMs: 30_000 };
    await using world = new World({ options });
    void world.readOn();
    await world.clock.pass(120_000);

    expect(longestPause(world.primary)).toBe(10_000);
    expect(longestPause(world.secondary)).toBe(10_000);
  });

  test('H8, I1: and is shared: often, so that what another member leaves is soon read', async () => {
    await using world = new World({
      shared: true,
      partitions: { primary: 2 },
      options: { idlePollMs: 20_000 },
    });
    const { primary, clock } = world;
    const other = world.open();
    void world.readOn();
    void world.readOn(other.consumer);
    await clock.pass(60_000);

    // Each of the two reads its one partition.
    const before = primary.of('read').length;
    await clock.pass(10_000);
    expect(primary.of('read').length - before).toBe((2 * 10_000) / 400);
    await world.close(other);
  });

  test('H15: nothing more is asked of it once the consumer is closed', async () => {
    await using world = new World({ partitions: { primary: 2 }, secondaryKnown: false });
    const { primary, clock, consumer } = world;
    primary.latency = () => clock.sleep(100);
    void world.readOn();
    await clock.pass(150);
    await clock.passUntil(consumer.close(), 20_000);

    expect(primary.of('read')).toHaveLength(1);
    expect(primary.of('group')).toEqual([]);
  });
});

describe('a handler that was quick', () => {
  /** Handles each of `stored` texts in the time that `msOf` gives. */
  function handling(world: World, stored: readonly string[], msOf: (text: string) => number): void {
    world.primary.store(0, ...stored);
    void world.consumer.run(async (message) => {
      await world.clock.sleep(msOf(message.text()));
      world.received.push(message.text());
    });
  }

  test('H23, H8: is not read ahead of once it has had a batch for 2 s', async () => {
    await using world = new World({ options: { readLimit: 1 } });
    const { primary, clock } = world;
    handling(world, ['0', '1', 'slow'], (text) => (text === 'slow' ? 60_000 : 10));
    await clock.pass(5_000);
    expect(world.received).toEqual(['0', '1']);
    const before = primary.of('read').length;
    await clock.pass(50_000);

    expect(primary.of('read')).toHaveLength(before);
  });

  test('H23, H8: is not read ahead of after a batch that took longer, though the next one came meanwhile', async () => {
    await using world = new World({ options: { readLimit: 1 } });
    const { clock, consumer } = world;
    handling(world, ['0', '1', '2', '3', '4', '5', '6'], (text) => (Number(text) < 3 ? 10 : 2_100));
    await clock.pass(4_000);
    expect(world.received.at(-1)).toBe('3');

    // The read ahead of before is in hand.
    expect(consumer.stats().buffered).toBe(1);
  });

  test('H23: is read ahead of at once after an idle time too', async () => {
    await using world = new World({ options: { readLimit: 1, idlePollMs: 1_000 } });
    const { primary, clock, consumer } = world;
    handling(world, ['0', '1', '2'], (text) => (Number(text) < 3 ? 10 : 1_000));
    await clock.pass(30_000);
    primary.store(0, '3', '4', '5');
    await clock.pass(1_500);
    const { length } = world.received;
    expect(length).toBeLessThan(5);

    expect(consumer.stats().buffered).toBe(2);
  });

  test('H23: what it handles during a read is committed when the read ends, and not after the pause', async () => {
    await using world = new World({ options: { readLimit: 1 } });
    const { primary, clock } = world;
    primary.transfer = () => clock.sleep(300);
    handling(world, ['0', '1', '2'], (text) => (text === '2' ? 900 : 10));
    while (world.received.length < 3) await clock.pass(10);
    expect(primary.uncommitted()).toEqual(['2']);
    await clock.pass(300);

    expect(primary.uncommitted()).toEqual([]);
  });
});
