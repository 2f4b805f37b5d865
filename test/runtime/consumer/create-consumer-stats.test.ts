import { describe, expect, test } from 'vitest';

import { status } from './group-region.ts';
import { World } from './world.ts';

describe('stats', () => {
  test('H3: count what was received and what was committed, by region', async () => {
    await using world = new World();
    const { primary, secondary, clock, consumer } = world;
    expect(consumer.stats()).toEqual({
      reads: 0,
      received: 0,
      buffered: 0,
      committed: 0,
      copies: 0,
      late: 0,
      primary: { region: 'sa-saopaulo-1', reads: 0, received: 0, buffered: 0, committed: 0 },
      secondary: { region: 'sa-vinhedo-1', reads: 0, received: 0, buffered: 0, committed: 0 },
      active: { role: 'primary', region: 'sa-saopaulo-1', since: '2026-11-23T12:00:00.000Z' },
      switches: 0,
    });
    primary.store(0, 'one', 'two');
    secondary.store(0, 'three');
    void world.readOn();
    await clock.pass(100);
    expect(consumer.stats()).toMatchObject({ received: 3, committed: 0 });
    await clock.pass(1_000);
    expect(consumer.stats()).toMatchObject({
      received: 3,
      committed: 3,
      primary: { received: 2, committed: 2 },
      secondary: { received: 1, committed: 1 },
    });
  });

  test('H17: count the reads, and the messages that wait for the handler', async () => {
    await using world = new World({ options: { readLimit: 3 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two', 'three');
    void consumer.run(() => clock.sleep(1_000));
    await clock.pass(1_500);
    expect(consumer.stats()).toMatchObject({ received: 3, buffered: 2, primary: { reads: 1, buffered: 2 } });
    await clock.pass(2_000);
    primary.fault = () => status(503);
    await clock.pass(5_000);
    const { reads, buffered, primary: ours, secondary } = consumer.stats();
    expect(buffered).toBe(0);
    expect(ours.reads).toBe(primary.of('read').length);
    expect(reads).toBe(ours.reads + secondary.reads);
  });

  test('H17: the messages that wait for the handler are those of both regions', async () => {
    await using world = new World();
    const { primary, secondary, clock, consumer } = world;
    primary.store(0, 'one', 'two');
    secondary.store(0, 'three', 'four', 'five');
    void consumer.run(() => clock.sleep(60_000));
    await clock.pass(1_000);
    const stats = consumer.stats();

    expect([stats.primary.buffered, stats.secondary.buffered]).toEqual([2, 3]);
    expect(stats.buffered).toBe(5);
  });

  test('H5: a message that is delivered again after a lost cursor counts once', async () => {
    await using world = new World();
    world.primary.store(0, 'one', 'two');
    void world.readOn();
    await world.clock.pass(100);
    world.primary.spoilCursors();
    await world.clock.pass(5_000);

    expect(world.consumer.stats()).toMatchObject({ received: 2, committed: 2 });
  });

  test('H15: what close commits is counted, what is not handled is not', async () => {
    await using world = new World();
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two', 'three');
    void consumer.run(() => clock.sleep(1_000));
    await clock.pass(1_500);
    await world.close();

    expect(consumer.stats()).toMatchObject({ received: 3, committed: 2 });
  });

  test('H2: a change of the stream keeps the counts', async () => {
    await using world = new World();
    const { secondary, clock, consumer } = world;
    secondary.store(0, 'one');
    void world.readOn();
    await clock.pass(10_000);
    secondary.recreate('ocid1.stream.oc1.sa-vinhedo-1.b');
    secondary.store(0, 'two');
    world.opened.relocate('secondary');
    await clock.pass(20_000);

    expect(consumer.stats().secondary).toMatchObject({ received: 2, committed: 2 });
  });

  test('H1, H3: name the active region and since when it is, and count the switches', async () => {
    await using world = new World();
    const { primary, secondary, clock, consumer } = world;
    void world.readOn();
    await clock.pass(5_000);
    primary.fault = () => status(500);
    await clock.pass(60_000);
    const [switched] = world.events.filter(({ type }) => type === 'now-consuming');
    expect(switched).toBeDefined();
    const { active, switches } = consumer.stats();
    expect(active).toMatchObject({ role: 'secondary', region: secondary.name });
    expect(Date.parse(active.since)).toBeGreaterThan(clock.wall() - 60_000);
    expect(Date.parse(active.since)).toBeLessThan(clock.wall() - 50_000);
    expect(switches).toBe(1);
    primary.fault = undefined;
    world.opened.setActive('primary', 'a test');

    expect(consumer.stats()).toMatchObject({
      active: { role: 'primary', since: new Date(clock.wall()).toISOString() },
      switches: 2,
    });
  });
});

describe('closed', () => {
  test('I1: resolves when close has ended, also for those who did not call it', async () => {
    await using world = new World();
    world.primary.store(0, 'one');
    void world.readOn();
    await world.clock.pass(100);
    let isClosed = false;
    void world.consumer.closed.then(() => {
      isClosed = true;
    });
    await world.clock.pass(10_000);
    expect(isClosed).toBe(false);
    await world.close();

    expect(isClosed).toBe(true);
    expect(world.primary.uncommitted()).toEqual([]);
  });

  test('INV-11: does not reject when reading ended for good', async () => {
    await using world = new World();
    world.primary.fault = () => status(400);
    await expect(world.clock.passUntil(world.readOn(), 60_000)).rejects.toMatchObject({ code: 'REJECTED' });
    await world.close();

    await expect(world.consumer.closed).resolves.toBeUndefined();
  });
});

describe('readings', () => {
  test('H1, H2: say how reading from each region goes, and whether its stream is known', async () => {
    await using world = new World({ secondaryKnown: false });
    const { primary, clock, consumer } = world;
    expect(consumer.readings()).toEqual([
      {
        role: 'primary',
        region: 'sa-saopaulo-1',
        isLocated: false,
        isAbsent: false,
        health: { type: 'unknown' },
      },
      {
        role: 'secondary',
        region: 'sa-vinhedo-1',
        isLocated: false,
        isAbsent: false,
        health: { type: 'unknown' },
      },
    ]);
    void world.readOn();
    await clock.pass(1_000);
    expect(consumer.readings()).toMatchObject([
      { isLocated: true, isAbsent: false, health: { type: 'answering' } },
      { isLocated: false, isAbsent: true, health: { type: 'unknown' } },
    ]);
    primary.fault = () => status(503);
    await clock.pass(20_000);
    expect(consumer.readings()).toMatchObject([{ health: { type: 'failing', latest: '503' } }, {}]);
  });

  test('H9: tell the partitions that other members hold', async () => {
    await using world = new World({ shared: true, partitions: { primary: 2 } });
    const { primary, clock, consumer } = world;
    expect(await consumer.heldByOthers()).toEqual([]);
    void world.readOn();
    const other = world.open();
    void world.readOn(other.consumer);
    await clock.pass(5_000);
    const held = [
      { partition: '1', instance: 'member-1', committedOffset: undefined, region: 'sa-saopaulo-1' },
    ];
    expect(await consumer.heldByOthers()).toEqual(held);
    const group = primary.group.bind(primary);
    const free = { partition: '0', instance: undefined, committedOffset: undefined, until: undefined };
    primary.group = async () => ({ ok: true, value: [free] });
    expect(await consumer.heldByOthers()).toEqual([]);
    primary.group = group;
    primary.fault = () => status(503);
    expect(await consumer.heldByOthers()).toEqual([]);
    primary.fault = undefined;
    await clock.passUntil(other.consumer.close(), 20_000);
  });
});

describe('a message', () => {
  test('I13: says whether it is the last one of its read', async () => {
    await using world = new World();
    world.primary.store(0, 'one', 'two', 'three');
    const ends: boolean[] = [];
    void world.consumer.run((message) => ends.push(message.endsRead));
    await world.clock.pass(1_000);
    world.primary.store(0, 'four');
    await world.clock.pass(2_000);

    expect(ends).toEqual([false, false, true, true]);
  });
});

describe('close without commit', () => {
  test('I13: commits nothing of a read that is not handled to its end, and leaves the group', async () => {
    await using world = new World({ options: { closeTimeoutMs: 1_000 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one');
    void consumer.run((message) => (message.text() === 'three' ? new Promise(() => {}) : undefined));
    await clock.pass(1_000);
    primary.store(0, 'two', 'three');
    await clock.pass(1_000);
    await clock.passUntil(consumer.close({ commit: false }), 20_000);

    expect(primary.uncommitted()).toEqual(['two', 'three']);
    expect(primary.positions.at(-1)?.timeoutMs).toBe(1_000);
  });
});
