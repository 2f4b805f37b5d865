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

describe('the handler throws', () => {
  test('H7: is called again, with backoff, and nothing is committed meanwhile', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one', 'two');
    let isWell = false;
    void world.consumer.run((message) => {
      world.received.push(message.text());
      if (!isWell) throw new TypeError('not yet');
    });
    await clock.pass(200);
    isWell = true;
    expect(primary.committed.size).toBe(0);
    const { events } = world;
    const [first] = events;
    expect(first).toEqual({
      type: 'handler-failed',
      region: 'sa-saopaulo-1',
      partition: '0',
      offset: 0,
      attempt: 1,
      error: new TypeError('not yet'),
      retryInMs: expect.any(Number),
    });
    await clock.pass(5_000);

    expect(world.received).toEqual([...events.map(() => 'one'), 'one', 'two']);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H7: stops the consumer after maxHandlerAttempts, with the place of the message', async () => {
    await using world = new World({ options: { maxHandlerAttempts: 3 } });
    const { primary, consumer } = world;
    primary.store(0, 'one', 'two');
    const cause = new Error('never');
    const run = consumer.run((message) => {
      if (message.text() === 'two') throw cause;
    });
    await expect(world.clock.passUntil(run, 10_000)).rejects.toMatchObject({
      code: 'HANDLER',
      message: expect.stringContaining('sa-saopaulo-1, partition 0, offset 3'),
      cause,
    });

    expect(world.told()).toEqual(['handler-failed', 'handler-failed', 'handler-failed']);
    await world.close();
    expect(primary.uncommitted()).toEqual(['two']);
  });

  test('H7, H15: a run that is ended while it waits to call the handler again has not handled the message', async () => {
    await using world = new World();
    const { primary, clock, consumer } = world;
    primary.store(0, 'one');
    const enough = new AbortController();
    const run = consumer.run(() => Promise.reject(new Error('no')), { signal: enough.signal });
    await clock.pass(300);
    enough.abort();
    await run;
    expect(world.told()).toContain('handler-failed');
    await world.close();

    expect(primary.uncommitted()).toEqual(['one']);
  });

  test('H7: gives the message to the dead-letter hook, if there is one, and goes on', async () => {
    await using world = new World({ options: { maxHandlerAttempts: 2 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two', 'three');
    const dead: unknown[] = [];
    void consumer.run(
      (message) => {
        if (message.text() === 'two') throw new Error('never');
        world.received.push(message.text());
      },
      { onDeadLetter: (message, error) => dead.push([message.text(), (error as Error).message]) },
    );
    await clock.pass(10_000);

    expect(world.received).toEqual(['one', 'three']);
    expect(dead).toEqual([['two', 'never']]);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H7: stops when the hook fails too', async () => {
    await using world = new World({ options: { maxHandlerAttempts: 1 } });
    world.primary.store(0, 'one');
    const fails = (): never => {
      throw new Error('no');
    };
    const run = world.consumer.run(fails, { onDeadLetter: fails });
    await expect(world.clock.passUntil(run, 1_000)).rejects.toMatchObject({ code: 'HANDLER' });

    expect(world.primary.uncommitted()).toEqual(['one']);
  });
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

  test('I1: waits for a handler that does not end for closeTimeoutMs only', async () => {
    await using world = new World({ options: { closeTimeoutMs: 3_000 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two');
    void consumer.run((message) => (message.text() === 'two' ? new Promise(() => {}) : undefined));
    await clock.pass(1_000);
    let isClosed = false;
    void consumer.close().then(() => {
      isClosed = true;
    });
    await clock.pass(2_900);
    expect(isClosed).toBe(false);
    await clock.pass(200);

    expect(isClosed).toBe(true);
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

  test('I1: may be called twice, and before anything was read', async () => {
    await using world = new World();
    await Promise.all([world.consumer.close(), world.consumer.close()]);

    expect(world.primary.calls).toEqual([]);
    await expect(world.readOn()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(world.consumer.consumeOnce()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
