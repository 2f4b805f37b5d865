import { describe, expect, test } from 'vitest';

import { status, type Operation } from './group-region.ts';
import { World } from './world.ts';

describe('a cursor is lost', () => {
  test('H5: makes a new one, without a word and without a copy', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one', 'two');
    void world.readOn();
    await clock.pass(100);
    expect(primary.uncommitted()).toEqual(['one', 'two']);
    primary.spoilCursors();
    primary.store(0, 'three');
    await clock.pass(5_000);

    expect(world.received).toEqual(['one', 'two', 'three']);
    expect(primary.uncommitted()).toEqual([]);
    expect(world.told()).toEqual(['cursor-renewed']);
  });

  test('H5: reads on at once', async () => {
    await using world = new World();
    void world.readOn();
    await world.clock.pass(60_000);
    world.primary.spoilCursors();
    world.primary.store(0, 'one');
    await world.clock.pass(1_000);

    expect(world.received).toEqual(['one']);
  });

  test('H5: also while a batch is in hand', async () => {
    await using world = new World();
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two');
    const slow = consumer.run(async (message) => {
      await clock.sleep(20_000);
      world.received.push(message.text());
    });
    await clock.pass(5_000);
    primary.spoilCursors();
    await clock.pass(60_000);

    expect(world.received).toEqual(['one', 'two']);
    expect(primary.uncommitted()).toEqual([]);
    expect(world.told()).toEqual(['cursor-renewed']);
    expect(primary.of('heartbeat').filter(({ failure }) => failure)).toHaveLength(1);
    void slow;
  });

  test('H5: is for a person when no cursor is ever good', async () => {
    await using world = new World();
    world.primary.fault = (operation) => (operation === 'read' ? status(400, 'no') : undefined);
    await expect(world.clock.passUntil(world.readOn(), 60_000)).rejects.toMatchObject({ code: 'REJECTED' });
  });
});

describe('a new cursor begins at what is committed', () => {
  /** What is not handled at each of these moments. */
  function unhandledAt(world: World, operation: Operation | 'locate'): number[] {
    const unhandled: number[] = [];
    const note = (): void => void unhandled.push(world.consumer.stats().primary.buffered);
    world.primary.fault = (each) => {
      if (each === operation) note();
      return undefined;
    };
    world.onLook = (role) => {
      if (operation === 'locate' && role === 'primary') note();
    };
    return unhandled;
  }

  test.each<[string, Operation | 'locate', (world: World) => void]>([
    ['a cursor that is lost is created again', 'groupCursor', ({ primary }) => primary.spoilCursors()],
    ['the stream is looked for again', 'locate', ({ opened }) => opened.relocate('primary')],
  ])('H5, H6: so %s only when all that was read is handled', async (_, operation, happens) => {
    await using world = new World({ options: { readLimit: 1 } });
    const { primary, clock, consumer } = world;
    primary.store(0, ...Array.from({ length: 20 }, (_each, index) => `${index}`));
    void consumer.run(() => clock.sleep(1_000));
    await clock.pass(5_100);
    expect(consumer.stats().buffered).toBe(2);
    const unhandled = unhandledAt(world, operation);
    happens(world);
    await clock.pass(10_000);

    expect(unhandled.length).toBeGreaterThan(0);
    expect(Math.max(...unhandled)).toBe(0);
  });
});

