import { describe, expect, test } from 'vitest';

import type { PutResult } from '../../../runtime/region.ts';
import { status, type FakeRegion } from '../../support/fake-region.ts';
import { World } from './world.ts';

const refused = (code: number): PutResult => ({
  type: 'refused',
  status: code,
  error: String(code),
  message: 'as told',
});

const stored = (offset: number): PutResult => ({
  type: 'stored',
  partition: '0',
  offset,
  timestamp: '2026-11-23T12:00:00.000Z',
});

/** Answers the first put with these fates, in order: true is stored. */
function answerFirst(region: FakeRegion, fates: readonly (true | number)[]): void {
  let offset = 100;
  region.putBehaviour = ({ messages, number }) => {
    if (number !== 1 || messages.length === 0) return undefined;
    return {
      entries: fates.map((fate) =>
        fate === true
          ? {
              type: 'stored' as const,
              partition: '0',
              offset: offset++,
              timestamp: '2026-11-23T12:00:00.000Z',
            }
          : refused(fate),
      ),
    };
  };
}

const sendAll = (world: World, values: readonly string[], key: string | null = 'k'): Promise<unknown[]> =>
  world.clock.passUntil(Promise.all(values.map((value) => world.producer.send({ key, value }))));

describe.each([
  // A partition that takes no more refuses all that follows: the next request holds both.
  [429, 2],
  // Other refusals may be single ones: requests hold one message of each key.
  [500, 3],
])('a 200 that refuses some entries with %i', (code, puts) => {
  test('B1, B3: stored ones get receipts, refused ones go again before anything later; no evidence', async () => {
    const world = new World();
    answerFirst(world.primary, [true, code, code]);
    await sendAll(world, ['a', 'b', 'c']);
    expect(world.primary.values).toEqual(['a', 'b', 'c']);
    expect(world.primary.puts).toBe(puts);
    expect(world.eventsOf('attempt-failed')).toEqual([]);
    expect(world.eventsOf('entries-refused')).toMatchObject([{ messages: 2, of: 3, status: code }]);
    expect(world.eventsOf('reordered')).toEqual([]);
  });
});

test('B2: a 200 that refuses every entry with 429 counts as a throttled call', async () => {
  const world = new World();
  answerFirst(world.primary, [429, 429]);
  await sendAll(world, ['a', 'b']);
  expect(world.eventsOf('attempt-failed')).toMatchObject([{ kind: 'throttled' }]);
  expect(world.primary.values).toEqual(['a', 'b']);
});

describe('B4: results that do not name a message', () => {
  test('B4: what was named gets its receipt, the rest goes again', async () => {
    const world = new World();
    world.primary.putBehaviour = ({ number }) =>
      number === 1 ? { entries: [stored(1), { type: 'unnamed' }] } : undefined;
    await sendAll(world, ['a', 'b']);
    expect(world.primary.values).toEqual(['a', 'b']);
  });

  test('B4: when none is named the answer is ambiguous: nothing gets a receipt, everything goes again', async () => {
    const world = new World();
    world.primary.putBehaviour = ({ number }) =>
      number === 1 ? { entries: [{ type: 'unnamed' }, { type: 'unnamed' }] } : undefined;
    await sendAll(world, ['a', 'b']);
    expect(world.eventsOf('attempt-failed')).toMatchObject([
      { kind: 'ambiguous', failure: { type: 'unreadable' } },
    ]);
    expect(world.primary.values).toEqual(['a', 'b']);
  });
});

describe('B12: an entry is refused and a later one of its key is stored', () => {
  test('it is told, and the refused one goes again', async () => {
    const world = new World();
    answerFirst(world.primary, [429, true]);
    await sendAll(world, ['a', 'b']);
    expect(world.eventsOf('reordered')).toMatchObject([{ messages: 1 }]);
    expect(world.primary.values).toEqual(['b', 'a']);
  });

  test('strictOrder makes it impossible: no request holds two messages of one key', async () => {
    const world = new World({ settings: { strictOrder: 'yes' } });
    const keysOf: (string | null)[][] = [];
    world.primary.putBehaviour = ({ messages }) => {
      keysOf.push(messages.map((message) => message.key));
      return undefined;
    };
    await Promise.all([sendAll(world, ['a', 'b', 'c'], 'x'), sendAll(world, ['d', 'e'], 'y')]);
    for (const keys of keysOf) expect(new Set(keys).size).toBe(keys.length);
  });
});

