import { describe, expect, test } from 'vitest';

import type { CallFailure } from '../../../runtime/core/index.ts';
import { cases, isUnderMutation } from '../../support/cases.ts';
import { refusedConnection, status, type FakeRegion } from '../../support/fake-region.ts';
import { World } from './world.ts';

const HOUR_MS = 3_600_000;

/** Sends at `perSecond` until the active region is another one, at most for a minute. */
async function untilSwitched(world: World, perSecond = 20): Promise<void> {
  const before = world.activeRole;
  const results: Promise<unknown>[] = [];
  for (let passed = 0; passed < 60_000 && (world.activeRole ?? before) === before; passed += 100) {
    results.push((await world.traffic(100, perSecond)).results);
  }
  expect(world.activeRole).not.toBe(before);
  await world.clock.passUntil(Promise.all(results));
}

/** A stream of the region is deleted: GetStream says so, and puts to it answer 404. */
function deleteStream(region: FakeRegion, ocid: string): void {
  region.streams.forEach((stream, index) => {
    if (stream.ocid === ocid) region.streams[index] = { ...stream, state: 'DELETED' };
  });
  region.putBehaviour = ({ stream }) => (stream.ocid === ocid ? status(404) : undefined);
}

describe('R5: when a region is left', () => {
  test('A1: not in the first attempts, however sure the evidence: attempts must be used up', async () => {
    const world = new World({ settings: { lanes: 64, maxAttempts: 20, retryWindowMs: 60_000 } });
    world.primary.fail(status(503));
    await world.traffic(5_000, 100, 64);
    const failures = world.eventsOf('attempt-failed');
    expect(failures.length).toBeGreaterThan(40);
    expect(world.eventsOf('failover-started')).toEqual([]);
    expect(world.activeRole).toBe('primary');
    await world.traffic(90_000, 20, 64);
    expect(world.activeRole).toBe('secondary');
  });

  test.each([1, 3, 7])(
    'A1: with maxAttempts %i each batch is tried so often before the router is asked',
    async (maxAttempts) => {
      const world = new World({ settings: { maxAttempts, lanes: 1, retryWindowMs: 600_000 } });
      world.primary.fail(status(503));
      // One batch: its first round is the one that counts.
      void world.producer.send({ key: 'k', value: 'x' });
      await world.clock.pass(60_000);
      const attempts = world.eventsOf('attempt-failed');
      // While the verdict is open, each further failure asks again: no round begins anew with a first attempt.
      expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map((_, index) => index + 1));
      expect(attempts.length).toBeGreaterThanOrEqual(maxAttempts);
      expect(world.activeRole).toBe('secondary');
    },
  );

  test('A1: once attempts are used up, each further failure asks again: left with the very one that makes it down', async () => {
    const world = new World();
    // Only messages tell: probes are answered.
    world.primary.putBehaviour = ({ messages }) => (messages.length > 0 ? status(503) : undefined);
    await world.clock.passUntil(world.producer.send({ value: 'x' }));
    expect(world.eventsOf('failover-started')).toMatchObject([{ because: { failures: 19 } }]);
    expect(world.primary.puts).toBe(19);
  });

  test('A19: a second message in the same outage is judged with probes too, after the first was given up', async () => {
    const world = new World({ settings: { maxAttempts: 2 } });
    const { primary, clock, producer } = world;
    primary.fail(status(503));
    const leaving = new AbortController();
    const first = producer.send({ value: 'a' }, { signal: leaving.signal });
    await clock.pass(50);
    leaving.abort();
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    await clock.pass(30_000);
    const { probes } = primary;
    const at = clock.now();
    await clock.passUntil(producer.send({ value: 'b' }));
    expect(primary.probes - probes).toBeGreaterThan(0);
    expect(clock.now() - at).toBeLessThan(8_000);
  });

  test('A4: failoverOnThrottle off: 429 says nothing, 503 says what it always does', async () => {
    const world = new World({ settings: { failoverOnThrottle: false } });
    world.primary.fail(status(503));
    await untilSwitched(world);
    expect(world.activeRole).toBe('secondary');
  });

  test('G6: a hold forbids failover and failback, also after a restart; release ends it', async () => {
    const hold = { by: 'ops', why: 'maintenance' };
    const world = new World({ hold });
    world.primary.fail(status(503));
    const { results } = await world.traffic(30_000, 10);
    expect(world.eventsOf('failover-started')).toEqual([]);
    world.router.command('failover', 'someone', 'else');
    expect(world.eventsOf('switch-refused')).toMatchObject([
      { because: 'ops holds the active region: maintenance' },
    ]);
    world.router.command('release', 'ops', 'done');
    expect(world.eventsOf('hold-changed')).toEqual([{ type: 'hold-changed', hold: undefined }]);
    expect(world.remembered.at(-1)).toMatchObject({ hold: undefined });
    await world.clock.passUntil(results);
    expect(world.activeRole).toBe('secondary');

    const held = new World({ active: 'secondary', hold, settings: { failbackAfterMs: 1_000 } });
    await held.traffic(60_000, 2);
    expect(held.primary.puts).toBe(0);
    expect(held.activeRole).toBe('secondary');
  });

  test('G6, R5: a start under a hold, the primary unknown and down: nothing is sent elsewhere until it is released', async () => {
    const world = new World({
      hold: { by: 'ops', why: 'maintenance' },
      start: { streams: { primary: undefined, secondary: undefined } },
      prepare: ({ primary }) => {
        primary.adminBehaviour = () => status(503);
        primary.fail(status(503));
      },
    });
    const sent = world.producer.send({ value: 'x' });
    await world.clock.pass(30_000);
    expect(world.secondary.puts).toBe(0);
    expect(world.eventsOf('no-region')).toMatchObject([
      { latest: expect.stringContaining('ops holds') as string },
    ]);
    world.router.command('release', 'ops', 'done');
    expect((await world.clock.passUntil(sent)).region).toBe('sa-vinhedo-1');
  });
});

