import { describe, expect, test } from 'vitest';

import { status } from './group-region.ts';
import { World } from './world.ts';

describe('the active region cannot be read for good', () => {
  test('H1: switches to the secondary, says so once, and goes on', async () => {
    await using world = new World();
    const { primary, secondary, clock } = world;
    void world.readOn();
    primary.store(0, 'one');
    await clock.pass(5_000);
    primary.fault = () => status(500);
    secondary.store(0, 'two');
    await clock.pass(10_000);
    secondary.store(0, 'three');
    await clock.pass(60_000);

    expect(world.received).toEqual(['one', 'two', 'three']);
    expect(world.told('now-consuming')).toEqual(['now-consuming secondary']);
    expect(world.consumer.active).toBe('secondary');
    expect(world.events.find(({ type }) => type === 'now-consuming')).toMatchObject({
      stream: { ocid: secondary.stream.ocid, endpoint: secondary.stream.endpoint },
      because: expect.stringMatching(/^sa-saopaulo-1 cannot be read: 500, \d attempts$/),
    });
  });

  test('H1: takes no more than 8 s for it', async () => {
    await using world = new World();
    void world.readOn();
    await world.clock.pass(5_000);
    world.primary.fault = () => status(500);
    await world.clock.pass(8_000);

    expect(world.consumer.active).toBe('secondary');
  });

  test('H1: so in whatever moment of a pause of the other region the outage begins', async () => {
    for (let ms = 0; ms < 10_000; ms += 1_500) {
      await using world = new World();
      void world.readOn();
      await world.clock.pass(60_000 + ms);
      world.primary.fault = () => status(500);
      await world.clock.pass(8_000);

      expect(world.consumer.active).toBe('secondary');
    }
  });

  test('H1: tells each failed read while it matters, and not every one of a long outage', async () => {
    await using world = new World();
    world.primary.fault = () => status(500);
    void world.readOn();
    await world.clock.pass(600_000);

    const failed = world.told('read-failed');
    expect(failed.length).toBeGreaterThanOrEqual(5);
    expect(failed.length).toBeLessThan(10);
  });

  test('H1: waits out an outage of 1.5 s', async () => {
    await using world = new World();
    const { primary, clock } = world;
    void world.readOn();
    await clock.pass(5_000);
    primary.fault = () => status(503);
    primary.store(0, 'one');
    await clock.pass(1_500);
    primary.fault = undefined;
    await clock.pass(10_000);

    expect(world.received).toEqual(['one']);
    expect(world.told('now-consuming')).toEqual([]);
  });

  test('H1: returns when the secondary fails for good and the primary answers', async () => {
    await using world = new World();
    const { primary, secondary, clock } = world;
    primary.fault = () => status(500);
    void world.readOn();
    await clock.pass(20_000);
    primary.fault = undefined;
    secondary.fault = () => status(500);
    primary.store(0, 'one');
    await clock.pass(20_000);

    expect(world.told('now-consuming')).toEqual(['now-consuming secondary', 'now-consuming primary']);
    expect(world.received).toEqual(['one']);
  });

  test('H1: does not switch when neither region answers', async () => {
    await using world = new World();
    const { primary, secondary, clock } = world;
    void world.readOn();
    await clock.pass(20_000);
    const unreachable = { type: 'unreachable', reason: 'network', detail: 'ENETUNREACH' } as const;
    primary.fault = () => unreachable;
    secondary.fault = () => unreachable;
    await clock.pass(120_000);

    expect(world.told('now-consuming')).toEqual([]);
    expect(world.consumer.active).toBe('primary');
  });
});

describe('a defect of the reader', () => {
  test.each([
    ['an error', new Error('defect'), { message: 'defect' }],
    ['something else', 'defect', { code: 'CALL_FAILED', message: 'defect' }],
  ])(
    'INV-11: %s that is thrown where nothing should be ends the loop with an error',
    async (_, thrown, told) => {
      await using world = new World();
      const { primary, secondary, clock } = world;
      world.events.push = () => {
        throw thrown;
      };
      primary.fault = () => status(500);
      await expect(clock.passUntil(world.readOn(), 10_000)).rejects.toMatchObject(told);
      const reads = secondary.of('read').length;
      await clock.pass(60_000);

      expect(secondary.of('read')).toHaveLength(reads);
    },
  );
});

describe('no secondary is known yet', () => {
  test('H2: keeps trying the primary', async () => {
    await using world = new World({ secondaryKnown: false });
    const { primary, clock } = world;
    primary.fault = () => status(500);
    void world.readOn();
    await clock.pass(300_000);
    primary.store(0, 'one');
    primary.fault = undefined;
    await clock.pass(6_000);

    expect(world.received).toEqual(['one']);
    expect(world.told('now-consuming')).toEqual([]);
  });

  test('H2: switches as soon as the secondary is known', async () => {
    await using world = new World({ secondaryKnown: false });
    const { primary, secondary, clock } = world;
    primary.fault = () => status(500);
    secondary.store(0, 'one');
    void world.readOn();
    await clock.pass(300_000);
    world.secondaryKnown = true;
    world.opened.relocate('secondary');
    await clock.pass(1_000);

    expect(world.received).toEqual(['one']);
    expect(world.told('now-consuming')).toEqual(['now-consuming secondary']);
  });
});