test('C2, B10: one message that makes its batch a 400 is found by halving: it rejects, the rest is stored in order', async () => {
  const world = new World();
  const bad = Buffer.from('bad').toString('base64');
  world.primary.putBehaviour = ({ messages }) =>
    messages.some((message) => message.value === bad) ? status(400, { code: 'InvalidParameter' }) : undefined;
  const values = ['a', 'b', 'c', 'bad', 'd', 'e', 'f'];
  const sent = Promise.allSettled(values.map((value) => world.producer.send({ key: 'k', value })));
  const outcome = await world.clock.passUntil(sent);
  expect(outcome.map((result) => result.status === 'fulfilled')).toEqual([
    true,
    true,
    true,
    false,
    true,
    true,
    true,
  ]);
  expect(outcome[3]).toMatchObject({ reason: { code: 'REJECTED' } });
  expect(world.primary.values).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('A10, C2: with a fifth of slow errors among the 400s of spoilt batches there is no verdict', async () => {
  const world = new World({ seed: 5 });
  const bad = Buffer.from('bad').toString('base64');
  world.primary.putBehaviour = ({ messages }) => {
    if (world.clock.random() < 0.2) return status(504);
    return messages.some(({ value }) => value === bad) ? status(400) : undefined;
  };
  world.primary.failAfterMs = (failure) =>
    failure?.type === 'status' && failure.status === 504 ? 1_900 : undefined;
  const sent: Promise<PromiseSettledResult<unknown>[]>[] = [];
  for (let number = 0; number < 3_000; number++) {
    const value = number % 3 === 2 ? 'bad' : `${number}`;
    sent.push(Promise.allSettled([world.producer.send({ key: `${number % 8}`, value })]));
    await world.clock.pass(200);
  }
  const outcome = (await world.clock.passUntil(Promise.all(sent))).flat();
  expect(world.eventsOf('failover-started')).toEqual([]);
  expect(outcome.filter((each) => each.status === 'fulfilled').length).toBeGreaterThan(1_900);
});

describe('C5: 404 on write', () => {
  test('an ACTIVE stream: the permission that is missing is named; no failover', async () => {
    const world = new World();
    world.primary.fail(status(404, { code: 'NotAuthorizedOrNotFound' }));
    await expect(sendAll(world, ['a'])).rejects.toMatchObject({
      code: 'NOT_AUTHORIZED_OR_NOT_FOUND',
      message: expect.stringContaining('use stream-push') as string,
    });
    expect(new Set(world.primary.adminCalls)).toEqual(new Set(['GetStream']));
    expect(world.eventsOf('failover-started')).toEqual([]);
  });

  test('D13: a stream that is still CREATING is waited for', async () => {
    const world = new World();
    const stream = world.primary.streams[0];
    if (stream !== undefined) world.primary.streams[0] = { ...stream, state: 'CREATING' };
    world.primary.putBehaviour = ({ number }) => (number < 4 ? status(404) : undefined);
    await sendAll(world, ['a']);
    expect(world.primary.values).toEqual(['a']);
  });

  test('D15: a secondary that was deleted is made anew', async () => {
    const world = new World({ active: 'secondary' });
    world.primary.fail(status(503));
    const [stream] = world.secondary.streams;
    if (stream !== undefined) world.secondary.streams[0] = { ...stream, state: 'DELETED' };
    world.secondary.putBehaviour = ({ messages, number }) =>
      messages.length > 0 && number === 1 ? status(404) : undefined;
    await sendAll(world, ['a']);
    expect(world.secondary.values).toEqual(['a']);
    expect(world.eventsOf('secondary-created')).toHaveLength(1);
    expect(world.eventsOf('stream-gone')).toMatchObject([{ ocid: world.secondaryStream?.ocid }]);
  });
});

describe('the pause before refused entries go again', () => {
  const pauseAfter = async (message: string, seed: number): Promise<number> => {
    const world = new World({ seed });
    world.primary.putBehaviour = ({ number }) =>
      number === 1 ? { entries: [stored(0), { ...refused(429), message } as PutResult] } : undefined;
    const sent = ['a', 'b'].map((value) => world.producer.send({ key: 'k', value }));
    await world.clock.passUntil(Promise.all(sent));
    const [first = 0, second = 0] = world.primary.putTimes;
    return second - first - world.primary.latencyMs;
  };
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

  test('B1, B8: is the one that the service names, at most maxDelayMs', async () => {
    expect(await pauseAfter('next request can be made in 700 ms', 1)).toBe(700);
    expect(await pauseAfter('next request can be made in 99000 ms', 1)).toBe(5_000);
  });

  test('B1: is up to baseDelayMs, by chance, when none is named', async () => {
    const pauses = await Promise.all(seeds.map((seed) => pauseAfter('as told', seed)));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(250);
    expect(Math.max(...pauses)).toBeGreaterThan(150);
    expect(Math.min(...pauses)).toBeLessThan(100);
  });
});

describe("INV-10: what is the caller's or the configuration's fault", () => {
  test.each([
    [400, 'REJECTED', 1],
    [413, 'REJECTED', 1],
    [403, 'AUTH', 1],
    [307, 'CONFIG', 1],
    [422, 'REJECTED', 1],
  ] as const)('INV-10: %i for one message is %s, after %i call', async (code, expected, puts) => {
    const world = new World();
    world.primary.fail(status(code));
    const sent = world.producer.send({ value: 'x' });
    await expect(world.clock.passUntil(sent)).rejects.toMatchObject({ code: expected });
    expect(world.primary.puts).toBe(puts);
    expect(world.primary.probes).toBe(0);
    expect(world.secondary.puts).toBe(0);
    expect(world.eventsOf('attempt-failed')).toHaveLength(puts);
  });

  test.each([400, 413])(
    'INV-10, B10: %i for four messages is asked seven times: halves, then each',
    async (code) => {
      const world = new World();
      world.primary.fail(status(code));
      const sent = ['a', 'b', 'c', 'd'].map((value) => world.producer.send({ key: 'k', value }));
      const outcome = await world.clock.passUntil(Promise.allSettled(sent));
      expect(outcome.map((result) => result.status)).toEqual(Array(4).fill('rejected'));
      expect(world.primary.puts).toBe(7);
    },
  );

  test('INV-10: 401 is tried for four seconds, then rejects, and nothing else is asked', async () => {
    const world = new World();
    world.primary.fail(status(401));
    const at = world.clock.now();
    const sent = world.producer.send({ value: 'x' });
    await expect(world.clock.passUntil(sent)).rejects.toMatchObject({ code: 'AUTH' });
    expect(world.clock.now() - at).toBeLessThan(4_100);
    expect(world.primary.puts).toBeGreaterThan(2);
    expect(world.primary.puts).toBeLessThanOrEqual(8);
    expect(world.eventsOf('failover-started')).toEqual([]);
  });

  test('INV-10: 404 of an ACTIVE stream is tried for five seconds, four times a second', async () => {
    const world = new World();
    world.primary.fail(status(404));
    const sent = world.producer.send({ value: 'x' });
    await expect(world.clock.passUntil(sent)).rejects.toMatchObject({ code: 'NOT_AUTHORIZED_OR_NOT_FOUND' });
    expect(world.primary.puts).toBeGreaterThan(15);
    expect(world.primary.puts).toBeLessThanOrEqual(22);
    // The control plane takes five calls a second.
    expect(world.primary.adminCalls.length).toBeLessThanOrEqual(12);
    expect(world.eventsOf('failover-started')).toEqual([]);
  });
});
