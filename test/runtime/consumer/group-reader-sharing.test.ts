import { describe, expect, test } from 'vitest';

import type { OpenedConsumer } from '../../../runtime/consumer/index.ts';
import type { GroupRegion, Operation } from './group-region.ts';
import { status } from './group-region.ts';
import { World } from './world.ts';

const LIMITED: readonly Operation[] = ['group', 'groupCursor', 'heartbeat', 'commit', 'partitionCursor'];

/** The part of the reads that were refused for their pace. */
function throttled(region: GroupRegion): number {
  const refused = region
    .of('read')
    .filter(({ failure }) => failure?.type === 'status' && failure.status === 429);
  return refused.length / region.of('read').length;
}

function refusedCalls(region: GroupRegion): Operation[] {
  const refused = region.calls.filter(
    ({ operation, failure }) => LIMITED.includes(operation) && failure !== undefined,
  );
  return refused.map(({ operation }) => operation);
}

/** Stores one message in each partition every `everyMs`, for `seconds`, while time passes. */
async function traffic(world: World, everyMs: number, seconds: number): Promise<string[]> {
  const texts: string[] = [];
  for (let ms = 0; ms < seconds * 1_000; ms += everyMs) {
    for (let partition = 0; partition < world.primary.partitions; partition++) {
      const text = `${world.clock.now()} ${partition}`;
      texts.push(text);
      world.primary.store(partition, text);
    }
    await world.clock.pass(everyMs);
  }
  return texts;
}

/** Members that read, each from a random moment within `spreadMs` on. */
async function join(world: World, count: number, spreadMs: number): Promise<OpenedConsumer[]> {
  const members: OpenedConsumer[] = [];
  for (let member = 0; member < count; member++) {
    const opened = member === 0 ? world.opened : world.open();
    members.push(opened);
    void world.readOn(opened.consumer);
    await world.clock.pass(world.clock.random() * spreadMs);
  }
  return members;
}

async function closeAll(world: World, members: readonly OpenedConsumer[]): Promise<void> {
  await world.clock.passUntil(Promise.all(members.map(({ consumer }) => consumer.close())), 30_000);
}

describe('members that share a stream under strict limits', () => {
  test.each([
    { members: 3, partitions: 3, spreadMs: 10 },
    { members: 3, partitions: 3, spreadMs: 3_000 },
    { members: 3, partitions: 12, spreadMs: 10 },
    { members: 3, partitions: 7, spreadMs: 2_000 },
    { members: 3, partitions: 1, spreadMs: 500 },
    { members: 3, partitions: 2, spreadMs: 500 },
    { members: 5, partitions: 12, spreadMs: 1_000 },
    { members: 1, partitions: 12, spreadMs: 0 },
  ])(
    'H20: $members of them, $partitions partitions, started within $spreadMs ms each: under 1 % of reads are 429',
    async ({ members, partitions, spreadMs }) => {
      await using world = new World({ shared: true, strict: true, partitions: { primary: partitions } });
      const opened = await join(world, members, spreadMs);
      const texts = await traffic(world, 250, 30);
      await world.clock.pass(5_000);

      expect(throttled(world.primary)).toBeLessThan(0.01);
      expect(refusedCalls(world.primary)).toEqual([]);
      expect(new Set(world.received)).toEqual(new Set(texts));
      await closeAll(world, opened);
    },
  );

  test('H20: each member reads at the full pace of the partitions that it holds', async () => {
    await using world = new World({
      shared: true,
      strict: true,
      partitions: { primary: 6 },
      options: { readLimit: 1 },
    });
    const opened = await join(world, 3, 100);
    await traffic(world, 100, 10);
    const before = world.primary.of('read').length;
    await traffic(world, 100, 10);

    // 6 partitions, 5 reads a second each, of which a little is left for jitter and for GetGroup.
    expect(world.primary.of('read').length - before).toBeGreaterThan(270);
    expect(throttled(world.primary)).toBeLessThan(0.01);
    await closeAll(world, opened);
  });

  test('H20: the same while members come, leave and die', async () => {
    await using world = new World({
      shared: true,
      strict: true,
      partitions: { primary: 12 },
      options: { groupTimeoutMs: 5_000 },
    });
    const [first, second, third] = await join(world, 3, 1_000);
    const texts = await traffic(world, 250, 10);
    await world.close(second);
    texts.push(...(await traffic(world, 250, 10)));
    const fourth = world.open();
    void world.readOn(fourth.consumer);
    texts.push(...(await traffic(world, 250, 10)));
    await world.close(first);
    await world.close(third);
    texts.push(...(await traffic(world, 250, 10)));
    await world.clock.pass(5_000);

    expect(throttled(world.primary)).toBeLessThan(0.01);
    expect(new Set(world.received)).toEqual(new Set(texts));
    await closeAll(world, [fourth]);
  });

  test('H20: where GetGroup is refused, answers and 429s show what a member holds', async () => {
    await using world = new World({ shared: true, strict: true, partitions: { primary: 6 } });
    world.primary.fault = (operation) => (operation === 'group' ? status(403) : undefined);
    const opened = await join(world, 3, 1_000);
    const texts = await traffic(world, 250, 60);
    await world.clock.pass(5_000);

    expect(throttled(world.primary)).toBeLessThan(0.01);
    expect(world.primary.of('group').length).toBeLessThan(30);
    expect(new Set(world.received)).toEqual(new Set(texts));
    expect(world.told('read-failed', 'warning')).toEqual([]);
    await closeAll(world, opened);
  });

  test('H17: the wait that a 429 names is honoured', async () => {
    await using world = new World();
    const { primary, clock } = world;
    void world.readOn();
    await clock.pass(1_000);
    primary.fault = () => ({ type: 'status', status: 429, code: '', message: '', retryAfter: '3' });
    await clock.pass(2_000);
    primary.fault = undefined;
    const refusedAt = primary.of('read').find(({ failure }) => failure !== undefined)?.at ?? 0;
    // A change of the active region wakes the readers; the region that throttles is left alone all the same.
    world.opened.setActive('secondary', 'a test');
    await clock.pass(5_000);
    const next = primary.of('read').find(({ at }) => at > refusedAt)?.at ?? 0;

    expect(next - refusedAt).toBeGreaterThanOrEqual(3_000);
    expect(next - refusedAt).toBeLessThan(3_400);
  });

  test('H17, H8: heartbeats of members whose handlers are slow stay below 5 a second', async () => {
    await using world = new World({
      shared: true,
      strict: true,
      partitions: { primary: 3 },
      options: { groupTimeoutMs: 1_200 },
    });
    for (const partition of [0, 1, 2]) world.primary.store(partition, `message ${partition}`);
    for (let member = 0; member < 3; member++) {
      const opened = member === 0 ? world.opened : world.open();
      void opened.consumer.run(() => world.clock.sleep(8_000));
      await world.clock.pass(2_000);
    }
    await world.clock.pass(6_000);

    expect(refusedCalls(world.primary)).toEqual([]);
  });

  test.each([
    [700, 'the wait that it names', status(429, 'Too many requests, next request can be made in 700 ms')],
    [210, 'the least time between calls if it names none', status(429)],
    [30_000, 'maxDelayMs if it names a longer one', { ...status(429), retryAfter: '3600' }],
  ])('H17, H8: a heartbeat that is refused with 429 is repeated after %i ms: %s', async (ms, _, refusal) => {
    await using world = new World({ options: { groupTimeoutMs: 300_000, maxDelayMs: 30_000 } });
    const { primary, clock } = world;
    primary.store(0, 'one');
    let refusals = 1;
    primary.fault = (operation) => (operation === 'heartbeat' && refusals-- > 0 ? refusal : undefined);
    void world.consumer.run(() => clock.sleep(150_000));
    await clock.pass(140_000);
    const [refused, repeated] = primary.of('heartbeat').map(({ at }) => at);

    expect((repeated ?? 0) - (refused ?? 0)).toBe(ms);
  });
});