describe('the other way: the secondary fails', () => {
  test('A1, G3: it is left for the primary at once, by the same rules, and again and again', async () => {
    const world = new World();
    const { primary, secondary } = world;
    for (const [dead, alive] of [
      [primary, secondary],
      [secondary, primary],
      [primary, secondary],
      [secondary, primary],
    ] as const) {
      alive.heal();
      dead.fail(status(503));
      await untilSwitched(world);
    }
    expect(world.activeRole).toBe('primary');
    expect(world.eventsOf('failover-done').map(({ role }) => role)).toEqual([
      'secondary',
      'primary',
      'secondary',
      'primary',
    ]);
    const between = (from: string, to: string): object => expect.objectContaining({ from, to }) as object;
    const there = between('sa-saopaulo-1', 'sa-vinhedo-1');
    const back = between('sa-vinhedo-1', 'sa-saopaulo-1');
    expect(world.eventsOf('failover-started')).toEqual([there, back, there, back]);
    // Every one of them is written down (R4), and each had its own evidence.
    expect(world.recorded).toEqual(['sa-vinhedo-1', 'sa-saopaulo-1', 'sa-vinhedo-1', 'sa-saopaulo-1']);
    expect(world.eventsOf('failback-done')).toEqual([]);
  });

  test('A19, G3: thin traffic is judged with probes in the second outage too', async () => {
    const world = new World();
    for (const dead of [world.primary, world.secondary, world.primary]) {
      world.primary.heal();
      world.secondary.heal();
      dead.fail(refusedConnection);
      const probes = dead.probes;
      const at = world.clock.now();
      await world.clock.passUntil(world.producer.send({ value: 'x' }));
      expect(world.clock.now() - at).toBeLessThan(8_000);
      expect(dead.probes - probes).toBeGreaterThan(3);
      await world.clock.pass(20_000);
    }
  });
});

test('R1, INV-6: reports that are late change nothing: one switch, and the new region is not left', async () => {
  const world = new World({ settings: { lanes: 16 } });
  const { primary, secondary, clock } = world;
  // Half of the calls fail at once, half of them only after the switch.
  primary.fail(status(503));
  primary.failAfterMs = () => (primary.puts % 2 === 0 ? 5 : 9_000);
  const { results } = await world.traffic(20_000, 50, 16);
  await clock.passUntil(results);
  expect(world.eventsOf('failover-started')).toHaveLength(1);
  expect(world.activeRole).toBe('secondary');
  expect(secondary.stored.length).toBe(1_000);
});