describe('two loops of one consumer', () => {
  test('H17: read no more often than one', async () => {
    const reads: number[] = [];
    for (const loops of [1, 2]) {
      await using world = new World();
      for (let loop = 0; loop < loops; loop++) void world.readOn();
      await world.clock.pass(60_000);
      reads.push(world.consumer.stats().reads);
    }
    expect(reads[1]).toBe(reads[0]);
  });
});

describe('what the record says', () => {
  test('H3: is followed at once, and announced once', async () => {
    await using world = new World();
    const { secondary, clock } = world;
    void world.readOn();
    await clock.pass(20_000);
    world.opened.setActive('secondary', 'stream.properties');
    world.opened.setActive('secondary', 'stream.properties');
    secondary.store(0, 'one');
    await clock.pass(250);

    expect(world.received).toEqual(['one']);
    expect(world.events.filter(({ type }) => type === 'now-consuming')).toEqual([
      { type: 'now-consuming', stream: secondary.stream, role: 'secondary', because: 'stream.properties' },
    ]);
  });

  test('H4: counts for more than an old verdict', async () => {
    await using world = new World();
    const { primary, clock, consumer } = world;
    primary.fault = () => status(503);
    void world.readOn();
    await clock.pass(60_000);
    let failures = 1;
    primary.fault = () => (failures-- > 0 ? status(503) : undefined);
    world.opened.setActive('primary', 'stream.properties');
    await clock.pass(60_000);

    expect(consumer.active).toBe('primary');
    expect(world.told('now-consuming')).toEqual(['now-consuming secondary', 'now-consuming primary']);
  });

  test('H4: does not make an answer forgotten, and does a refusal', async () => {
    await using world = new World();
    const { secondary, clock, consumer } = world;
    void world.readOn();
    await clock.pass(1_000);
    const healthNow = (): string => consumer.readings()[1]!.health.type;
    world.opened.setActive('secondary', 'stream.properties');
    expect(healthNow()).toBe('answering');
    world.opened.setActive('primary', 'stream.properties');
    secondary.fault = () => status(403);
    await clock.pass(60_000);
    expect(healthNow()).toBe('refused');
    world.opened.setActive('secondary', 'stream.properties');

    expect(healthNow()).toBe('unknown');
  });

  test('H2: is announced when the stream is known, if that comes later', async () => {
    await using world = new World({ secondaryKnown: false });
    const { clock } = world;
    void world.readOn();
    world.opened.setActive('secondary', 'stream.properties');
    await clock.pass(1_000);
    expect(world.told('now-consuming')).toEqual([]);
    world.secondaryKnown = true;
    world.opened.relocate('secondary');
    await clock.pass(1_000);

    expect(world.told('now-consuming')).toEqual(['now-consuming secondary']);
  });
});

describe('a region whose reads fail while its writes work', () => {
  test('A15: is reported each time, and read again for as long as it takes; nothing is lost', async () => {
    await using world = new World({ secondaryKnown: false });
    const { primary, clock, consumer } = world;
    primary.store(0, 'before');
    void world.readOn();
    await clock.pass(1_000);
    primary.fault = (operation) => (operation === 'read' ? { type: 'timeout', afterMs: 2_000 } : undefined);
    primary.store(0, 'during 1', 'during 2');
    await clock.pass(3_600_000);
    const failed = world.events.filter(({ type }) => type === 'read-failed');
    expect(failed.length).toBeGreaterThan(700);
    expect(failed[0]).toMatchObject({ role: 'primary', failure: { type: 'timeout' } });
    expect(world.told('gap', 'now-consuming', 'warning')).toEqual([]);
    expect(consumer.active).toBe('primary');
    primary.fault = undefined;
    await clock.pass(6_000);

    expect(world.received).toEqual(['before', 'during 1', 'during 2']);
    expect(primary.uncommitted()).toEqual([]);
  });
});

