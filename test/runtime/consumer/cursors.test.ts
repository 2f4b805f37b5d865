import { describe, expect, it } from 'vitest';

import { status } from './group-region.ts';
import { World } from './world.ts';

describe('H5 a cursor is lost', () => {
  it('makes a new one, without a word and without a copy', async () => {
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

  it('reads on at once', async () => {
    await using world = new World();
    void world.readOn();
    await world.clock.pass(60_000);
    world.primary.spoilCursors();
    world.primary.store(0, 'one');
    await world.clock.pass(1_000);

    expect(world.received).toEqual(['one']);
  });

  it('also while a batch is in hand', async () => {
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
    void slow;
  });

  it('is for a person when no cursor is ever good', async () => {
    await using world = new World();
    world.primary.fault = (operation) => (operation === 'read' ? status(400, 'no') : undefined);
    await expect(world.clock.passUntil(world.readOn(), 60_000)).rejects.toMatchObject({ code: 'REJECTED' });
  });
});

describe('H10 retention passed over the group', () => {
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

  it('says which offsets of which partition are gone, and moves the group on', async () => {
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

  it('says it without offsets when they cannot be found out, and moves the group on all the same', async () => {
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

describe('H16 an operator resets the group', () => {
  it('is followed from the new position', async () => {
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
  it('begins where the consumer began, also in a region that is found later', async () => {
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