describe('R1: what an older epoch reports', () => {
  const hangs: CallFailure = { type: 'timeout', afterMs: 5_000 };

  /** Eight lanes wait in the primary for five seconds, while the region is switched by hand. */
  async function hanging(commands: readonly ('failover' | 'failback')[]): Promise<World> {
    const world = new World({ settings: { failback: false } });
    world.primary.putBehaviour = ({ messages }) => (messages.length > 0 ? hangs : undefined);
    await world.traffic(1_000, 16);
    for (const command of commands) {
      world.router.command(command, 'ops', 'a test');
      await world.clock.pass(500);
    }
    expect(world.primary.puts).toBeGreaterThan(2);
    // What is under way hangs on; what comes after it, in the region that is active now, is answered 503.
    world[world.activeRole ?? 'primary'].fail(status(503));
    await untilSwitched(world);
    await world.clock.pass(6_000);
    return world;
  }

  test('R1, INV-6: is no evidence against the region that is active now', async () => {
    const world = await hanging(['failover']);
    expect(Object.keys(world.eventsOf('failover-started')[0]?.because.kinds ?? {})).toEqual(['region-fault']);
  });

  test('R1, INV-6: nor when the same region is active again', async () => {
    const world = await hanging(['failover', 'failback']);
    expect(world.eventsOf('failover-started')).toMatchObject([{ from: 'sa-saopaulo-1' }]);
    expect(Object.keys(world.eventsOf('failover-started')[0]?.because.kinds ?? {})).toEqual(['region-fault']);
  });
});

test('R2, I2: who waits for a lease hears CLOSED when the router closes, and so does who asks later', async () => {
  const world = new World();
  world.primary.fail(status(503));
  world.secondary.fail(status(503));
  await world.traffic(10_000, 10);
  expect(world.activeRole).toBeUndefined();
  const waiting = Promise.allSettled([world.router.acquire()]);
  await world.clock.passUntil(world.router.close(), 100);
  expect(await waiting).toMatchObject([{ reason: { code: 'CLOSED' } }]);
  await expect(world.router.acquire()).rejects.toMatchObject({ code: 'CLOSED' });
});

test('G4: lanes that wait to try again move at once when the region is left', async () => {
  const world = new World({
    settings: { lanes: 16, baseDelayMs: 20_000, maxDelayMs: 20_000, retryWindowMs: 3_000 },
  });
  world.primary.fail(status(503));
  const { results } = await world.traffic(30_000, 50, 16);
  expect(world.activeRole).toBe('secondary');
  const [done] = world.eventsOf('failover-done');
  expect(done).toBeDefined();
  await world.clock.passUntil(results, 100);
});