describe('a secondary that is active and refuses', () => {
  test.each([401, 403, 404])('H19: one %i ends nothing', async (code) => {
    await using world = new World({ active: 'secondary' });
    const { secondary, clock } = world;
    let isEnded = false;
    void world.readOn().then(
      () => (isEnded = true),
      () => (isEnded = true),
    );
    await clock.pass(1_000);
    let refusals = 1;
    secondary.fault = () => (refusals-- > 0 ? status(code) : undefined);
    secondary.store(0, 'one');
    await clock.pass(3_000);

    expect(world.received).toEqual(['one']);
    expect(isEnded).toBe(false);
  });

  test('H19: hours of refusals are told, the primary is read meanwhile, and the secondary is read after them', async () => {
    await using world = new World({ active: 'secondary' });
    const { primary, secondary, clock } = world;
    secondary.fault = () => status(403, 'NotAuthorized');
    void world.readOn();
    await clock.pass(3_600_000);
    primary.store(0, 'stranded');
    secondary.store(0, 'new');
    await clock.pass(10_000);
    expect(world.received).toEqual(['stranded']);
    expect(world.events).toContainEqual({
      type: 'warning',
      code: 'read-refused',
      region: 'sa-vinhedo-1',
      message: expect.stringContaining('The secondary stream in sa-vinhedo-1 cannot be read: '),
    });
    expect(world.told('warning')).toHaveLength(1);
    expect(world.told('read-failed').length).toBeLessThan(10);
    secondary.fault = undefined;
    await clock.pass(61_000);

    expect(world.received).toEqual(['stranded', 'new']);
  });

  test.each([401, 403])('INV-10: when the primary refuses too, by %i, a person is told', async (code) => {
    await using world = new World({ active: 'secondary' });
    world.primary.fault = () => status(code);
    world.secondary.fault = () => status(code);
    const run = world.clock.passUntil(world.readOn(), 20_000);

    await expect(run).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('secondary stream in sa-vinhedo-1 cannot be read'),
    });
  });

  test('H19: what the record says now counts for more than an old refusal', async () => {
    await using world = new World();
    const { secondary, clock } = world;
    secondary.fault = () => status(403);
    void world.readOn();
    await clock.pass(600_000);
    secondary.fault = undefined;
    secondary.store(0, 'one');
    world.opened.setActive('secondary', 'a test');
    await clock.pass(250);

    expect(world.received).toEqual(['one']);
  });
});

describe('what is not an outage', () => {
  test('C17: one 401 or 404 of the active primary is waited out', async () => {
    await using world = new World();
    const { primary, clock } = world;
    void world.readOn();
    await clock.pass(1_000);
    for (const code of [401, 403, 404, 408]) {
      let refusals = 1;
      primary.fault = () => (refusals-- > 0 ? status(code) : undefined);
      primary.store(0, `after ${code}`);
      await clock.pass(4_000);
    }

    expect(world.received).toEqual(['after 401', 'after 403', 'after 404', 'after 408']);
    expect(world.told('read-failed')).toHaveLength(4);
  });

  test('C17: refusals with answers in between are never final', async () => {
    await using world = new World();
    const { primary, clock } = world;
    let calls = 0;
    primary.fault = () => (calls++ % 3 === 2 ? status(401) : undefined);
    void world.readOn();
    await clock.pass(120_000);
    primary.store(0, 'one');
    await clock.pass(4_000);

    expect(world.received).toEqual(['one']);
  });

  test('INV-10: rejects when the active region refuses the credentials', async () => {
    await using world = new World();
    world.primary.fault = () => status(401, 'NotAuthenticated');
    await expect(world.clock.passUntil(world.readOn(), 10_000)).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('primary stream in sa-saopaulo-1 cannot be read'),
    });

    expect(world.told('now-consuming')).toEqual([]);
    await expect(world.readOn()).rejects.toMatchObject({ code: 'AUTH' });
  });

  test('H19: warns once when the other region refuses them, and reads on', async () => {
    await using world = new World();
    const { primary, secondary, clock } = world;
    secondary.fault = () => status(403);
    void world.readOn();
    await clock.pass(600_000);
    primary.store(0, 'one');
    await clock.pass(1_000);

    expect(world.received).toEqual(['one']);
    expect(world.told()).toEqual(['warning']);
    expect(secondary.calls.length).toBeLessThan(15);
  });

  test('D13: bears with a new stream that answers 404 at first', async () => {
    await using world = new World();
    const { secondary, clock } = world;
    secondary.fault = () => status(404);
    secondary.store(0, 'one');
    void world.readOn();
    world.opened.setActive('secondary', 'stream.properties');
    await clock.pass(25_000);
    secondary.fault = undefined;
    await clock.pass(2_000);

    expect(world.received).toEqual(['one']);
  });

  test('D13, INV-10: rejects when the active stream stays absent', async () => {
    await using world = new World();
    world.primary.fault = () => status(404);
    await expect(world.clock.passUntil(world.readOn(), 35_000)).rejects.toMatchObject({
      code: 'NOT_AUTHORIZED_OR_NOT_FOUND',
    });
  });

  test('H17: paces itself when it is throttled, without a word', async () => {
    await using world = new World();
    const { primary, clock } = world;
    let refusals = 0;
    primary.fault = () => (refusals++ < 50 ? status(429, 'next request can be made in 100 ms') : undefined);
    primary.store(0, 'one');
    void world.readOn();
    await clock.pass(10_000);

    expect(world.received).toEqual(['one']);
    expect(world.told()).toEqual([]);
  });
});
