import { describe, expect, test } from 'vitest';

import type { CallFailure } from '../../../runtime/core/index.ts';
import { hang, refusedConnection, status } from '../../support/fake-region.ts';
import { World } from './world.ts';

const HOUR_MS = 3_600_000;

test('A10: a week of 30 % random errors, a message every 10 s: no failover, everything stored', async () => {
  const world = new World({ seed: 7 });
  const { clock, primary, producer } = world;
  primary.putBehaviour = () => (clock.random() < 0.3 ? status(503) : undefined);
  const settled: Promise<unknown>[] = [];
  for (let each = 0; each < (7 * 24 * HOUR_MS) / 10_000; each++) {
    settled.push(producer.send({ key: 'k', value: `${each}` }));
    await clock.pass(10_000);
  }
  await clock.passUntil(Promise.all(settled));
  expect(world.eventsOf('failover-started')).toEqual([]);
  expect(primary.stored).toHaveLength(settled.length);
});

test.each([1, 2, 3])(
  'A10: an hour of 30 per cent random errors at 10 messages a second: no failover (seed %i)',
  async (seed) => {
    const world = new World({ seed });
    world.primary.putBehaviour = () => (world.clock.random() < 0.3 ? status(500) : undefined);
    const { results } = await world.traffic(HOUR_MS / 6, 10);
    await world.clock.passUntil(results);
    expect(world.eventsOf('failover-started')).toEqual([]);
  },
);

test.each([1, 2])(
  'A10, C2: an hour of 30 per cent without an answer, where most batches hold a message that gets a 400: no failover (seed %i)',
  async (seed) => {
    const world = new World({ seed, settings: { lanes: 8 } });
    const { clock, primary } = world;
    const isBad = ({ value }: { value: string }): boolean =>
      Number(Buffer.from(value, 'base64').toString()) % 3 === 0;
    primary.putBehaviour = ({ messages }) => {
      if (messages.length > 0 && clock.random() < 0.3) return hang;
      return messages.some(isBad) ? status(400) : undefined;
    };
    const { results } = await world.traffic(HOUR_MS, 13, 8);
    await clock.passUntil(results);
    expect(world.eventsOf('failover-started')).toEqual([]);
  },
);

test.each([1, 2, 3])(
  'A11: 60 per cent random errors for an hour: nothing is lost, at most two switches (seed %i)',
  async (seed) => {
    const world = new World({ seed });
    world.primary.putBehaviour = () => (world.clock.random() < 0.6 ? status(503) : undefined);
    const { sent, results } = await world.traffic(HOUR_MS, 2);
    const outcome = await world.clock.passUntil(results);
    expect(outcome.filter((result) => result.status === 'rejected')).toEqual([]);
    expect(new Set([...world.primary.values, ...world.secondary.values]).size).toBe(sent.length);
    const switches = world.eventsOf('failover-done').length + world.eventsOf('failback-done').length;
    expect(switches).toBeLessThanOrEqual(2);
  },
);

describe.each<readonly [string, CallFailure]>([
  ['503', status(503)],
  ['refused', refusedConnection],
])('A13: 10 s of %s, 20 s well, for an hour', (_, failure) => {
  test.each([1, 2])('A13: at most two failovers and one failback; nothing lost (seed %i)', async (seed) => {
    const world = new World({ seed });
    const { clock, primary } = world;
    const isDead = (): boolean => clock.now() % 30_000 < 10_000;
    primary.putBehaviour = () => (isDead() ? failure : undefined);
    const { sent, results } = await world.traffic(HOUR_MS, 5);
    const outcome = await clock.passUntil(results);
    expect(outcome.filter((result) => result.status === 'rejected')).toEqual([]);
    expect(new Set([...primary.values, ...world.secondary.values]).size).toBe(sent.length);
    expect(world.eventsOf('failover-done').length).toBeLessThanOrEqual(2);
    expect(world.eventsOf('failback-done').length).toBeLessThanOrEqual(1);
  });
});

test('A23: 17 failures, three hours without any call, 2 failures: evidence ages, so there is no verdict', async () => {
  const world = new World({ settings: { maxAttempts: 1 } });
  const { clock, primary, producer } = world;
  const leaving = new AbortController();
  let failures = 0;
  primary.putBehaviour = ({ messages }) => {
    if (messages.length === 0) return undefined;
    if (++failures === 17) leaving.abort();
    return status(503);
  };
  const given = producer.send({ value: 'a' }, { signal: leaving.signal });
  await expect(clock.passUntil(given)).rejects.toMatchObject({ code: 'ABORTED' });
  await clock.pass(3 * HOUR_MS);
  expect(failures).toBe(17);
  primary.putBehaviour = ({ messages }) =>
    messages.length > 0 && ++failures <= 19 ? status(503) : undefined;
  await clock.passUntil(producer.send({ value: 'b' }));
  expect(failures).toBe(20);
  expect(world.eventsOf('failover-started')).toEqual([]);
});

describe.each([408, 401, 404])('A24, C17: 300 ms of %i', (code) => {
  test.each([1, 2, 3])(
    'A24, C17: every message is stored in the primary, in order (seed %i)',
    async (seed) => {
      const world = new World({ seed });
      const { clock, primary } = world;
      const until = clock.now() + 300;
      primary.putBehaviour = () => (clock.now() < until ? status(code) : undefined);
      const { sent, results } = await world.traffic(1_000, 100, 8);
      const outcome = await clock.passUntil(results);
      expect(outcome.filter((result) => result.status === 'rejected')).toEqual([]);
      expect(primary.values.toSorted()).toEqual(sent.toSorted());
      expect(world.eventsOf('failover-started')).toEqual([]);
    },
  );
});

test.each([
  [401, 'AUTH'],
  [403, 'AUTH'],
  [404, 'NOT_AUTHORIZED_OR_NOT_FOUND'],
] as const)(
  'C4, C5, C17: %i for good rejects %s, within seconds, and never fails over',
  async (code, expected) => {
    const world = new World();
    const { clock, primary, producer } = world;
    primary.fail(status(code));
    const at = clock.now();
    await expect(clock.passUntil(producer.send({ value: 'a' }))).rejects.toMatchObject({ code: expected });
    const tookMs = clock.now() - at;
    expect(tookMs).toBeLessThan(8_000);
    // Only what may pass is worth waiting for.
    if (code === 403) expect(primary.puts).toBe(1);
    else expect(tookMs).toBeGreaterThan(1_500);
    expect(world.eventsOf('failover-started')).toEqual([]);
  },
);
