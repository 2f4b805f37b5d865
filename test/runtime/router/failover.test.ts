import { describe, expect, test } from 'vitest';

import { cases, isUnderMutation } from '../../support/cases.ts';
import { hang, refusedConnection, status } from '../../support/fake-region.ts';
import { World } from './world.ts';

/** Per key, in offset order: what the region holds of each key, oldest first. */
function byKey(stored: readonly { key: string | null; value: string }[]): Map<string, number[]> {
  const keys = new Map<string, number[]>();
  for (const { key, value } of stored) {
    const values = keys.get(key ?? '') ?? [];
    values.push(Number(Buffer.from(value, 'base64').toString()));
    keys.set(key ?? '', values);
  }
  return keys;
}

function inOrder(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || (values[index - 1] ?? 0) < value);
}

const outages = {
  'A1: 503 to every call': { failure: status(503), withinMs: 5_000 },
  'A2: 500 to every call': { failure: status(500), withinMs: 5_000 },
  'A5: connection refused': { failure: refusedConnection, withinMs: 5_000 },
  'A8: never answers': { failure: hang, withinMs: 8_000 },
};

describe.each(Object.entries(outages))('%s', (_, { failure, withinMs }) => {
  test.each([1, 2, 3].slice(0, cases(3, 1)))(
    'fails over once, loses nothing and keeps the order of each key (seed %i)',
    async (seed) => {
      const world = new World({ seed });
      await world.traffic(1_000, 100);
      world.primary.fail(failure);
      const at = world.clock.now();
      const { results } = await world.traffic(12_000, 100);
      const outcome = await world.clock.passUntil(results);
      expect(outcome.filter((result) => result.status === 'rejected')).toEqual([]);
      expect(world.eventsOf('failover-started')).toHaveLength(1);
      expect(world.eventsOf('failover-done')).toHaveLength(1);
      expect(world.recorded).toEqual(['sa-vinhedo-1']);
      const [first] = world.eventsOf('first-stored');
      expect(first?.sinceSwitchMs).toBeLessThan(250);
      expect(world.secondary.putTimes[0]).toBeLessThan(at + withinMs);
      for (const values of byKey(world.secondary.stored).values()) expect(inOrder(values)).toBe(true);
      expect(new Set([...world.primary.values, ...world.secondary.values]).size).toBe(1_300);
    },
  );
});

test('A1: the verdict says what it rests on', async () => {
  const world = new World();
  world.primary.fail(status(503));
  const { results } = await world.traffic(6_000, 50);
  await world.clock.passUntil(results);
  const [started] = world.eventsOf('failover-started');
  expect(started?.because).toMatchObject({ latest: '503', neverReached: false });
  expect(started?.because.kinds['region-fault']).toBe(started?.because.failures);
  const waits = world.eventsOf('attempt-failed').map((event) => event.attempt);
  expect(waits[0]).toBe(1);
});

describe('A4: 429 to every call', () => {
  test('waits as long as Retry-After says, and fails over when it lasts', async () => {
    const world = new World();
    world.primary.fail(status(429, { retryAfter: '1' }));
    const { results } = await world.traffic(30_000, 20);
    await world.clock.passUntil(results);
    for (const event of world.eventsOf('attempt-failed'))
      expect(event.retryInMs ?? 1_000).toBeGreaterThanOrEqual(1_000);
    expect(world.eventsOf('failover-done')).toHaveLength(1);
  });

  test('with failoverOnThrottle off it is paced and never fails over', async () => {
    const world = new World({ settings: { failoverOnThrottle: false } });
    world.primary.fail(status(429));
    const { results } = await world.traffic(60_000, 20);
    world.primary.heal();
    const outcome = await world.clock.passUntil(results);
    expect(world.eventsOf('failover-started')).toEqual([]);
    expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
  });
});

test('A9: a batch whose answer is lost goes again: a copy, never a loss', async () => {
  const world = new World();
  world.primary.putBehaviour = ({ number }) =>
    number === 1 ? { storedThen: { type: 'reset', detail: 'ECONNRESET' } } : undefined;
  await world.clock.passUntil(world.producer.send({ value: 'once' }));
  expect(world.primary.values).toEqual(['once', 'once']);
});

describe.skipIf(isUnderMutation)('A10: random errors are no outage', () => {
  test.each([0.05, 0.1, 0.2, 0.3])(
    '%f of all calls fail for an hour: no failover, everything stored',
    async (share) => {
      const world = new World({ seed: 1 + share * 100 });
      world.primary.putBehaviour = () => (world.clock.random() < share ? status(500) : undefined);
      const { sent, results } = await world.traffic(3_600_000, 1);
      const outcome = await world.clock.passUntil(results);
      expect(world.eventsOf('failover-started')).toEqual([]);
      expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
      expect(world.primary.values).toHaveLength(sent.length);
    },
  );
});

