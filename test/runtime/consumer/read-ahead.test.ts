import { describe, expect, test } from 'vitest';

import { status } from './group-region.ts';
import { World } from './world.ts';

/** Texts `0`, `1`, …, of which a read gives `readLimit`. */
function stored(world: World, count: number): string[] {
  const texts = Array.from({ length: count }, (_, index) => `${index}`);
  world.primary.store(0, ...texts);
  return texts;
}

/** No message is committed that is not handled. */
function expectNothingEarly({ primary, received }: World, texts: readonly string[]): void {
  expect(primary.uncommitted()).toEqual(expect.arrayContaining(texts.slice(received.length)));
}

/** Handles each message in `ms`, and keeps its text. */
function handleIn(world: World, ms: number): void {
  void world.consumer.run(async (message) => {
    await world.clock.sleep(ms);
    world.received.push(message.text());
  });
}

/** Commits fail for `ms`, then for 10 s in which nothing is read. */
async function commitsFail({ primary, clock }: World, ms: number): Promise<void> {
  primary.fault = (operation) => (operation === 'commit' ? status(503) : undefined);
  await clock.pass(ms);
  const reads = primary.of('read').length;
  await clock.pass(10_000);
  expect(primary.of('read')).toHaveLength(reads);
  primary.fault = undefined;
}

