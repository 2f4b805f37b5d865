import { describe, expect, test } from 'vitest';

import { status } from '../../support/fake-region.ts';
import { World } from './world.ts';

async function failedOver(world: World): Promise<void> {
  world.primary.fail(status(500));
  const { results } = await world.traffic(8_000, 20);
  await world.clock.passUntil(results);
  expect(world.activeRole).toBe('secondary');
}

describe('G1: the primary is well again', () => {
  test('probes 5 s growing to 30 s apart, a minute of health, one real batch, then one failback', async () => {
    const world = new World();
    await failedOver(world);
    const probesBefore = world.eventsOf('probe').length;
    await world.clock.pass(300_000);
    const silent = world.eventsOf('probe').length - probesBefore;
    expect(silent).toBeGreaterThan(8);
    expect(silent).toBeLessThan(20);
    world.primary.heal();
    const { results } = await world.traffic(120_000, 2);
    await world.clock.passUntil(results);
    expect(world.eventsOf('failback-done')).toHaveLength(1);
    expect(world.eventsOf('trial-failed')).toEqual([]);
    expect(world.recorded).toEqual(['sa-vinhedo-1', 'sa-saopaulo-1']);
    expect(world.activeRole).toBe('primary');
  });

  test('nobody but a probe asks the primary meanwhile', async () => {
    const world = new World();
    await failedOver(world);
    const puts = world.primary.puts;
    const { results } = await world.traffic(60_000, 50);
    await world.clock.passUntil(results);
    expect(world.primary.puts).toBe(puts);
  });
});

test('G2: when it fails during the trial, the batch goes to the secondary and the minute starts again', async () => {
  const world = new World();
  await failedOver(world);
  // Probes are answered, messages are not.
  world.primary.putBehaviour = ({ messages }) => (messages.length === 0 ? undefined : status(500));
  const { results } = await world.traffic(200_000, 2);
  const outcome = await world.clock.passUntil(results);
  expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
  const trials = world.eventsOf('trial-failed').length;
  expect(trials).toBeGreaterThanOrEqual(1);
  expect(trials).toBeLessThanOrEqual(3);
  expect(world.eventsOf('failback-done')).toEqual([]);
});

test('G3: at most one failback an hour, while failover is never limited', async () => {
  const world = new World();
  for (let round = 0; round < 3; round++) {
    await failedOver(world);
    world.primary.heal();
    const { results } = await world.traffic(300_000, 1);
    await world.clock.passUntil(results);
  }
  expect(world.eventsOf('failback-done')).toHaveLength(1);
  expect(world.activeRole).toBe('secondary');
});

test('G4: batches in flight at the switch finish where they are, and each key keeps its order in each region', async () => {
  const world = new World({ settings: { failbackAfterMs: 1_000, probeIntervalMs: 500 } });
  world.secondary.latencyMs = 300;
  await failedOver(world);
  world.primary.heal();
  const { results, sent } = await world.traffic(10_000, 100, 16);
  const outcome = await world.clock.passUntil(results);
  expect(outcome.filter((result) => result.status === 'rejected')).toEqual([]);
  expect(world.eventsOf('failback-done')).toHaveLength(1);
  const stored = [...world.primary.values, ...world.secondary.values];
  for (const value of sent) expect(stored).toContain(value);
  for (const region of [world.primary, world.secondary]) {
    const latest = new Map<string | null, number>();
    for (const { key, value } of region.stored) {
      const number = Number(Buffer.from(value, 'base64').toString());
      expect(number).toBeGreaterThan(latest.get(key) ?? -1);
      latest.set(key, number);
    }
  }
});

test('G5: with failback off it stays, although the primary is well', async () => {
  const world = new World({ settings: { failback: false } });
  await failedOver(world);
  world.primary.heal();
  const { results } = await world.traffic(300_000, 1);
  await world.clock.passUntil(results);
  expect(world.activeRole).toBe('secondary');
});

test('G7: a restart in an outage starts on the recorded region: no new verdict', async () => {
  const world = new World({ active: 'secondary' });
  world.primary.fail(status(503));
  const at = world.clock.now();
  const receipt = await world.clock.passUntil(world.producer.send({ value: 'x' }));
  expect(receipt.region).toBe('sa-vinhedo-1');
  expect(world.clock.now() - at).toBeLessThan(100);
  expect(world.primary.puts).toBe(0);
});

test('E7: a record that cannot be written does not hold up the failover', async () => {
  const world = new World();
  world.writeRecord = () => new Promise(() => {});
  await failedOver(world);
  expect(world.eventsOf('first-stored')).toHaveLength(1);
});