describe('R3: looking for a region that takes messages', () => {
  test('A1: the region that was just left is not asked before the other one had two looks, or two seconds', async () => {
    const world = new World();
    const { primary, secondary, clock } = world;
    secondary.putBehaviour = () => status(503);
    secondary.latencyMs = 300;
    await world.traffic(1_000, 50);
    primary.fail(status(503));
    while (world.eventsOf('failover-started').length === 0) await world.traffic(20, 50);
    const probes = primary.probes;
    const before = secondary.probes;
    primary.heal();
    await clock.pass(500);
    // The first look at the other one is over, and nobody asked the primary.
    expect(secondary.probes - before).toBe(1);
    expect(primary.probes).toBe(probes);
    await clock.pass(500);
    expect(world.activeRole).toBe('primary');
    expect(world.eventsOf('stayed')).toHaveLength(1);
  });

  test('R3: a look at the other one that never ends keeps nobody from the region that is well again', async () => {
    const world = new World({ secondaryReady: false });
    world.locate.secondary = () => new Promise(() => {});
    world.primary.fail(status(503));
    await world.traffic(10_000, 20);
    world.primary.heal();
    await world.clock.passUntil(world.producer.send({ value: 'x' }), 5_000);
    expect(world.activeRole).toBe('primary');
  });

  test('D9, D10: a search for the secondary that failed is made again, and no sooner than it says', async () => {
    const world = new World({ secondaryReady: false });
    world.secondary.adminBehaviour = (operation, number) =>
      operation === 'CreateStream' && number <= 2 ? status(400, { code: 'LimitExceeded' }) : undefined;
    world.primary.fail(status(503));
    const { results } = await world.traffic(10_000, 10);
    const outcome = await world.clock.passUntil(results);
    expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
    expect(world.secondary.stored).toHaveLength(100);
    const creations = world.secondary.adminCalls.filter((call) => call === 'CreateStream');
    expect(creations).toHaveLength(3);
    expect(world.eventsOf('provision-failed').map(({ retryInMs }) => retryInMs)).toEqual([60_000, 60_000]);
  });

  test('E9, D15: a recorded secondary that was deleted is forgotten, and another one is made: the failover succeeds', async () => {
    const world = new World();
    const { secondary, secondaryStream } = world;
    deleteStream(secondary, secondaryStream!.ocid);
    world.primary.fail(status(503));
    await untilSwitched(world);
    expect(world.eventsOf('secondary-created')).toHaveLength(1);
    expect(world.records.at(-1)?.secondary?.ocid).not.toBe(secondaryStream?.ocid);
    expect(new Set(secondary.stored.map(({ stream }) => stream))).toEqual(
      new Set([world.records.at(-1)?.secondary?.ocid]),
    );
  });

  test('D15: deleted, made anew, deleted again: made anew again', async () => {
    const world = new World({ active: 'secondary' });
    world.primary.fail(status(503));
    const { secondary, clock, producer } = world;
    for (let round = 1; round <= 3; round++) {
      const ocid = world.router.status.active?.stream?.ocid ?? '';
      deleteStream(secondary, ocid);
      await clock.passUntil(producer.send({ value: `${round}` }));
      expect(world.eventsOf('stream-gone')).toHaveLength(round);
      expect(world.eventsOf('stream-gone').at(-1)).toMatchObject({ ocid });
      expect(world.eventsOf('secondary-created')).toHaveLength(round);
      expect(world.records.at(-1)).toEqual({
        active: 'secondary',
        secondary: world.router.status.active?.stream,
      });
    }
    expect(secondary.values).toEqual(['1', '2', '3']);
  });
});

test('R4: both regions down, the secondary deleted and made anew: the record names the new one, though the region stays', async () => {
  const world = new World({ active: 'secondary' });
  const { primary, secondary, clock } = world;
  primary.fail(status(503));
  secondary.fail(status(503));
  const { results } = await world.traffic(30_000, 10);
  expect(world.activeRole).toBeUndefined();
  const old = world.secondaryStream!.ocid;
  deleteStream(secondary, old);
  secondary.addStream('ocid1.stream.oc1.sa-vinhedo-1.again');
  const outcome = await clock.passUntil(results);
  expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
  expect(world.records.at(-1)).toMatchObject({
    active: 'secondary',
    secondary: { ocid: 'ocid1.stream.oc1.sa-vinhedo-1.again' },
  });
  expect(secondary.stored.every(({ stream }) => stream.endsWith('.again'))).toBe(true);
});

describe('D18: a 404 of the stream that was active before the switch arrives after it', () => {
  test.each(['ACTIVE', 'DELETED'] as const)(
    'D18: it is %s: the message goes on, nothing is said of the new target',
    async (state) => {
      const world = new World({ active: 'secondary' });
      const { primary, secondary, clock, producer } = world;
      const [stream] = secondary.streams;
      secondary.streams[0] = { ...stream!, state };
      const late: CallFailure = status(404);
      secondary.putBehaviour = ({ messages }) => (messages.length > 0 ? late : status(503));
      secondary.failAfterMs = (failure) => (failure === late ? 3_000 : undefined);
      const sent = producer.send({ value: 'x' });
      await clock.pass(1_000);
      world.router.command('failback', 'ops', 'a test');
      await clock.pass(1_000);
      expect(world.activeRole).toBe('primary');
      const receipt = await clock.passUntil(sent, 10_000);
      expect(receipt.region).toBe('sa-saopaulo-1');
      await clock.pass(20_000);
      expect(world.eventsOf('stream-gone')).toEqual([]);
      expect(world.eventsOf('failover-done')).toHaveLength(1);
      expect(world.eventsOf('delivery-failed')).toEqual([]);
      expect(primary.stored).toHaveLength(1);
    },
  );

  test('D18: the switch comes while the control plane is asked about the 404: the message is not rejected', async () => {
    const world = new World({ active: 'secondary' });
    const { secondary, clock, producer } = world;
    secondary.fail(status(404));
    secondary.adminBehaviour = () => ({ type: 'timeout', afterMs: 1_000 });
    const sent = producer.send({ value: 'x' });
    await clock.pass(40_000);
    // It says ACTIVE after two seconds; the switch comes first.
    secondary.adminBehaviour = () => undefined;
    const ask = secondary.stream.bind(secondary);
    secondary.stream = async (...asked) => {
      await clock.sleep(2_000);
      return ask(...asked);
    };
    await clock.pass(2_000);
    world.router.command('failback', 'ops', 'a test');
    expect((await clock.passUntil(sent, 10_000)).region).toBe('sa-saopaulo-1');
  });
});

