import { describe, expect, test } from 'vitest';

import { status, type FakeRegion } from '../../support/fake-region.ts';
import { World } from './world.ts';

/** Three partitions, by the number at the end of a key. */
function threePartitions(region: FakeRegion): void {
  region.partitionOf = (key) => `${Number(decoded(key ?? '').slice(1)) % 3}`;
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString();

/** How many messages are stored behind a later one of their key. */
function outOfOrder(region: FakeRegion): number {
  const highest = new Map<string | null, number>();
  let found = 0;
  for (const { key, value } of region.stored) {
    const number = Number(decoded(value));
    if (number < (highest.get(key) ?? -1)) found++;
    highest.set(key, Math.max(highest.get(key) ?? -1, number));
  }
  return found;
}

describe.each([500, 429])('A18: partition 0 of three refuses every entry with %i', (code) => {
  test.each([
    ['30 keys', 30],
    ['3 keys', 3],
  ] as const)(
    'A18: at 100 messages a second over %s: no failover; the event names the partition; the others go on',
    async (_, keys) => {
      const world = new World();
      const { primary } = world;
      threePartitions(primary);
      await world.traffic(2_000, 100, keys);
      primary.putBehaviour = () => ({
        each: ({ key }) => (primary.partitionOf(key) === '0' ? code : undefined),
      });
      const { sent, results } = await world.traffic(60_000, 100, keys);
      expect(world.eventsOf('failover-started')).toEqual([]);
      const refused = world.eventsOf('entries-refused');
      expect(new Set(refused.flatMap(({ partitions }) => partitions))).toEqual(new Set(['0']));
      expect(refused[0]).toMatchObject({ region: 'sa-saopaulo-1', status: code });
      primary.heal();
      const outcome = await world.clock.passUntil(results);
      expect(outcome.filter((result) => result.status === 'rejected')).toEqual([]);
      expect(primary.stored).toHaveLength(200 + sent.length);
    },
  );
});

describe('F5: a partition that takes no more bytes for a while refuses all that follows', () => {
  test.each([
    ['all that follows', 20, false],
    ['every third entry', 1, true],
  ] as const)(
    'F5, B12: of a known partition: %s; requests hold %i or more messages of a key',
    async (_, most, singly) => {
      const world = new World({ settings: { lanes: 1 } });
      const { primary } = world;
      threePartitions(primary);
      await world.traffic(2_000, 100, 3);
      let entries = 0;
      let ofOneKey = 0;
      primary.putBehaviour = ({ messages }) => {
        const byKey = [...Map.groupBy(messages, ({ key }) => key).values()];
        ofOneKey = Math.max(0, ...byKey.map(({ length }) => length));
        const refuses = ({ key }: { readonly key: string | null }): boolean =>
          primary.partitionOf(key) === '0' && (!singly || entries++ % 3 === 0);
        return { each: (message) => (refuses(message) ? 429 : undefined) };
      };
      const { results } = await world.traffic(3_000, 1_000, 3);
      expect(ofOneKey >= most).toBe(true);
      if (singly) expect(ofOneKey).toBe(most);
      primary.heal();
      await world.clock.passUntil(results);
      if (!singly) {
        expect(outOfOrder(primary)).toBe(0);
        expect(world.eventsOf('reordered')).toEqual([]);
      }
    },
  );
});

describe('A22: the entries of one key are refused with 500 for ten minutes, the other key is stored', () => {
  test.each([1_000, 10_000, 30_000])(
    'A22: a message of each key every %i ms: no failover; the event names the partition',
    async (everyMs) => {
      const world = new World();
      const { clock, primary, producer } = world;
      threePartitions(primary);
      const settled: Promise<PromiseSettledResult<unknown>[]>[] = [];
      const sendBoth = async (): Promise<void> => {
        settled.push(
          Promise.allSettled(['k0', 'k1'].map((key) => producer.send({ key, value: `${settled.length}` }))),
        );
        await clock.pass(everyMs);
      };
      for (let each = 0; each < 4; each++) await sendBoth();
      primary.putBehaviour = () => ({
        each: ({ key }) => (primary.partitionOf(key) === '0' ? 500 : undefined),
      });
      for (let passed = 0; passed < 600_000; passed += everyMs) await sendBoth();
      expect(world.eventsOf('failover-started')).toEqual([]);
      expect(world.eventsOf('entries-refused').at(-1)).toMatchObject({ partitions: ['0'], status: 500 });
      primary.heal();
      const outcome = (await clock.passUntil(Promise.all(settled))).map(([, other]) => other?.status);
      expect(new Set(outcome)).toEqual(new Set(['fulfilled']));
    },
  );

  test('A22, B3: when nothing is stored any more it is the region: it fails over', async () => {
    const world = new World();
    await world.traffic(4_000, 2, 2);
    world.primary.putBehaviour = ({ messages }) =>
      messages.length === 0 ? status(503) : { each: () => 500 };
    const { results } = await world.traffic(30_000, 2, 2);
    await world.clock.passUntil(results);
    expect(world.activeRole).toBe('secondary');
  });
});

describe('B12: 30 % of the entries are refused, 64 keys', () => {
  async function refusing(strictOrder: 'auto' | 'yes' | 'no'): Promise<World> {
    const world = new World({ seed: 5, settings: { strictOrder } });
    const { clock, primary } = world;
    primary.putBehaviour = () => ({ each: () => (clock.random() < 0.3 ? 429 : undefined) });
    for (let round = 0; round < 30; round++) {
      // Bursts, so that requests hold many messages of a key where they may.
      const burst = Array.from({ length: 640 }, (_, n) =>
        world.producer.send({ key: `k${n % 64}`, value: `${round * 640 + n}` }),
      );
      await clock.passUntil(Promise.all(burst));
    }
    expect(primary.stored).toHaveLength(30 * 640);
    return world;
  }
  const reordered = (world: World): number =>
    world.eventsOf('reordered').reduce((sum, event) => sum + event.messages, 0);

  test('B12: strictOrder auto, the default: only what the first requests held is overtaken, and all of it is counted', async () => {
    const world = await refusing('auto');
    const count = outOfOrder(world.primary);
    // The first request of each of the eight lanes.
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(640 * 0.5);
    expect(count).toBeLessThanOrEqual(reordered(world));
  });

  test.each([1, 2, 3])(
    'B12: auto under steady traffic of 1,000 messages a second: a handful, all counted (seed %i)',
    async (seed) => {
      const world = new World({ seed });
      const { clock, primary } = world;
      await world.traffic(1_000, 1_000, 64);
      primary.putBehaviour = () => ({ each: () => (clock.random() < 0.3 ? 500 : undefined) });
      const { sent, results } = await world.traffic(10_000, 1_000, 64);
      await clock.passUntil(results);
      expect(primary.stored).toHaveLength(1_000 + sent.length);
      expect(outOfOrder(primary)).toBeLessThanOrEqual(8);
      expect(outOfOrder(primary)).toBeLessThanOrEqual(reordered(world));
    },
  );

  test('B12: strictOrder yes: none, and none is told', async () => {
    const world = await refusing('yes');
    expect(outOfOrder(world.primary)).toBe(0);
    expect(reordered(world)).toBe(0);
  });

  test('B12: strictOrder no: thousands, all of them counted', async () => {
    const world = await refusing('no');
    expect(outOfOrder(world.primary)).toBeGreaterThan(640);
    expect(outOfOrder(world.primary)).toBeLessThanOrEqual(reordered(world));
  });

  test('B12: auto makes full requests again once no entry has been refused for ten seconds', async () => {
    const world = new World({ settings: { lanes: 1 } });
    const { clock, primary, producer } = world;
    const sizes: number[] = [];
    primary.putBehaviour = ({ messages, number }) => {
      if (messages.length > 0) sizes.push(messages.length);
      return number === 1 ? { each: (_, index) => (index === 1 ? 429 : undefined) } : undefined;
    };
    const burst = (): Promise<unknown> =>
      clock.passUntil(Promise.all(['a', 'b', 'c'].map((value) => producer.send({ key: 'k', value }))));
    await burst();
    expect(sizes).toEqual([3, 1]);
    await clock.pass(9_000);
    await burst();
    expect(sizes.slice(2)).toEqual([1, 1, 1]);
    await clock.pass(2_000);
    await burst();
    expect(sizes.slice(5)).toEqual([3]);
  });
});

describe('B13: an answer that stored nothing', () => {
  test('B13: a trial whose every entry is refused is no failback, and the batch goes to the secondary', async () => {
    const world = new World({
      active: 'secondary',
      settings: { failbackAfterMs: 1_000, probeIntervalMs: 500 },
    });
    world.primary.putBehaviour = ({ messages }) => (messages.length === 0 ? undefined : { each: () => 429 });
    const { results } = await world.traffic(20_000, 10);
    const outcome = await world.clock.passUntil(results);
    expect(outcome.every((result) => result.status === 'fulfilled')).toBe(true);
    expect(world.primary.puts).toBeGreaterThan(2);
    expect(world.eventsOf('failback-done')).toEqual([]);
    expect(world.eventsOf('trial-failed').length).toBe(world.primary.puts);
    expect(world.secondary.stored).toHaveLength(200);
  });

  test('B13: first-stored counts what was stored, when something was', async () => {
    const world = new World({ settings: { lanes: 1 } });
    world.primary.fail(status(503));
    let answers = 0;
    world.secondary.putBehaviour = ({ messages }) => {
      if (messages.length === 0) return undefined;
      answers++;
      if (answers === 1) return { each: () => 429 };
      return answers === 2 ? { each: (_, index) => (index < 2 ? undefined : 429) } : undefined;
    };
    const sent = ['a', 'b', 'c', 'd', 'e'].map((value) => world.producer.send({ key: value, value }));
    await world.clock.passUntil(Promise.all(sent));
    expect(world.eventsOf('first-stored')).toMatchObject([{ messages: 2, role: 'secondary' }]);
  });
});

describe('B3: some entries refused, none of the others named', () => {
  test('B3, B4: nothing is known to be stored: it counts as an attempt that failed, and lasts to a failover', async () => {
    const world = new World();
    world.primary.putBehaviour = ({ messages }) =>
      messages.length === 0
        ? undefined
        : {
            entries: messages.map((_, index) =>
              index === 0 ? { type: 'refused', status: 500, error: '500', message: '' } : { type: 'unnamed' },
            ),
          };
    const sent = Promise.all(['a', 'b', 'c'].map((value) => world.producer.send({ key: 'k', value })));
    await world.clock.passUntil(sent);
    expect(world.eventsOf('attempt-failed')[0]).toMatchObject({ kind: 'ambiguous' });
    expect(world.secondary.values).toEqual(['a', 'b', 'c']);
  });
});

test.each([1, 2, 3])(
  'A2: 500 after 1 ms under 1,000 messages a second over 64 keys: one verdict, one failover, order kept (seed %i)',
  async (seed) => {
    const world = new World({ seed });
    const { primary, secondary } = world;
    await world.traffic(500, 1_000, 64);
    primary.fail(status(500));
    primary.failAfterMs = (failure) => (failure === undefined ? undefined : 1);
    const { results } = await world.traffic(6_000, 1_000, 64);
    const outcome = await world.clock.passUntil(results);
    expect(outcome.filter((result) => result.status === 'rejected')).toEqual([]);
    expect(world.eventsOf('failover-started')).toHaveLength(1);
    expect(world.eventsOf('failover-done')).toHaveLength(1);
    expect([outOfOrder(primary), outOfOrder(secondary)]).toEqual([0, 0]);
    expect(primary.stored.length + secondary.stored.length).toBe(6_500);
    // INV-6: the event carries its evidence.
    const [started] = world.eventsOf('failover-started');
    expect(started?.because.kinds).toEqual({ 'region-fault': started?.because.failures });
    expect(world.eventsOf('failover-done')[0]?.because).toEqual(started?.because);
  },
);

test('A14: writes fail, reads and the control plane work: the producer fails over all the same', async () => {
  const world = new World();
  world.primary.putBehaviour = ({ messages }) => (messages.length > 0 ? status(503) : undefined);
  const { results } = await world.traffic(12_000, 10);
  await world.clock.passUntil(results);
  expect(world.activeRole).toBe('secondary');
  expect(world.eventsOf('failover-done')).toHaveLength(1);
});