describe('a handler that takes as long as a read', () => {
  test('H23: does not wait for reads: each is made while the one before it is handled', async () => {
    await using world = new World({ options: { readLimit: 1 } });
    const { primary, clock } = world;
    const texts = stored(world, 20);
    primary.latency = () => clock.sleep(300);
    handleIn(world, 300);
    // Opening takes two calls; a commit now and then delays the next read, and not the handler.
    await clock.pass(20 * 300 + 5 * 300);

    expect(world.received).toEqual(texts);
  });

  test('H23, H6: one read ahead and no more, and nothing of it is committed', async () => {
    await using world = new World({ options: { readLimit: 2 } });
    const { primary, clock, consumer } = world;
    const texts = stored(world, 40);
    handleIn(world, 200);
    for (let passed = 0; passed < 9_000; passed += 100) {
      await clock.pass(100);
      expect(consumer.stats().buffered).toBeLessThanOrEqual(4);
      expectNothingEarly(world, texts);
    }

    expect(world.received).toEqual(texts);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H23, H17: commits at most 5 times a second, and within a second or two', async () => {
    await using world = new World({ options: { readLimit: 1 }, strict: true });
    const { primary, clock } = world;
    stored(world, 40);
    handleIn(world, 250);
    await clock.pass(8_000);
    expect(primary.calls.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(40 - world.received.length).toBeLessThan(primary.uncommitted().length + 1);
    expect(primary.uncommitted().length - (40 - world.received.length)).toBeLessThan(6);
  });

  test('H5: after a lost cursor each message is handled once, in order', async () => {
    await using world = new World({ options: { readLimit: 2 } });
    const { primary, clock } = world;
    const texts = stored(world, 30);
    handleIn(world, 200);
    await clock.pass(2_100);
    primary.spoilCursors();
    await clock.pass(2_000);
    primary.spoilCursors();
    await clock.pass(6_000);

    expect(world.received).toEqual(texts);
    expect(primary.uncommitted()).toEqual([]);
    expect(world.told()).toEqual(['cursor-renewed', 'cursor-renewed']);
  });

  test('H15: closing commits what is handled, and not what was read ahead', async () => {
    await using world = new World({ options: { readLimit: 2 } });
    const { primary, clock, consumer } = world;
    const texts = stored(world, 30);
    handleIn(world, 200);
    await clock.pass(2_100);
    expect(consumer.stats().buffered).toBeGreaterThan(2);
    await world.close();

    expect(primary.uncommitted()).toEqual(texts.slice(world.received.length));
  });

  test('H23: each loop of several gets one read of a region after another', async () => {
    await using world = new World({ options: { readLimit: 2 } });
    const texts = stored(world, 20);
    handleIn(world, 100);
    handleIn(world, 100);
    await world.clock.pass(10_000);

    expect(world.received).toEqual(texts);
  });
});

describe('an answer that takes long to arrive', () => {
  /** The head of an answer takes 250 ms, its messages 200 more. */
  function slowWorld(readLimit = 1): World {
    const world = new World({ options: { readLimit }, secondaryKnown: false });
    const { primary, clock } = world;
    primary.latency = () => clock.sleep(250);
    primary.transfer = () => clock.sleep(200);
    return world;
  }

  test('H23: the region is at work on the next read meanwhile', async () => {
    await using world = slowWorld();
    const texts = stored(world, 20);
    handleIn(world, 1);
    // One after another they would take 450 ms each. Opening takes some calls more.
    await world.clock.pass(20 * 250 + 5 * 250);

    expect(world.received).toEqual(texts);
    await world.close();
    expect(world.consumer.stats().primary.reads).toBe(world.primary.of('read').length);
  });

  test('H23, H5: and does not arrive: each message is handled once, in order', async () => {
    await using world = slowWorld();
    const { primary, clock } = world;
    const texts = stored(world, 20);
    let reads = 0;
    primary.cuts = () => ++reads % 3 === 0;
    handleIn(world, 1);
    await clock.pass(60_000);

    expect(world.received).toEqual(texts);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H23, H6: two reads ahead are never made, however slow the handler becomes', async () => {
    await using world = slowWorld(2);
    const { clock, consumer } = world;
    const texts = stored(world, 40);
    void consumer.run(async (message) => {
      await clock.sleep(world.received.length < 10 ? 1 : 700);
      world.received.push(message.text());
    });
    for (let passed = 0; passed < 40_000; passed += 100) {
      await clock.pass(100);
      expect(consumer.stats().buffered).toBeLessThanOrEqual(4);
      expectNothingEarly(world, texts);
    }

    expect(world.received).toEqual(texts);
  });

  test('H23, H14: a commit that fails stops it as any read', async () => {
    await using world = slowWorld();
    const { clock } = world;
    const texts = stored(world, 60);
    handleIn(world, 1);
    await clock.pass(3_000);
    await commitsFail(world, 3_000);
    await clock.pass(60_000);

    expect(world.received).toEqual(texts);
  });

  test('I1, H17: it is read no more often than the service allows, and an idle one no more often than before', async () => {
    await using world = new World({
      options: { readLimit: 1, idlePollMs: 2_000 },
      strict: true,
      secondaryKnown: false,
    });
    const { primary, clock } = world;
    stored(world, 100);
    primary.latency = () => clock.sleep(100);
    primary.transfer = () => clock.sleep(100);
    handleIn(world, 1);
    await clock.pass(30_000);
    expect(world.received).toHaveLength(100);
    primary.latency = () => clock.sleep(400);
    const before = primary.of('read').length;
    await clock.pass(60_000);

    expect(primary.calls.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(primary.of('read').length - before).toBeLessThanOrEqual(60_000 / 2_000);
  });
});

describe('many members', () => {
  test('H23, H17: wait for no commit, though each of them commits seldom', async () => {
    const members = 12;
    await using world = new World({
      shared: true,
      strict: true,
      partitions: { primary: members },
      secondaryKnown: false,
      options: { readLimit: 1 },
    });
    const { primary, clock } = world;
    const all = [world.opened, ...Array.from({ length: members - 1 }, () => world.open())];
    for (const { consumer } of all) void world.readOn(consumer);
    await clock.pass(30_000);
    const before = primary.of('read').length;
    for (let partition = 0; partition < members; partition++) {
      primary.store(partition, ...Array.from({ length: 100 }, (_, index) => `${partition} ${index}`));
    }
    await clock.pass(15_000);

    // Nearly 5 a second of each partition could be read; GetGroup takes some of the time.
    expect(primary.of('read').length - before).toBeGreaterThan(members * 15 * 3.2);
    await Promise.all(all.slice(1).map((each) => world.close(each)));
  });
});

describe('a handler that is slow', () => {
  test('H23, H8: is not read ahead of: a read could move its partition to another member', async () => {
    await using world = new World({ options: { readLimit: 1 } });
    const { primary, clock, consumer } = world;
    stored(world, 10);
    handleIn(world, 5_000);
    for (let passed = 0; passed < 30_000; passed += 500) {
      await clock.pass(500);
      expect(consumer.stats().buffered).toBeLessThanOrEqual(1);
    }
    expect(primary.of('heartbeat')).toEqual([]);
  });

  test('H8: one that becomes slow keeps its partitions with heartbeats, for the read ahead too', async () => {
    await using world = new World({ shared: true, options: { readLimit: 1 } });
    const { primary, clock } = world;
    stored(world, 10);
    void world.consumer.run(async (message) => {
      await clock.sleep(message.text() === '5' ? 400_000 : 100);
      world.received.push(message.text());
    });
    await clock.pass(410_000);

    expect(world.received).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(primary.of('groupCursor')).toHaveLength(1);
    expect(primary.uncommitted()).toEqual([]);
    expect(world.told()).toEqual([]);
  });
});

describe('commits that fail', () => {
  test('H23, H14: stop reading until one succeeds, are told of, and lose nothing', async () => {
    await using world = new World({ options: { readLimit: 1 } });
    const { primary, clock } = world;
    const texts = stored(world, 40);
    handleIn(world, 250);
    await clock.pass(3_000);
    await commitsFail(world, 10_000);
    const [told] = world.events.filter(({ type }) => type === 'read-failed');
    expect(told).toMatchObject({ region: 'sa-saopaulo-1', failure: { status: 503 } });
    await clock.pass(40_000);

    expect(world.received).toEqual(texts);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H5: one that is refused for its cursor makes a new one, and nothing is handled twice', async () => {
    await using world = new World({ options: { readLimit: 1 } });
    const { primary, clock } = world;
    const texts = stored(world, 20);
    handleIn(world, 250);
    await clock.pass(2_000);
    let refusals = 1;
    primary.fault = (operation) =>
      operation === 'commit' && refusals-- > 0
        ? status(400, 'Trying to commit unreserved partition')
        : undefined;
    await clock.pass(15_000);

    expect(world.received).toEqual(texts);
    expect(primary.uncommitted()).toEqual([]);
    expect(world.told()).toEqual(['cursor-renewed']);
  });
});
