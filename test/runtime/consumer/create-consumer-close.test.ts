import { describe, expect, test } from 'vitest';

import { status } from './group-region.ts';
import { World } from './world.ts';

describe('a consumer is killed before it commits', () => {
  test('H6: hands the messages to the next one: none is skipped', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one', 'two', 'three');
    const killed = world.open().consumer;
    const seen: string[] = [];
    void killed.run(async (message) => {
      seen.push(message.text());
      if (message.text() === 'two') await new Promise(() => {});
    });
    await clock.pass(1_000);
    primary.spoilCursors();
    void world.readOn();
    await clock.pass(2_000);

    expect(seen).toEqual(['one', 'two']);
    expect(world.received).toEqual(['one', 'two', 'three']);
  });
});

describe('close', () => {
  test('H15: commits what is handled', async () => {
    await using world = new World();
    world.primary.store(0, 'one', 'two');
    world.secondary.store(0, 'three');
    void world.readOn();
    await world.clock.pass(100);
    expect(world.primary.uncommitted()).toEqual(['one', 'two']);
    await world.close();

    expect([...world.primary.uncommitted(), ...world.secondary.uncommitted()]).toEqual([]);
  });

  test('H15: lets the message in hand be finished, and commits no later one', async () => {
    await using world = new World({ partitions: { primary: 3 } });
    const { primary, clock, consumer } = world;
    primary.store(1, 'one', 'two', 'three');
    primary.store(2, 'other');
    const run = consumer.run(async (message) => {
      await clock.sleep(1_000);
      world.received.push(message.text());
    });
    await clock.pass(1_500);
    await world.close();
    await run;

    expect(world.received).toEqual(['one', 'two']);
    expect(primary.uncommitted()).toEqual(['three', 'other']);
  });

  test('I1, INV-11: waits for a handler that does not end for closeTimeoutMs only, and then its run ends too', async () => {
    await using world = new World({ options: { closeTimeoutMs: 3_000 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two');
    let hasRunEnded = false;
    const run = consumer.run((message) => (message.text() === 'two' ? new Promise(() => {}) : undefined));
    void run.then(() => {
      hasRunEnded = true;
    });
    await clock.pass(1_000);
    let isClosed = false;
    void consumer.close().then(() => {
      isClosed = true;
    });
    await clock.pass(2_900);
    expect({ isClosed, hasRunEnded }).toEqual({ isClosed: false, hasRunEnded: false });
    await clock.pass(200);

    expect({ isClosed, hasRunEnded }).toEqual({ isClosed: true, hasRunEnded: true });
    expect(primary.uncommitted()).toEqual(['two']);
  });

  test('I1, H14: waits for slow calls for closeTimeoutMs, also when one call may take less', async () => {
    await using world = new World({ options: { closeTimeoutMs: 20_000, requestTimeoutMs: 1_000 } });
    const { primary, clock } = world;
    primary.store(0, 'one');
    void world.readOn();
    await clock.pass(100);
    primary.latency = () => clock.sleep(5_000);
    await world.close();

    expect(primary.uncommitted()).toEqual([]);
  });

  test('I1, H14: gives the commit the time of one call when a handler has used up closeTimeoutMs', async () => {
    await using world = new World({ options: { closeTimeoutMs: 1_000, requestTimeoutMs: 5_000 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two');
    void consumer.run((message) => (message.text() === 'two' ? new Promise(() => {}) : undefined));
    await clock.pass(500);
    primary.latency = () => clock.sleep(1_000);
    await world.close();

    expect(primary.uncommitted()).toEqual(['two']);
  });

  test('H14: tries again when the commit fails', async () => {
    await using world = new World();
    world.primary.store(0, 'one');
    void world.readOn();
    await world.clock.pass(100);
    let failures = 2;
    world.primary.fault = (operation) => (operation === 'commit' && failures-- > 0 ? status(503) : undefined);
    await world.close();

    expect(world.primary.uncommitted()).toEqual([]);
    expect(world.told()).toEqual([]);
  });

  test('H15: wins over a switch: what is handled is committed, and nothing is announced or read any more', async () => {
    await using world = new World();
    const { primary, secondary, clock, consumer } = world;
    primary.store(0, 'one', 'two');
    secondary.store(0, 'other');
    secondary.fault = () => status(503);
    const run = consumer.run(async (message) => {
      await clock.sleep(1_000);
      world.received.push(message.text());
    });
    await clock.pass(500);
    const closing = consumer.close();
    secondary.fault = undefined;
    world.opened.setActive('secondary', 'stream.properties');
    world.opened.relocate('secondary');
    await clock.passUntil(closing, 20_000);
    await run;

    expect(world.received).toEqual(['one']);
    expect(primary.uncommitted()).toEqual(['two']);
    expect(secondary.uncommitted()).toEqual(['other']);
    const readsAtClose = secondary.calls.filter(({ operation }) => operation === 'read').length;
    await clock.pass(20_000);
    expect(secondary.calls.filter(({ operation }) => operation === 'read')).toHaveLength(readsAtClose);
    expect(world.told('now-consuming')).toEqual([]);
  });

  test('H14: says when it could not commit', async () => {
    await using world = new World();
    world.primary.store(0, 'one');
    void world.readOn();
    await world.clock.pass(100);
    world.primary.fault = () => status(503);
    await world.close();

    expect(world.told('warning')).toEqual(['warning']);
    expect(world.primary.uncommitted()).toEqual(['one']);
  });

  test('H5, H14: commits with a new cursor when the old one is lost', async () => {
    await using world = new World();
    world.primary.store(0, 'one', 'two');
    void world.readOn();
    await world.clock.pass(100);
    world.primary.spoilCursors();
    await world.close();

    expect(world.primary.uncommitted()).toEqual([]);
  });

  test('H22: lets go of the partitions soon', async () => {
    await using world = new World();
    void world.readOn();
    await world.clock.pass(100);
    await world.close();

    expect(world.primary.positions.at(-1)).toMatchObject({ instance: 'member-0', timeoutMs: 1_000 });
    expect(world.primary.calls.at(-1)?.operation).toBe('heartbeat');
  });

  test.each([
    ['idle', () => {}],
    ['busy', (world: World) => world.clock.sleep(3_000)],
    ['stuck', () => new Promise(() => {})],
  ])(
    'I1: leaves no timer, which would keep the process alive, when the handler is %s',
    async (_, handler) => {
      const world = new World({ options: { closeTimeoutMs: 4_000 } });
      world.primary.store(0, 'one', 'two', 'three');
      void world.consumer.run(() => handler(world));
      await world.clock.pass(1_000);
      await world.close();

      expect(world.clock.timers).toBe(0);
    },
  );

  test('I1: happens at the end of `await using`', async () => {
    const world = new World();
    {
      await using consumer = world.consumer;
      expect(consumer.active).toBe('primary');
    }
    await expect(world.readOn()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('I1: a second call, during the first one or later, does nothing more', async () => {
    let releases = 0;
    const release = async (): Promise<void> => {
      releases += 1;
    };
    await using world = new World({ release });
    void world.readOn();
    await world.clock.pass(100);
    await world.clock.passUntil(Promise.all([world.consumer.close(), world.consumer.close()]), 20_000);
    const calls = world.primary.calls.length;
    await world.close();

    expect(releases).toBe(1);
    expect(world.primary.calls).toHaveLength(calls);
  });

  test('I1: rejects what it does not know, and the consumer stays open', async () => {
    await using world = new World();
    for (const options of [null, { commit: 'no' }, { commits: false }]) {
      await expect(world.consumer.close(options as never)).rejects.toMatchObject({ code: 'CONFIG' });
    }
    world.primary.store(0, 'one');
    void world.readOn();
    await world.clock.pass(1_000);

    expect(world.received).toEqual(['one']);
  });

  test('I1: may be called twice, and before anything was read', async () => {
    await using world = new World();
    await Promise.all([world.consumer.close(), world.consumer.close()]);

    expect(world.primary.calls).toEqual([]);
    await expect(world.readOn()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(world.consumer.consumeOnce()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