describe('retention passed over the group', () => {
  /** Everything of both partitions is committed; then no more is read for a while. */
  async function fallsBehind(world: World): Promise<void> {
    const { primary, clock } = world;
    primary.store(0, 'one', 'two');
    primary.store(1, 'other');
    void world.readOn();
    await clock.pass(5_000);
    expect(primary.uncommitted()).toEqual([]);
    await world.close();
    primary.store(0, 'lost', 'lost too', 'kept');
    primary.expire(0, 4);
  }

  test('H10: says which offsets of which partition are gone, and moves the group on', async () => {
    await using world = new World({ partitions: { primary: 2 } });
    await fallsBehind(world);
    const later = world.open().consumer;
    const reading = world.readOn(later);
    await world.clock.pass(5_000);

    expect(world.events.filter(({ type }) => type === 'gap')).toEqual([
      { type: 'gap', region: 'sa-saopaulo-1', partition: '0', from: 4, to: 11 },
    ]);
    // The service takes 5 cursors a second.
    const [first = 0, second = 0] = world.primary.calls.flatMap(({ operation, at }) =>
      operation === 'partitionCursor' ? [at] : [],
    );
    expect(second - first).toBeGreaterThan(200);
    expect(world.received).toEqual(expect.arrayContaining(['one', 'two', 'other', 'kept']));
    expect(world.received.join()).not.toContain('lost');
    expect(world.primary.uncommitted()).toEqual([]);
    await world.clock.passUntil(later.close(), 20_000);
    await reading;
  });

  test('H10, H16: hands out again, after it has moved the group, what it knew as handled', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one', 'two', 'three');
    void world.readOn();
    await clock.pass(100);
    expect(world.received).toEqual(['one', 'two', 'three']);
    // Retention passes over a commit of long ago while the last answer is not committed; then the cursor is lost.
    primary.committed.set('0', -1);
    primary.expire(0, 1);
    primary.spoilCursors();
    await clock.pass(5_000);

    expect(world.events).toContainEqual({
      type: 'gap',
      region: 'sa-saopaulo-1',
      partition: '0',
      from: 0,
      to: 2,
    });
    expect(world.received).toEqual(['one', 'two', 'three', 'two', 'three']);
  });

  test('H10: goes on trying where the group cannot be moved', async () => {
    await using world = new World({ partitions: { primary: 2 } });
    await fallsBehind(world);
    world.primary.fault = (operation) => (operation === 'resetGroup' ? status(503) : undefined);
    const later = world.open().consumer;
    const reading = world.readOn(later);
    await world.clock.pass(5_000);
    expect(world.events.filter(({ type }) => type === 'gap')).toEqual([]);
    expect(world.told('read-failed').length).toBeGreaterThan(2);
    world.primary.fault = undefined;
    await world.clock.pass(10_000);

    expect(world.events.filter(({ type }) => type === 'gap')).toHaveLength(1);
    expect(world.received).toContain('kept');
    await world.clock.passUntil(later.close(), 20_000);
    await reading;
  });

  test('H10: says it without offsets when they cannot be found out, and moves the group on all the same', async () => {
    await using world = new World({ partitions: { primary: 2 } });
    await fallsBehind(world);
    world.primary.fault = (operation) => (operation === 'group' ? status(500) : undefined);
    const later = world.open().consumer;
    const reading = world.readOn(later);
    await world.clock.pass(5_000);

    expect(world.events.filter(({ type }) => type === 'gap')).toEqual([
      { type: 'gap', region: 'sa-saopaulo-1', partition: undefined, from: undefined, to: undefined },
    ]);
    expect(world.received).toContain('kept');
    await world.clock.passUntil(later.close(), 20_000);
    await reading;
  });
});

