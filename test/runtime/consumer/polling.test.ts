import { describe, expect, test } from 'vitest';

import { InterruptibleSleep } from '../../../runtime/consumer/polling.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { status } from './group-region.ts';
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
  await pause.untilInterrupted();
  await clock.passUntil(pause.wait(1_000));
  expect(clock.now() - startedAt).toBe(1_000);
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
