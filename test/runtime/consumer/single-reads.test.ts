import { describe, expect, test } from 'vitest';

import type { ConsumedMessage } from '../../../runtime/consumer/index.ts';
import { HaError } from '../../../runtime/errors.ts';
import { status } from './group-region.ts';
import { textsOf, World } from './world.ts';

function once(world: World): Promise<ConsumedMessage[]> {
  return world.clock.passUntil(world.consumer.consumeOnce(), 20_000);
}

describe('consumeOnce', () => {
  test('H6: gives what is there, and commits it with the next call', async () => {
    await using world = new World({ partitions: { primary: 3 } });
    const { primary } = world;
    primary.store(2, 'one', 'two');
    expect(textsOf(await once(world))).toEqual(['one', 'two']);
    expect(primary.uncommitted()).toEqual(['one', 'two']);

    expect(await once(world)).toEqual([]);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H6: or with close', async () => {
    await using world = new World();
    world.primary.store(0, 'one');
    await once(world);
    await world.close();

    expect(world.primary.uncommitted()).toEqual([]);
  });

  test('H1: switches when the active region fails, and stays there', async () => {
    await using world = new World();
    const { primary, secondary } = world;
    primary.fault = () => status(500);
    secondary.store(0, 'one');
    expect(textsOf(await once(world))).toEqual(['one']);
    expect(world.told('now-consuming')).toEqual(['now-consuming secondary']);
    const asked = primary.calls.length;
    secondary.store(0, 'two');

    expect(textsOf(await once(world))).toEqual(['two']);
    expect(primary.calls.length).toBe(asked);
  });

  test('H2: rejects when no region can be read, and works again later', async () => {
    await using world = new World({ secondaryKnown: false });
    world.primary.fault = () => status(503);
    await expect(once(world)).rejects.toMatchObject({ code: 'CALL_FAILED', failure: { status: 503 } });
    world.primary.fault = undefined;
    world.primary.store(0, 'one');

    expect(textsOf(await once(world))).toEqual(['one']);
  });

  test('INV-10: rejects with what a person must do when it is not an outage', async () => {
    await using world = new World();
    world.primary.fault = () => status(401);
    await expect(once(world)).rejects.toMatchObject({ code: 'AUTH' });
    expect(world.secondary.calls).toEqual([]);
  });

  test('H3: finds what is left in the region that is not active, and commits it', async () => {
    await using world = new World({ active: 'secondary' });
    const { primary, secondary } = world;
    primary.store(0, 'left', 'behind');
    secondary.store(0, 'new');
    expect(textsOf(await once(world))).toEqual(['new']);
    expect(textsOf(await once(world))).toEqual(['left', 'behind']);
    expect(await once(world)).toEqual([]);
    expect([...primary.uncommitted(), ...secondary.uncommitted()]).toEqual([]);
    expect(world.consumer.active).toBe('secondary');
  });

  test('H3: neither region keeps the other one waiting while both have more', async () => {
    await using world = new World({ active: 'secondary', options: { readLimit: 1 } });
    world.primary.store(0, 'old 1', 'old 2', 'old 3');
    world.secondary.store(0, 'new 1', 'new 2', 'new 3');
    const texts: string[] = [];
    for (let read = 0; read < 6; read++) texts.push(...textsOf(await once(world)));
    expect(texts).toEqual(['new 1', 'old 1', 'new 2', 'old 2', 'new 3', 'old 3']);
  });

  test('H18: finds a late writer within 10 s, however busy the active region is', async () => {
    await using world = new World();
    const { primary, secondary, clock } = world;
    const read = async (): Promise<string[]> => {
      primary.store(0, 'busy');
      await clock.pass(1_000);
      return textsOf(await once(world));
    };
    for (let reads = 0; reads < 20; reads++) expect(await read()).toEqual(['busy']);
    secondary.store(0, 'late');
    const texts: string[] = [];
    for (let reads = 0; reads < 10; reads++) texts.push(...(await read()));
    expect(texts).toContain('late');
  });

  test('H2: a stream that is not there is looked for every 10 s, however fast it is called, and found', async () => {
    await using world = new World({ active: 'secondary', secondaryKnown: false });
    const { clock } = world;
    const startedAt = clock.now();
    let looks = 0;
    world.onLook = (role) => {
      if (role === 'secondary') looks++;
    };
    const read = async (): Promise<string[]> => {
      await clock.pass(100);
      return textsOf(await once(world));
    };
    for (let reads = 0; reads < 300; reads++) expect(await read()).toEqual([]);
    expect(looks).toBeGreaterThan(1);
    expect(looks).toBeLessThanOrEqual(1 + (clock.now() - startedAt) / 10_000);
    world.secondaryKnown = true;
    world.secondary.store(0, 'one');
    const texts: string[] = [];
    for (let reads = 0; reads < 101; reads++) texts.push(...(await read()));
    expect(texts).toEqual(['one']);
  });

  test('H3: a region that is not active and fails costs a busy program nothing, and an idle one a call now and then', async () => {
    await using world = new World({ active: 'secondary' });
    const { primary, secondary, clock } = world;
    primary.fault = () => status(503);
    primary.latency = () => clock.sleep(5_000);
    const startedAt = clock.now();
    const failing = (): boolean => world.consumer.readings()[0]?.health.type === 'failing';
    for (let reads = 0; reads < 100 && !failing(); reads++) expect(await once(world)).toEqual([]);
    expect(failing()).toBe(true);
    expect(primary.calls.length).toBeLessThanOrEqual(1 + (clock.now() - startedAt) / 8_000);

    const asked = primary.calls.length;
    const busyAt = clock.now();
    for (let reads = 0; reads < 50; reads++) {
      secondary.store(0, 'busy');
      expect(textsOf(await once(world))).toEqual(['busy']);
    }
    expect(primary.calls.length).toBe(asked);
    expect(clock.now() - busyAt).toBeLessThan(50 * 220);
  });

  test('H3, INV-10: what the active region refuses for good is an error each time, and the other one is read in between', async () => {
    await using world = new World();
    world.primary.fault = () => status(401);
    world.secondary.store(0, 'one', 'two');
    await expect(once(world)).rejects.toMatchObject({ code: 'AUTH' });
    expect(textsOf(await once(world))).toEqual(['one', 'two']);
    await expect(once(world)).rejects.toMatchObject({ code: 'AUTH' });
    expect(world.consumer.active).toBe('primary');
  });

  test('H2, H3: while the active stream is not known the other one is read', async () => {
    await using world = new World({ active: 'secondary', secondaryKnown: false });
    world.primary.store(0, 'one');
    expect(await once(world)).toEqual([]);
    expect(textsOf(await once(world))).toEqual(['one']);
  });

  test('H3: what the other region refuses for good is no error while the active one answers', async () => {
    await using world = new World();
    world.secondary.fault = () => status(401);
    expect(await once(world)).toEqual([]);
    world.primary.store(0, 'one');
    expect(textsOf(await once(world))).toEqual(['one']);
  });

  test('H17: keeps within 5 reads a second of a partition, however fast it is called', async () => {
    await using world = new World({ strict: true, options: { readLimit: 1 } });
    const { primary, clock } = world;
    const texts = Array.from({ length: 30 }, (_, index) => `message ${index}`);
    primary.store(0, ...texts);
    const startedAt = clock.now();
    const received: string[] = [];
    for (let pass = 0; pass < 30; pass++) received.push(...textsOf(await once(world)));

    expect(received).toEqual(texts);
    expect(primary.of('read').filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(clock.now() - startedAt).toBe(29 * 210);
  });

  for (const code of [401, 404, 429, 500, 503]) {
    test(`INV-9: a program that asks again at once makes few calls while ${code} is all that it gets`, async () => {
      await using world = new World();
      const { primary, secondary, clock } = world;
      for (const region of [primary, secondary]) region.fault = () => status(code);
      const startedAt = clock.now();
      for (let asked = 0; asked < 1_000 && clock.now() - startedAt < 120_000; asked++) {
        const error = await once(world).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(HaError);
      }
      const seconds = (clock.now() - startedAt) / 1_000;
      expect(seconds).toBeGreaterThan(100);
      expect(primary.calls.length + secondary.calls.length).toBeLessThan(20 + 2 * seconds);
    });
  }

  test('H17: waits as long as a 429 says', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one');
    let refusals = 1;
    primary.fault = (operation) =>
      operation === 'read' && refusals-- > 0 ? status(429, 'next request can be made in 1000 ms') : undefined;
    const startedAt = clock.now();
    expect(textsOf(await once(world))).toEqual(['one']);
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(1_000);
    expect(clock.now() - startedAt).toBeLessThanOrEqual(1_100);
  });

  test('H11: gives each partition its turn before it gives nothing', async () => {
    await using world = new World({ partitions: { primary: 5 } });
    expect(await once(world)).toEqual([]);
    expect(world.primary.of('read')).toHaveLength(5);
    world.primary.store(4, 'one');

    expect(textsOf(await once(world))).toEqual(['one']);
  });

  test('H5: makes a new cursor when it is lost, and gives nothing twice', async () => {
    await using world = new World();
    world.primary.store(0, 'one', 'two');
    expect(textsOf(await once(world))).toEqual(['one', 'two']);
    world.primary.spoilCursors();
    world.primary.store(0, 'three');

    expect(textsOf(await once(world))).toEqual(['three']);
    await world.close();
    expect(world.primary.uncommitted()).toEqual([]);
  });

  test('H1: gives nothing when the other region answers that it has nothing', async () => {
    await using world = new World();
    world.primary.fault = () => status(500);
    expect(await once(world)).toEqual([]);
    expect(world.consumer.active).toBe('secondary');
  });

  test('H2: gives nothing while the stream of the active region is not known', async () => {
    await using world = new World({ active: 'secondary', secondaryKnown: false });
    expect(await once(world)).toEqual([]);
    expect(world.primary.calls).toEqual([]);
  });

  test('H1, H2: rejects with the failure of the active region when neither answers', async () => {
    await using world = new World();
    world.primary.fault = () => status(500);
    world.secondary.fault = () => status(502);
    await expect(once(world)).rejects.toMatchObject({ failure: { status: 500 } });
  });

  test('D13: rejects within the retry window when the active stream is absent', async () => {
    await using world = new World();
    world.primary.fault = () => status(404);
    const startedAt = world.clock.now();
    await expect(once(world)).rejects.toMatchObject({ code: 'NOT_AUTHORIZED_OR_NOT_FOUND' });
    expect(world.clock.now() - startedAt).toBeLessThan(6_000);
    expect(world.clock.now() - startedAt).toBeGreaterThan(4_000);
  });

  test('I1: ends at once, with CLOSED, when the consumer is closed meanwhile', async () => {
    await using world = new World();
    world.primary.fault = () => status(500);
    const ended = world.consumer.consumeOnce().catch((error: unknown) => error);
    await world.clock.pass(1_000);
    const before = world.clock.now();
    await world.close();
    expect(await ended).toMatchObject({ code: 'CLOSED' });
    expect(world.clock.now() - before).toBeLessThan(500);
  });

  test('H6: cannot be mixed with another pass', async () => {
    await using world = new World();
    world.primary.latency = () => world.clock.sleep(100);
    const first = world.consumer.consumeOnce();
    await expect(world.consumer.consumeOnce()).rejects.toMatchObject({ code: 'CONFIG' });
    const [loop] = await Promise.allSettled([world.readOn()]);
    expect(loop).toMatchObject({ status: 'rejected', reason: { code: 'CONFIG' } });
    expect(await world.clock.passUntil(first, 5_000)).toEqual([]);
  });

  test('H6: cannot be mixed with a loop', async () => {
    await using world = new World();
    void world.readOn();
    await expect(world.consumer.consumeOnce()).rejects.toMatchObject({ code: 'CONFIG' });
  });

  test('H1: switches when the attempts are used up, though the retry window is longer', async () => {
    await using world = new World({ options: { retryWindowMs: 600_000, maxAttempts: 3 } });
    world.primary.fault = () => status(500);
    world.secondary.store(0, 'one');
    const startedAt = world.clock.now();
    expect(textsOf(await once(world))).toEqual(['one']);
    expect(world.clock.now() - startedAt).toBeLessThan(10_000);
  });

  test('INV-10: rejects at once when the request is refused for good, however long the retry window is', async () => {
    await using world = new World({ options: { retryWindowMs: 600_000 } });
    world.primary.fault = (operation) => (operation === 'groupCursor' ? status(400) : undefined);
    const startedAt = world.clock.now();
    await expect(once(world)).rejects.toMatchObject({ cause: { failure: { status: 400 } } });
    expect(world.clock.now()).toBe(startedAt);
  });

  test('I1: ends at once when the consumer is closed before it may read again', async () => {
    await using world = new World();
    const { clock, consumer } = world;
    await once(world);
    let ended: unknown;
    void consumer.consumeOnce().catch((error: unknown) => (ended = error));
    await clock.pass(10);
    void consumer.close();
    await clock.pass(0);
    expect(ended).toMatchObject({ code: 'CLOSED' });
    expect(world.primary.of('read')).toHaveLength(1);
  });
});