describe('a primary that is gone', () => {
  test('C5: it is an error for people, with what to check; nothing is made, nothing fails over', async () => {
    const world = new World();
    deleteStream(world.primary, world.primaryStream.ocid);
    await expect(world.clock.passUntil(world.producer.send({ value: 'x' }))).rejects.toMatchObject({
      code: 'NOT_AUTHORIZED_OR_NOT_FOUND',
      message: expect.stringMatching(/its state is DELETED.*primaryStreamOcid/s) as string,
    });
    expect(world.eventsOf('failover-started')).toEqual([]);
    expect(world.eventsOf('stream-gone')).toEqual([]);
    expect(world.secondary.puts).toBe(0);
  });

  test.each<readonly [string, CallFailure]>([
    ['503', status(503)],
    ['429', status(429)],
    ['silence', { type: 'timeout', afterMs: 2_000 }],
  ])(
    'C5: while the control plane answers %s it is not decided: the batch waits, and goes on',
    async (_, failure) => {
      const world = new World();
      const { primary, clock, producer } = world;
      primary.fail(status(404));
      primary.adminBehaviour = () => failure;
      const sent = producer.send({ value: 'x' });
      await clock.pass(60_000);
      primary.heal();
      await clock.passUntil(sent, 5_000);
      expect(primary.values).toEqual(['x']);
    },
  );

  test('C5: a control plane that refuses to tell rejects after five seconds', async () => {
    const world = new World();
    world.primary.fail(status(404));
    world.primary.adminBehaviour = () => status(403);
    await expect(world.clock.passUntil(world.producer.send({ value: 'x' }))).rejects.toMatchObject({
      code: 'NOT_AUTHORIZED_OR_NOT_FOUND',
    });
    expect(world.primary.adminCalls.length).toBeLessThan(13);
  });
});

