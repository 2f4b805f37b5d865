import { describe, expect, test } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import { refusedConnection, status } from '../../support/fake-region.ts';
import { World } from './world.ts';

/** Whether a promise is settled by now. */
async function isSettled(world: World, promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  await world.clock.pass(0);
  return settled;
}

describe('C8: waiting for a region that takes messages', () => {
  test('C8: when() resolves at each turn, and at once when it is so already', async () => {
    const world = new World();
    const { router, primary, secondary } = world;
    await router.when(true);
    for (let round = 0; round < 3; round++) {
      const none = router.when(false);
      expect(await isSettled(world, none)).toBe(false);
      primary.fail(refusedConnection);
      secondary.fail(refusedConnection);
      const { results } = await world.traffic(20_000, 2);
      expect(router.takesMessages).toBe(false);
      await none;
      await router.when(false);
      const one = router.when(true);
      expect(await isSettled(world, one)).toBe(false);
      primary.heal();
      secondary.heal();
      await world.clock.passUntil(results);
      await one;
      expect(router.takesMessages).toBe(true);
    }
  });

  test('C8: when() resolves with the turn itself, before anything else is known', async () => {
    const world = new World();
    const none = world.router.when(false);
    world.router.command('failover', 'ops', 'a drill');
    expect(await isSettled(world, none)).toBe(true);
  });

  test('R4: the wait for the record ends when it is on disk', async () => {
    const world = new World();
    const { router, clock, secondary } = world;
    const written = Promise.withResolvers<void>();
    world.writeRecord = () => written.promise;
    router.command('failover', 'ops', 'a drill');
    const lease = router.acquire();
    await clock.pass(secondary.latencyMs + 50);
    expect(world.recorded).toEqual(['sa-vinhedo-1']);
    expect(await isSettled(world, lease)).toBe(false);
    written.resolve();
    expect(await isSettled(world, lease)).toBe(true);
  });

  test('R2: a lease is the active target of its epoch, with the signal of its end', async () => {
    const world = new World();
    const first = await world.router.acquire();
    expect(first).toMatchObject({ role: 'primary', epoch: 1, region: { name: 'sa-saopaulo-1' } });
    world.router.command('failover', 'ops', 'a drill');
    expect(first.ended.aborted).toBe(true);
    expect(first.ended.reason).toMatchObject({ name: 'EpochEnded' });
    const second = await world.clock.passUntil(world.router.acquire());
    expect(second).toMatchObject({ role: 'secondary', region: { name: 'sa-vinhedo-1' } });
    expect(second.epoch).toBeGreaterThan(first.epoch);
    expect(second.ended.aborted).toBe(false);
  });
});

describe('INV-9: the turn of a call', () => {
  test('INV-9: comes at once in a healthy region, ten times a second in a suspect one', async () => {
    const world = new World();
    const { router, clock } = world;
    const lease = await router.acquire();
    const beganAt = clock.now();
    for (let n = 0; n < 50; n++) await clock.passUntil(router.takeTurn(lease));
    expect(clock.now()).toBe(beganAt);
    router.report({
      type: 'put-failed',
      at: beganAt,
      epoch: lease.epoch,
      role: 'primary',
      trial: false,
      startedAt: beganAt - 5,
      failure: status(503),
      limitMs: 2_000,
      everyEntryRefused: false,
      refusals: 'none',
    });
    // The rate of before: 50 calls in the moment before are 10 a second over five seconds.
    for (let n = 0; n < 11; n++) await clock.passUntil(router.takeTurn(lease));
    expect(clock.now() - beganAt).toBeGreaterThanOrEqual(1_000);
    expect(clock.now() - beganAt).toBeLessThan(1_300);
  });

  test('G4: is not waited for when the region is left', async () => {
    const world = new World();
    const { router, clock, primary } = world;
    primary.fail(status(503));
    const lease = await router.acquire();
    void world.producer.send({ value: 'x' });
    await clock.pass(50);
    const turns = Promise.allSettled(Array.from({ length: 30 }, () => router.takeTurn(lease)));
    expect(await isSettled(world, turns)).toBe(false);
    router.command('failover', 'ops', 'a drill');
    expect(await isSettled(world, turns)).toBe(true);
  });
});