test('H17: a commit that is refused with 429 is repeated after the wait that it names', async () => {
  await using world = new World({ options: { readLimit: 1 } });
  const { primary, clock } = world;
  primary.store(0, ...Array.from({ length: 40 }, (_, index) => `${index}`));
  let refusals = 1;
  primary.fault = (operation) =>
    operation === 'commit' && refusals-- > 0
      ? status(429, 'Too many requests, next request can be made in 900 ms')
      : undefined;
  void world.consumer.run(() => clock.sleep(250));
  await clock.pass(5_000);
  const [refused, repeated] = primary.of('commit').map(({ at }) => at);

  expect((repeated ?? 0) - (refused ?? 0)).toBeGreaterThanOrEqual(900);
});

describe('a member that is stopped properly', () => {
  test.each([2, 3])('H22: of %i: another one reads its partitions within 2 s', async (members) => {
    await using world = new World({ shared: true, strict: true, partitions: { primary: 4 } });
    const opened = await join(world, members, 700);
    await traffic(world, 500, 5);
    // Idle: the others pause as long as they ever do.
    await world.clock.pass(20_000);
    const leaving = opened.pop();
    await world.close(leaving);
    const at = world.clock.now();
    for (let partition = 0; partition < 4; partition++) world.primary.store(partition, `after ${partition}`);
    const all = (): boolean => [0, 1, 2, 3].every((each) => world.received.includes(`after ${each}`));
    while (!all() && world.clock.now() < at + 30_000) await world.clock.pass(50);

    expect(world.clock.now() - at).toBeLessThanOrEqual(2_000);
    await closeAll(world, opened);
  });

  test('H22: one that waits without a partition takes over within 2 s', async () => {
    await using world = new World({ shared: true, strict: true, partitions: { primary: 1 } });
    const [first, second] = await join(world, 2, 700);
    await world.clock.pass(20_000);
    await world.close(first);
    world.primary.store(0, 'after');
    await world.clock.pass(2_000);

    expect(world.received).toEqual(['after']);
    await closeAll(world, [second!]);
  });

  test('H22: it leaves also while its cursor is being renewed', async () => {
    await using world = new World({ shared: true, partitions: { primary: 1 } });
    void world.readOn();
    await world.clock.pass(1_000);
    let failures = 1;
    world.primary.fault = (operation) => (operation === 'read' && failures-- > 0 ? status(400) : undefined);
    await world.clock.pass(1_000);
    await world.close();

    expect(world.primary.positions.at(-1)).toMatchObject({ timeoutMs: 1_000 });
    expect(world.primary.calls.at(-1)?.operation).toBe('heartbeat');
  });

  test('H22, H17: three that stop at the same moment leave under strict limits', async () => {
    await using world = new World({ shared: true, strict: true, partitions: { primary: 6 } });
    const opened = await join(world, 6, 200);
    await traffic(world, 500, 5);
    await closeAll(world, opened);
    await world.clock.pass(1_000);
    world.primary.members.evict(world.clock.now());

    expect([0, 1, 2, 3, 4, 5].map((partition) => world.primary.members.holder(partition))).toEqual(
      Array.from({ length: 6 }, () => undefined),
    );
    expect(world.primary.uncommitted()).toEqual([]);
  });
});