describe('G: the way back', () => {
  const fast = { failbackAfterMs: 10_000, probeIntervalMs: 1_000 };

  test('G3: failback, and another one more than an hour later, not before', async () => {
    const world = new World({ settings: fast });
    const { primary } = world;
    const outage = async (): Promise<void> => {
      primary.fail(status(503));
      await untilSwitched(world);
      primary.heal();
    };
    await outage();
    await world.traffic(60_000, 2);
    expect(world.activeRole).toBe('primary');
    const [first] = world.remembered.filter(({ reason }) => reason.startsWith('failback'));
    expect(first?.lastFailbackAt).toBeDefined();
    await outage();
    await world.traffic(3_400_000, 0.1);
    expect(world.activeRole).toBe('secondary');
    await world.traffic(300_000, 1);
    expect(world.activeRole).toBe('primary');
    const backs = world.remembered.filter(({ reason }) => reason.startsWith('failback'));
    const [one, two] = backs.map(({ lastFailbackAt }) => lastFailbackAt ?? 0);
    expect((two ?? 0) - (one ?? 0)).toBeGreaterThanOrEqual(HOUR_MS);
    expect(world.recorded).toEqual(['sa-vinhedo-1', 'sa-saopaulo-1', 'sa-vinhedo-1', 'sa-saopaulo-1']);
  });

  test.each([
    [1_000, 'secondary'],
    [HOUR_MS, 'primary'],
    [undefined, 'primary'],
  ] as const)(
    'G3, R6: started %s ms after the last failback, healthy for 30 s: %s',
    async (ago, expected) => {
      const lastFailbackAt = ago === undefined ? {} : { lastFailbackAt: 1_000_000 - ago };
      const world = new World({ active: 'secondary', settings: fast, ...lastFailbackAt });
      await world.traffic(30_000, 5);
      expect(world.activeRole).toBe(expected);
    },
  );

  test.skipIf(isUnderMutation)(
    'G1: one batch tries, however many lanes wait and however slow it is; the others go to the secondary',
    async () => {
      const world = new World({ active: 'secondary', settings: { ...fast, lanes: 16 } });
      const { primary, secondary } = world;
      primary.putBehaviour = ({ messages }) => (messages.length === 0 ? undefined : status(503));
      primary.failAfterMs = (failure) => (failure === undefined ? undefined : 1_900);
      let tried = 0;
      for (let passed = 0; passed < 60_000; passed += 100) {
        await world.traffic(100, 200, 16);
        tried = Math.max(tried, primary.puts - world.eventsOf('trial-failed').length);
      }
      expect(tried).toBe(1);
      // The minute starts again after each.
      expect(primary.puts).toBeGreaterThanOrEqual(3);
      expect(primary.puts).toBeLessThanOrEqual(6);
      expect(secondary.stored.length).toBeGreaterThan(11_900);
    },
  );

  test('G2: after a trial that failed it is tried again, and fails back when it is well', async () => {
    const world = new World({ active: 'secondary', settings: fast });
    const { primary } = world;
    primary.putBehaviour = ({ messages }) => (messages.length === 0 ? undefined : status(500));
    await world.traffic(25_000, 5);
    expect(world.eventsOf('trial-failed').length).toBeGreaterThanOrEqual(1);
    const [failed] = world.eventsOf('trial-failed');
    expect(failed).toMatchObject({ region: 'sa-saopaulo-1', failure: '500' });
    primary.heal();
    await world.traffic(40_000, 5);
    expect(world.eventsOf('failback-done')).toHaveLength(1);
    expect(world.activeRole).toBe('primary');
  });

  test('G2: a trial whose messages were all given up is over: another one comes', async () => {
    const world = new World({ active: 'secondary', settings: fast });
    const { primary, clock, producer } = world;
    await clock.pass(20_000);
    primary.latencyMs = 500;
    const leaving = new AbortController();
    const acquire = world.router.acquire.bind(world.router);
    let trials = 0;
    // Given up in the turn in which its lane gets the lease.
    world.router.acquire = async () => {
      const lease = await acquire();
      if (lease.trial) trials++;
      leaving.abort();
      return lease;
    };
    const sent = producer.send({ value: 'x' }, { signal: leaving.signal });
    await expect(sent).rejects.toMatchObject({ code: 'ABORTED' });
    await clock.pass(0);
    expect([trials, primary.puts]).toEqual([1, 0]);
    await world.traffic(40_000, 5);
    expect(world.activeRole).toBe('primary');
  });

  test('G1, G2: a primary that fails again in its minute, or after the next failover, starts from nothing', async () => {
    const world = new World({ settings: { failbackAfterMs: 30_000, probeIntervalMs: 1_000 } });
    const { primary, secondary } = world;
    primary.fail(status(503));
    await untilSwitched(world);
    primary.heal();
    await world.traffic(25_000, 5);
    primary.fail(status(503));
    await world.traffic(2_000, 5);
    primary.heal();
    await world.traffic(20_000, 5);
    expect(world.activeRole).toBe('secondary');
    expect(
      primary.puts - world.eventsOf('attempt-failed').filter(({ role }) => role === 'primary').length,
    ).toBe(0);
    // The secondary dies: the primary takes over without a minute; and when it dies in turn, its old health is not counted.
    secondary.fail(status(503));
    await untilSwitched(world);
    secondary.heal();
    primary.fail(status(503));
    await untilSwitched(world);
    primary.heal();
    const { puts } = primary;
    await world.traffic(25_000, 5);
    expect(primary.puts).toBe(puts);
    expect(world.activeRole).toBe('secondary');
  });

  test('G1: probes do not double, whatever is switched: at most one in flight, five seconds apart or more', async () => {
    const world = new World();
    const { primary, secondary } = world;
    for (const [dead, alive] of [
      [primary, secondary],
      [secondary, primary],
      [primary, secondary],
    ] as const) {
      alive.heal();
      dead.fail(status(503));
      await untilSwitched(world);
    }
    const from = primary.probeTimes.length + 1;
    await world.traffic(120_000, 1);
    const gaps = primary.probeTimes.slice(from).map((at, index, all) => at - (all[index - 1] ?? -Infinity));
    expect(gaps.length).toBeGreaterThan(3);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...gaps.slice(1))).toBeLessThanOrEqual(30_010);
  });
});