describe('I2: the end of a router', () => {
  test('I2: waits until the record is written and both regions are closed', async () => {
    const world = new World();
    const written = Promise.withResolvers<void>();
    const closed: string[] = [];
    world.sink.close = async () => {
      await written.promise;
      closed.push('record');
    };
    world.primary.close = async () => void closed.push('primary');
    world.secondary.close = () => {
      closed.push('secondary');
      throw new Error('no such socket');
    };
    const ending = world.router.close();
    expect(world.router.close()).toBe(ending);
    expect(await isSettled(world, ending)).toBe(false);
    written.resolve();
    await ending;
    expect(closed).toEqual(['primary', 'secondary', 'record']);
    // No timer keeps the process alive.
    expect(world.clock.timers).toBe(0);
  });

  test('I2: ends the probes under way', async () => {
    const world = new World();
    world.secondary.latencyMs = 60_000;
    world.router.command('failover', 'ops', 'a drill');
    await world.clock.pass(10);
    expect(world.secondary.probes).toBe(1);
    await world.router.close();
    await world.clock.pass(0);
    expect(world.clock.timers).toBe(0);
  });

  test('I2: waits for closeTimeoutMs at most', async () => {
    const world = new World({ settings: { closeTimeoutMs: 2_000 } });
    world.sink.close = () => new Promise(() => {});
    const ending = world.router.close();
    await world.clock.pass(1_999);
    expect(await isSettled(world, ending)).toBe(false);
    await world.clock.pass(1);
    expect(await isSettled(world, ending)).toBe(true);
  });
});

test('R2: a listener that gives a command returns before it is told what came of it', async () => {
  const told: string[] = [];
  const world: World = new World({
    listener: (event: HaEvent) => {
      if (event.type !== 'hold-changed') return;
      if (event.hold !== undefined) world.router.command('release', 'ops', 'a mistake');
      told.push(event.hold === undefined ? 'released' : 'held');
    },
  });
  world.router.command('hold', 'ops', 'maintenance');
  expect(told).toEqual(['held', 'released']);
  expect(world.remembered.map(({ hold }) => hold?.by)).toEqual(['ops', undefined]);
});

describe('R3: what is thrown by a search for a stream', () => {
  test('R3, INV-11: is a search that failed, made again after five seconds', async () => {
    const world = new World({ secondaryReady: false });
    const searched: number[] = [];
    const locate = world.locate.secondary;
    world.locate.secondary = (signal) => {
      searched.push(world.clock.now());
      if (searched.length <= 2) throw new TypeError('no such thing');
      return locate(signal);
    };
    world.primary.fail(refusedConnection);
    const { results } = await world.traffic(20_000, 5);
    const outcome = await world.clock.passUntil(results);
    expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
    const [first = 0, second = 0, third = 0] = searched;
    expect([second - first, third - second]).toEqual([5_000, 5_000]);
    expect(world.activeRole).toBe('secondary');
    // It says nothing of the network: this is no fault of this machine.
    expect(world.eventsOf('no-region').filter(({ because }) => because === 'offline')).toEqual([]);
  });

  test('C10: a look at the standby that throws says nothing of it', async () => {
    const world = new World();
    world.standby.checkStandby = () => {
      throw new TypeError('no such thing');
    };
    await world.traffic(600_000, 0.1);
    expect(world.router.status.standbyProblem).toBeUndefined();
  });
});

test('INV-9: a process that was suspended for an hour looks at the standby once, not for each look that it missed', async () => {
  const { clock, secondary } = new World();
  await clock.pass(1_000);
  const { probes } = secondary;
  const now = clock.now.bind(clock);
  clock.now = () => now() + 3_600_000;
  await clock.pass(180_000);
  expect(secondary.probes - probes).toBe(1);
});

test('R6: a failback and a hold that cannot be remembered are told of: a restart will not know them', async () => {
  const world = new World();
  world.sink.remember = () => {
    throw new Error('EACCES');
  };
  world.router.command('hold', 'ops', 'a drill');
  await world.clock.pass(0);
  expect(world.eventsOf('warning')).toEqual([
    {
      type: 'warning',
      code: 'state-not-written',
      message: 'A restart will not know the last failback, the reason and the hold: EACCES',
    },
  ]);
});

test('I2: who asks a closed router for a lease is told so', async () => {
  const world = new World();
  await world.router.close();
  const asked = world.router.acquire();
  await expect(asked).rejects.toThrow('The producer is closed.');
  expect(world.router.closing.reason).toMatchObject({ code: 'CLOSED', message: 'The producer is closed.' });
});