test('A16: a region that takes 1.5 s a call and answers all of them is called slow, and not left', async () => {
  const world = new World();
  const { primary } = world;
  const { results: before } = await world.traffic(2_000, 20);
  expect(world.eventsOf('degraded')).toEqual([]);
  primary.latencyMs = 1_500;
  const { results: meanwhile } = await world.traffic(30_000, 20);
  primary.latencyMs = 5;
  const { results: after } = await world.traffic(10_000, 20);
  const all = (await Promise.all([before, meanwhile, after])).flat();

  expect(all.every(({ status }) => status === 'fulfilled')).toBe(true);
  expect(world.eventsOf('degraded')).toEqual([
    {
      type: 'degraded',
      region: 'sa-saopaulo-1',
      role: 'primary',
      medianMs: expect.closeTo(1_500, -2) as number,
    },
  ]);
  expect(world.eventsOf('prompt-again')).toHaveLength(1);
  expect(world.eventsOf('failover-started')).toEqual([]);
  // A lane has one call at a time: that is all the throughput there is.
  expect(primary.putTimes.filter((at) => at < 30_000).length).toBeLessThan(8 * 30);
});

test.each([1, 2, 3, 4, 5].slice(0, cases(5, 1)))(
  'A12: dead for 1.5 s, then well: no failover (seed %i)',
  async (seed) => {
    const world = new World({ seed });
    await world.traffic(1_000, 200);
    world.primary.fail(status(503));
    const dead = await world.traffic(1_500, 200);
    world.primary.heal();
    const after = await world.traffic(5_000, 200);
    await world.clock.passUntil(Promise.all([dead.results, after.results]));
    expect(world.eventsOf('failover-started')).toEqual([]);
  },
);

describe('A19: one message while the region is dead', () => {
  test.each([
    ['503', status(503)],
    ['refused', refusedConnection],
    ['hang', hang],
  ])('%s: it is through on a ready secondary within 8 s', async (_, failure) => {
    for (let seed = 1; seed <= cases(10, 2); seed++) {
      const world = new World({ seed });
      world.primary.fail(failure);
      const at = world.clock.now();
      const receipt = await world.clock.passUntil(world.producer.send({ value: 'lonely' }));
      expect(receipt.region).toBe('sa-vinhedo-1');
      expect(world.clock.now() - at).toBeLessThan(8_000);
    }
  });

  test('A20: no traffic, no calls', async () => {
    const world = new World();
    world.primary.fail(status(503));
    await world.clock.pass(600_000);
    expect(world.primary.puts + world.primary.probes).toBe(0);
  });
});

test('C8: nothing can be reached: no failover, messages wait, and go on when the network is back', async () => {
  const world = new World();
  world.primary.fail(refusedConnection);
  world.secondary.fail(refusedConnection);
  const { results } = await world.traffic(20_000, 10);
  expect(world.eventsOf('no-region')).toMatchObject([{ because: 'offline' }]);
  expect(world.eventsOf('failover-done')).toEqual([]);
  world.primary.heal();
  world.secondary.heal();
  const outcome = await world.clock.passUntil(results);
  expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
});

test('F9: both regions down: whichever answers first takes the traffic', async () => {
  const world = new World();
  world.primary.fail(status(503));
  world.secondary.fail(status(503));
  const { results } = await world.traffic(600_000, 1);
  expect(world.eventsOf('no-region')).toMatchObject([{ because: 'both-down' }]);
  world.primary.heal();
  await world.clock.passUntil(results);
  expect(world.eventsOf('stayed')).toHaveLength(1);
  expect(world.secondary.stored).toEqual([]);
});

test('INV-9: calls to both regions stay below 1.1 times the rate of before', async () => {
  const world = new World();
  await world.traffic(20_000, 30, 30);
  const before = world.primary.puts / 20;
  world.primary.fail(status(503));
  const calls = (): number =>
    world.primary.puts + world.primary.probes + world.secondary.puts + world.secondary.probes;
  const from = calls();
  await world.traffic(2_000, 30, 30);
  expect((calls() - from) / 2).toBeLessThan(before * 1.1 + 1);
});

describe("INV-10: what is the caller's or the configuration's fault never fails over", () => {
  test.each([400, 401, 403, 413])('%i', async (code) => {
    const world = new World();
    world.primary.fail(status(code));
    const { results } = await world.traffic(10_000, 20);
    const outcome = await world.clock.passUntil(results);
    expect(outcome.every((result) => result.status === 'rejected')).toBe(true);
    expect(world.eventsOf('failover-started')).toEqual([]);
  });
});
