import { describe, expect, test } from 'vitest';

import { hang, refusedConnection, status } from '../../support/fake-region.ts';
import { World } from './world.ts';

const SECONDS = 15;

/** All calls to both regions, probes counted. */
function calls({ primary, secondary }: World): number {
  return primary.puts + primary.probes + secondary.puts + secondary.probes;
}

/** The most calls within one second. */
function busiestSecond(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(...sorted.map((from) => sorted.filter((at) => at >= from && at < from + 1_000).length));
}

describe.each([
  ['503', status(503)],
  ['refused', refusedConnection],
  ['no answer', hang],
] as const)('%s in the primary', (_, failure) => {
  test.each([
    [10, 8],
    [50, 8],
    [100, 64],
    [400, 64],
  ] as const)(
    'INV-9: at %i calls a second over %i lanes: below 1.1 times that rate, until and after the switch',
    async (perSecond, lanes) => {
      const world = new World({ settings: { lanes } });
      await world.traffic(SECONDS * 1_000, perSecond, lanes);
      const before = calls(world) / SECONDS;
      expect(before).toBeGreaterThanOrEqual(10);
      world.primary.fail(failure);
      const failedAt = world.clock.now();
      const from = calls(world);
      await world.traffic(SECONDS * 1_000, perSecond, lanes);
      const [left] = world.eventsOf('failover-started');
      expect(left).toBeDefined();
      expect((calls(world) - from) / SECONDS).toBeLessThanOrEqual(before * 1.1);
      // In every single second while the region is suspect.
      const leftAt = world.primary.putTimes.at(-1) ?? 0;
      const times = [...world.primary.putTimes, ...world.primary.probeTimes].filter(
        (at) => at >= failedAt && at <= leftAt,
      );
      expect(busiestSecond(times)).toBeLessThanOrEqual(before * 1.1);
    },
  );
});

test('INV-9: 409 to every call is no evidence, and makes no storm either', async () => {
  const world = new World({ settings: { lanes: 32 } });
  await world.traffic(SECONDS * 1_000, 20, 32);
  world.primary.fail(status(409));
  const failedAt = world.clock.now();
  const { results } = await world.traffic(SECONDS * 1_000, 20, 32);
  const times = world.primary.putTimes.filter((at) => at >= failedAt);
  expect(times.length / SECONDS).toBeLessThanOrEqual(20 * 1.1);
  expect(world.eventsOf('failover-started')).toEqual([]);
  world.primary.heal();
  const outcome = await world.clock.passUntil(results);
  expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
});

test('INV-9: both regions down for ten minutes: a call a second to each, whatever waits', async () => {
  const world = new World({ settings: { lanes: 64 } });
  await world.traffic(5_000, 200, 64);
  world.primary.fail(status(503));
  world.secondary.fail(status(503));
  const { results } = await world.traffic(20_000, 200, 64);
  const from = calls(world);
  await world.clock.pass(600_000);
  expect(calls(world) - from).toBeLessThanOrEqual(2 * 600 + 2);
  expect(calls(world) - from).toBeGreaterThan(600);
  world.secondary.heal();
  const outcome = await world.clock.passUntil(results);
  expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
});

test('INV-9: with thin traffic, ten calls a second at most while it is judged', async () => {
  const world = new World();
  world.primary.fail(status(503));
  const { clock } = world;
  void world.producer.send({ value: 'x' });
  const from = clock.now();
  while (world.activeRole === 'primary') await clock.pass(10);
  const { puts, probes } = world.primary;
  expect(probes).toBeGreaterThan(5);
  expect(puts + probes).toBeLessThanOrEqual(10 * ((clock.now() - from) / 1_000) + 1);
});

test('INV-9, A8: of probes that are not answered, sixteen are on their way at most', async () => {
  const world = new World();
  const { primary } = world;
  primary.fail(hang);
  await world.clock.passUntil(world.producer.send({ value: 'x' }));
  // Each is on its way for two seconds, and so is the call that leads to the verdict.
  const leftAt = (primary.putTimes.at(-1) ?? 0) + 2_000;
  const probes = primary.probeTimes.filter((at) => at < leftAt);
  const underWay = probes.map((at) => probes.filter((other) => other <= at && other > at - 2_000).length);
  expect(Math.max(...underWay)).toBe(16);
});
