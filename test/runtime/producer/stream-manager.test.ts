import { describe, expect, test } from 'vitest';

import type { Outbox } from '../../../runtime/outbox/index.ts';
import { Manager } from '../../../runtime/producer/index.ts';
import { status } from '../../support/fake-region.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { unhandledRejections } from '../../support/unhandled-rejections.ts';
import { outboxOn, World } from '../router/world.ts';

const unhandled = unhandledRejections();

describe('a manager, as the Java program has one', () => {
  const managed = (): { world: World; manager: Manager } => {
    const world = new World();
    const { router, settings, clock } = world;
    const emit = (): void => {};
    return { world, manager: new Manager({ router, settings, clock, emit, onClosed: () => router.close() }) };
  };

  test('I2: sendWithHA keeps the order, close drains every producer, and is idempotent', async () => {
    const { world, manager } = managed();
    const other = manager.createProducer();
    const sent = [
      manager.sendWithHA('a'),
      manager.sendWithHA({ key: null, value: 'b' }),
      other.send({ value: 'c' }),
    ];
    expect(manager.active).toMatchObject({ role: 'primary', stream: world.primaryStream });
    await world.clock.passUntil(Promise.all([manager.close(), manager[Symbol.asyncDispose]()]));
    await Promise.all(sent);
    expect(world.primary.values.toSorted()).toEqual(['a', 'b', 'c']);
    await expect(manager.sendWithHA('d')).rejects.toMatchObject({
      code: 'CLOSED',
      message: 'The message is not stored: the manager is closed.',
    });
    await expect(other.send({ value: 'e' })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(manager.active).toBeUndefined();
  });

  test('I2: a producer that is made after close rejects, and closes', async () => {
    const { world, manager } = managed();
    await world.clock.passUntil(manager.close());
    const late = manager.createProducer();
    await expect(world.clock.passUntil(late.send({ value: 'a' }))).rejects.toMatchObject({ code: 'CLOSED' });
    await world.clock.passUntil(late.close(), 1);
    expect(world.primary.puts).toBe(0);
  });

  test('I2: closing one producer leaves the manager open', async () => {
    const { world, manager } = managed();
    await world.clock.passUntil(manager.createProducer().close());
    await world.clock.passUntil(manager.sendWithHA('a'));
    expect(world.primary.values).toEqual(['a']);
  });

  test('INV-11: close resolves, whatever what is below it does', async () => {
    const { router, settings, clock } = new World();
    const onClosed = (): Promise<void> => Promise.reject(new Error('EBADF'));
    await clock.passUntil(new Manager({ router, settings, clock, emit: () => {}, onClosed }).close());
    expect(await unhandled()).toEqual([]);
  });

  test('C8: no region is active while none takes messages', async () => {
    const { world, manager } = managed();
    world.primary.fail(status(503));
    world.secondary.fail(status(503));
    world.router.command('failover', 'ops', 'a drill');
    expect(manager.active).toBeUndefined();
    world.secondary.heal();
    await world.clock.passUntil(world.router.acquire());
    expect(manager.active).toEqual({ role: 'secondary', stream: world.secondaryStream });
  });
});

describe('the outboxes of a manager', () => {
  /** Each is one of the disk, in the order in which they were opened. */
  function withOutboxes(): { world: World; manager: Manager; open: Outbox[]; closed: Outbox[] } {
    const world = new World();
    const { router, settings, clock } = world;
    const parts = { router, settings, clock, emit: () => {}, onClosed: () => router.close() };
    const open: Outbox[] = [];
    const closed: Outbox[] = [];
    const opened = (): Outbox => {
      const outbox = outboxOn(new MemoryDisk(clock).open(), parts);
      const close = outbox.close.bind(outbox);
      outbox.close = () => {
        closed.push(outbox);
        return close();
      };
      open.push(outbox);
      return outbox;
    };
    const manager = new Manager({ ...parts, outbox: opened(), openOutbox: async () => opened() });
    return { world, manager, open, closed };
  }

  test('I2: the first producer has the one that is open already, each later one opens its own', async () => {
    const { world, manager, open, closed } = withOutboxes();
    manager.createProducer();
    expect(open).toHaveLength(1);
    manager.createProducer();
    expect(open).toHaveLength(2);
    await world.clock.passUntil(manager.close(), 30_000);
    expect(new Set(closed)).toEqual(new Set(open));
  });

  test('I2: the one that no producer used is closed with the manager, and none is opened after that', async () => {
    const { world, manager, open, closed } = withOutboxes();
    await world.clock.passUntil(manager.close(), 30_000);
    expect(closed).toEqual(open);
    manager.createProducer();
    manager.createProducer();
    expect(open).toHaveLength(1);
  });
});