describe('C8, F9: nothing can be reached', () => {
  test('C8: said once, as this machine’s fault; the secondary is not taken; 24 h later it goes on', async () => {
    const world = new World();
    world.primary.fail(refusedConnection);
    world.secondary.fail(refusedConnection);
    const { results } = await world.traffic(20_000, 10);
    await world.clock.pass(cases(24, 1) * HOUR_MS);
    expect(world.eventsOf('no-region')).toHaveLength(1);
    expect(world.eventsOf('no-region')).toMatchObject([{ because: 'offline' }]);
    expect(world.recorded).toEqual([]);
    world.secondary.heal();
    world.primary.heal();
    const outcome = await world.clock.passUntil(results, 5_000);
    expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
  });

  test.each(['primary', 'secondary'] as const)(
    'F9: whichever answers first takes the traffic: the %s',
    async (role) => {
      const world = new World();
      world.primary.fail(status(503));
      world.secondary.fail(status(503));
      const { results } = await world.traffic(60_000, 5);
      world[role].heal();
      await world.clock.passUntil(results, 5_000);
      expect(world.activeRole).toBe(role);
      expect(world[role].stored).toHaveLength(300);
    },
  );
});

test('C20, R3: the secondary refuses everything and the primary is down: messages wait, and go on when either is usable', async () => {
  const world = new World({ secondaryReady: false });
  world.secondary.adminBehaviour = () => status(401);
  world.primary.fail(status(503));
  const { results } = await world.traffic(60_000, 5);
  expect(world.eventsOf('no-region')).toMatchObject([{ because: 'no-stream' }]);
  world.primary.heal();
  const outcome = await world.clock.passUntil(results, 5_000);
  expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
  expect(world.activeRole).toBe('primary');
});

describe('C19: a standby that cannot be used', () => {
  test('C19: one warning at the start with the remedy, in stats; again when it changes, and when it is well', async () => {
    const world = new World({ secondaryReady: false });
    world.secondary.adminBehaviour = () => status(401);
    await world.clock.pass(1_000);
    expect(world.eventsOf('standby-unusable')).toMatchObject([
      { problem: expect.stringContaining('Is the tenancy subscribed to sa-vinhedo-1?') as string },
    ]);
    expect(world.producer.stats().standbyProblem).toContain('401');
    await world.clock.pass(600_000);
    expect(world.eventsOf('standby-unusable')).toHaveLength(1);
    world.secondary.adminBehaviour = () => status(404);
    await world.clock.pass(200_000);
    expect(world.eventsOf('standby-unusable')).toHaveLength(2);
    world.secondary.adminBehaviour = () => undefined;
    world.secondary.addStream('ocid1.stream.oc1.sa-vinhedo-1.found');
    await world.clock.pass(200_000);
    expect(world.eventsOf('standby-usable')).toHaveLength(1);
    expect(world.producer.stats().standbyProblem).toBeUndefined();
  });

  test('C19, A20: looking at it makes nothing, and asks the primary nothing', async () => {
    const world = new World({ secondaryReady: false });
    await world.clock.pass(HOUR_MS);
    expect(world.secondary.adminCalls).not.toContain('CreateStream');
    expect(world.secondary.adminCalls.length).toBeLessThan(25);
    expect(world.primary.puts + world.primary.probes).toBe(0);
  });
});

test('C11, C10: evidence, backoff and probes go by the monotonic clock: a wall clock a day off changes nothing', async () => {
  const world = new World();
  const wall = world.clock.wall.bind(world.clock);
  let offMs = 0;
  world.clock.wall = () => wall() + offMs;
  await world.traffic(2_000, 20);
  offMs = -86_400_000;
  await world.traffic(2_000, 20);
  world.primary.fail(status(503));
  const at = world.clock.now();
  offMs = 86_400_000;
  await untilSwitched(world);
  expect(world.clock.now() - at).toBeLessThan(6_000);
  expect(world.eventsOf('failover-started')).toHaveLength(1);
});
