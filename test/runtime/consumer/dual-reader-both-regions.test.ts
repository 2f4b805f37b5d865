import { describe, expect, test } from 'vitest';

import { status, type GroupRegion } from './group-region.ts';
import { World } from './world.ts';

/** The most GetMessages that began within any second. */
function mostReadsInASecond(region: GroupRegion): number {
  const times = region.calls.filter(({ operation }) => operation === 'read').map(({ at }) => at);
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
}

describe('the producer has failed over, and the primary can still be read', () => {
  test('H3: reads both: nothing is stranded', async () => {
    await using world = new World({ active: 'secondary' });
    world.primary.store(0, 'stranded 1', 'stranded 2');
    world.secondary.store(0, 'new');
    void world.readOn();
    await world.clock.pass(1_000);

    expect(world.received.toSorted()).toEqual(['new', 'stranded 1', 'stranded 2']);
    expect(world.primary.uncommitted()).toEqual([]);
  });
});

describe('the primary heals with unread messages', () => {
  test.each([1, 6])(
    'H4: reads them within 10 s of its return, from the committed offset (%i partitions)',
    async (partitions) => {
      await using world = new World({ partitions: { primary: partitions } });
      const { primary, clock } = world;
      const last = partitions - 1;
      primary.store(last, 'read');
      void world.readOn();
      await clock.pass(5_000);
      primary.fault = () => status(503);
      primary.store(last, 'unread 1', 'unread 2');
      await clock.pass(3_600_000);
      // Cursors live for 5 minutes.
      primary.spoilCursors();
      primary.fault = undefined;
      await clock.pass(10_000);

      expect(world.received).toEqual(['read', 'unread 1', 'unread 2']);
    },
  );
});

describe('partition counts differ between the regions', () => {
  test('H11: reads all of them', async () => {
    await using world = new World({ partitions: { primary: 3, secondary: 5 } });
    for (let partition = 0; partition < 3; partition++) world.primary.store(partition, `p${partition}`);
    for (let partition = 0; partition < 5; partition++) world.secondary.store(partition, `s${partition}`);
    void world.readOn();
    await world.clock.pass(2_000);

    expect(world.received.toSorted()).toEqual(['p0', 'p1', 'p2', 's0', 's1', 's2', 's3', 's4']);
  });
});

describe('late writers to the region that is not active', () => {
  test('H18: are found within 10 s wherever the reader pauses', async () => {
    await using world = new World({ partitions: { secondary: 3 } });
    void world.readOn();
    await world.clock.pass(600_000);
    for (let round = 0; round < 40; round++) {
      await world.clock.pass(world.clock.random() * 8_000 + 30_000);
      world.secondary.store(round % 3, `late ${round}`);
      const storedAt = world.clock.now();
      while (!world.received.includes(`late ${round}`)) await world.clock.pass(100);
      expect(world.clock.now() - storedAt).toBeLessThanOrEqual(10_000);
    }
  });

  test.each([1, 5])('H18: are found within 10 s, with %i partitions', async (partitions) => {
    await using world = new World({ partitions: { secondary: partitions } });
    void world.readOn();
    await world.clock.pass(600_000);
    for (let partition = 0; partition < partitions; partition++)
      world.secondary.store(partition, `late ${partition}`);
    await world.clock.pass(10_000);

    expect(world.received.length).toBe(partitions);
  });

  test('H18: are read at full pace while they go on', async () => {
    await using world = new World();
    void world.readOn();
    await world.clock.pass(60_000);
    world.secondary.store(0, 'first');
    await world.clock.pass(10_000);
    for (let second = 0; second < 10; second++) {
      world.secondary.store(0, `late ${second}`);
      await world.clock.pass(1_000);
    }

    expect(world.received.length).toBe(11);
  });
});

describe('the pace', () => {
  test('H17: never exceeds 5 reads a second for each partition', async () => {
    await using world = new World({ partitions: { primary: 1, secondary: 3 }, options: { readLimit: 1 } });
    for (let count = 0; count < 100; count++) {
      world.primary.store(0, `p${count}`);
      world.secondary.store(count % 3, `s${count}`);
    }
    void world.readOn();
    await world.clock.pass(10_000);
    world.opened.setActive('secondary', 'stream.properties');
    await world.clock.pass(25_000);

    expect(world.received.length).toBe(200);
    expect(mostReadsInASecond(world.primary)).toBe(5);
    expect(mostReadsInASecond(world.secondary)).toBe(15);
  });

  test('H17: asks an idle region once a second, and the other one every 8 s', async () => {
    await using world = new World();
    void world.readOn();
    await world.clock.pass(60_000);
    const before = [world.primary.calls.length, world.secondary.calls.length] as const;
    await world.clock.pass(80_000);

    expect(world.primary.calls.length - before[0]).toBe(80);
    expect(world.secondary.calls.length - before[1]).toBe(10);
  });
});