describe('the stream is another one', () => {
  test('H2: one that was deleted and created anew is read from its beginning', async () => {
    await using world = new World();
    const { secondary, clock } = world;
    secondary.store(0, 'old 1', 'old 2');
    void world.readOn();
    await clock.pass(100);
    expect(world.received).toEqual(['old 1', 'old 2']);
    world.opened.relocate('secondary');
    secondary.recreate('ocid1.stream.oc1.sa-vinhedo-1.b');
    secondary.store(0, 'new');
    await clock.pass(10_000);

    expect(world.received).toEqual(['old 1', 'old 2', 'new']);
    world.opened.setActive('secondary', 'a test');
    expect(world.events).toContainEqual(
      expect.objectContaining({ type: 'now-consuming', stream: secondary.stream }),
    );
  });

  test('H2, H15: the same stream at another endpoint is read there, after what is handled is committed', async () => {
    await using world = new World();
    const { secondary, clock } = world;
    secondary.store(0, 'one', 'two');
    void world.readOn();
    await clock.pass(100);
    expect(secondary.uncommitted()).toEqual(['one', 'two']);
    secondary.endpoint = 'https://127.0.0.1:1';
    world.opened.relocate('secondary');
    await clock.pass(1_000);
    world.opened.setActive('secondary', 'a test');

    expect(secondary.of('commit')).toHaveLength(1);
    expect(secondary.uncommitted()).toEqual([]);
    expect(world.received).toEqual(['one', 'two']);
    expect(world.events).toContainEqual(
      expect.objectContaining({ stream: expect.objectContaining({ endpoint: 'https://127.0.0.1:1' }) }),
    );
  });

  test('H2: it is looked for once, also in an outage', async () => {
    await using world = new World();
    let looks = 0;
    world.onLook = (role) => {
      if (role === 'primary') looks++;
    };
    void world.readOn();
    await world.clock.pass(60_000);
    world.primary.fault = () => status(503);
    await world.clock.pass(60_000);

    expect(looks).toBe(1);
  });

  test('H2, D13: one that was deleted and created anew is found by its refusals alone', async () => {
    await using world = new World();
    const { secondary, clock } = world;
    void world.readOn();
    await clock.pass(1_000);
    secondary.recreate('ocid1.stream.oc1.sa-vinhedo-1.b');
    secondary.store(0, 'new');
    await clock.pass(30_000);

    expect(world.received).toEqual(['new']);
  });

  test('H19: another one that refuses too is told of anew', async () => {
    await using world = new World();
    const { secondary, clock } = world;
    secondary.fault = () => status(403);
    void world.readOn();
    await clock.pass(60_000);
    expect(world.told('warning')).toHaveLength(1);
    secondary.recreate('ocid1.stream.oc1.sa-vinhedo-1.b');
    await clock.pass(120_000);

    expect(world.told('warning')).toHaveLength(2);
  });

  test('H10: another one is not moved for what retention took of the first', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one', 'lost', 'kept');
    primary.committed.set('0', 0);
    primary.expire(0, 2);
    primary.fault = (operation) => (operation === 'resetGroup' ? status(503) : undefined);
    void world.readOn();
    await clock.pass(5_000);
    expect(primary.of('resetGroup').length).toBeGreaterThan(0);
    primary.recreate('ocid1.stream.oc1.sa-saopaulo-1.b');
    primary.expire(0, 0);
    primary.fault = undefined;
    world.opened.relocate('primary');
    const resets = primary.of('resetGroup').length;
    primary.store(0, 'new');
    await clock.pass(10_000);

    expect(world.received).toEqual(['new']);
    expect(primary.of('resetGroup')).toHaveLength(resets);
  });

  test('H2: the same stream is not left', async () => {
    await using world = new World();
    const { secondary, clock } = world;
    void world.readOn();
    await clock.pass(100);
    world.opened.relocate('secondary');
    await clock.pass(20_000);

    expect(secondary.of('groupCursor')).toHaveLength(1);
  });

  test('H2: one that is not known any more is not read', async () => {
    await using world = new World();
    const { secondary, clock } = world;
    void world.readOn();
    await clock.pass(100);
    world.secondaryKnown = false;
    world.opened.relocate('secondary');
    await clock.pass(100);
    const reads = secondary.of('read').length;
    await clock.pass(60_000);

    expect(secondary.of('read')).toHaveLength(reads);
  });
});

describe('an operator resets the group', () => {
  test('H16: is followed from the new position', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one');
    void world.readOn();
    await clock.pass(2_000);
    primary.store(0, 'two');
    await clock.pass(2_000);
    await primary.resetGroup();
    await clock.pass(2_000);

    expect(world.received).toEqual(['one', 'two', 'one', 'two']);
  });
});

describe('from latest', () => {
  test('H2, H18: begins where the consumer began, also in a region that is found later', async () => {
    await using world = new World({ secondaryKnown: false, options: { from: 'latest' } });
    void world.readOn();
    await world.clock.pass(60_000);
    world.secondaryKnown = true;
    world.opened.relocate('secondary');
    await world.clock.pass(1_000);

    expect(world.primary.positions.map(({ from }) => from)).toEqual(['LATEST']);
    expect(world.secondary.positions.map(({ from }) => from)).toEqual([{ time: '2026-11-23T12:00:00.000Z' }]);
  });
});
