import { describe, expect, test, vi } from 'vitest';

import type { CallFailure } from '../../../runtime/core/index.ts';
import type { EncodedMessage, PutResult } from '../../../runtime/region.ts';
import { PartitionNames, type Lease } from '../../../runtime/router/index.ts';
import { putWithRetries, type PutParts, type RoundEnd } from '../../../runtime/router/put-with-retries.ts';
import { hang, status } from '../../support/fake-region.ts';
import { World } from './world.ts';

function message(key: string | null = 'k'): EncodedMessage {
  return { key, value: Buffer.from('v').toString('base64'), bytes: 2 };
}

const partsOf = ({ router, settings, clock, events }: World): PutParts => ({
  router,
  settings,
  clock,
  emit: (event) => void events.push(event),
  partitions: new PartitionNames(),
  requests: { attempts: 0 },
});

interface Round {
  readonly failures: readonly CallFailure[];
  readonly messages?: readonly EncodedMessage[];
  readonly attemptsBefore?: number;
  readonly lease?: Partial<Lease>;
}

/** A round of attempts while the primary fails in this way, then stores. */
async function round({ failures, messages = [message()], attemptsBefore = 0, lease }: Round) {
  const world = new World();
  world.primary.putBehaviour = ({ number }) => failures[number - 1];
  const granted = { ...(await world.router.acquire()), ...lease };
  const startedAt = world.clock.now();
  const end: RoundEnd = await world.clock.passUntil(
    putWithRetries(granted, messages, attemptsBefore, partsOf(world)),
  );
  return { world, end, tookMs: world.clock.now() - startedAt };
}

const five = (failure: CallFailure): CallFailure[] => Array.from({ length: 5 }, () => failure);

describe('a round of attempts', () => {
  test('A1: goes on until the batch is answered; each attempt is told, with its number', async () => {
    const { world, end } = await round({ failures: [status(503), status(500)] });
    expect(end).toMatchObject({ type: 'answered', results: [{ type: 'stored' }] });
    expect(world.eventsOf('attempt-failed')).toMatchObject([
      { attempt: 1, kind: 'region-fault', messages: 1 },
      { attempt: 2, kind: 'region-fault', messages: 1 },
    ]);
    const [failed] = world.eventsOf('attempt-failed');
    const [first = 0, second = 0] = world.primary.putTimes;
    expect(failed?.retryInMs).toBeCloseTo(second - first - world.primary.latencyMs);
  });

  test('A1: ends after maxAttempts, with the pause before the next round', async () => {
    const { world, end } = await round({ failures: five(status(503)) });
    expect(end).toMatchObject({ type: 'used-up', attempts: 5 });
    expect(end.type === 'used-up' && end.pauseMs).toBeGreaterThanOrEqual(0);
    expect(world.primary.puts).toBe(5);
  });

  test('A8: ends sooner when calls take so long that the next one would leave the window', async () => {
    const { end, tookMs } = await round({ failures: five(hang) });
    expect(end).toMatchObject({ type: 'used-up' });
    expect(tookMs).toBeLessThan(8_000);
  });

  test('A1: of a lane that used up its attempts before is one attempt, whose number goes on', async () => {
    const { world, end } = await round({ failures: five(status(503)), attemptsBefore: 5 });
    expect(end).toMatchObject({ type: 'used-up', attempts: 1 });
    expect(world.eventsOf('attempt-failed')).toMatchObject([{ attempt: 6 }]);
  });

  test('G1: of a trial is one attempt', async () => {
    const { world, end } = await round({ failures: five(status(503)), lease: { trial: true } });
    expect(end).toMatchObject({ type: 'used-up', attempts: 1 });
    expect(world.primary.puts).toBe(1);
  });

  test.each([400, 413])(
    'C2: a %i for several messages splits the batch; for one it rejects',
    async (code) => {
      const several = await round({ failures: [status(code)], messages: [message('a'), message('b')] });
      expect(several.end).toEqual({ type: 'split' });
      const one = await round({ failures: [status(code)] });
      expect(one.end).toMatchObject({ type: 'rejected', error: { code: 'REJECTED' } });
      expect(one.world.eventsOf('attempt-failed')).toEqual([
        expect.not.objectContaining({ retryInMs: expect.anything() as number }),
      ]);
    },
  );

  test('C5: a 404 ends the round: the control plane has to be asked', async () => {
    const { end } = await round({ failures: [status(404)] });
    expect(end).toMatchObject({ type: 'absent', attempts: 1 });
  });

  test('I1: ends when the router closes, also while it waits', async () => {
    const world = new World();
    world.primary.fail(status(503));
    const lease = await world.router.acquire();
    const ending = putWithRetries(lease, [message()], 0, partsOf(world));
    await world.clock.pass(50);
    void world.router.close();
    expect(await world.clock.passUntil(ending)).toEqual({ type: 'lease-ended' });
  });
});

test('B4: an answer without one result for each message is no answer: everything may be stored', async () => {
  const world = new World();
  world.primary.putBehaviour = ({ number }) => (number === 1 ? { entries: [] } : undefined);
  const lease = await world.router.acquire();
  const end = await world.clock.passUntil(putWithRetries(lease, [message()], 0, partsOf(world)));
  expect(end).toMatchObject({ type: 'answered' });
  expect(world.eventsOf('attempt-failed')).toMatchObject([{ kind: 'ambiguous' }]);
});

describe('an answer that stored nothing', () => {
  const refused = (code: number): PutResult => ({
    type: 'refused',
    status: code,
    error: 'Refused',
    message: `says ${code}`,
  });
  const everyEntry = (code: number): CallFailure => ({
    type: 'status',
    status: code,
    code: 'every entry refused',
    message: `says ${code}`,
  });
  const unreadableAnswer = (start: string): CallFailure => ({ type: 'unreadable', status: 200, start });

  test.each<readonly [string, PutResult[], CallFailure, boolean]>([
    ['of entries refused with 500', [refused(500), refused(500)], everyEntry(500), true],
    ['of entries refused with 500 and 429', [refused(500), refused(429)], everyEntry(429), true],
    [
      'with fewer results than messages',
      [refused(500)],
      unreadableAnswer('not one result for each of 2 messages'),
      false,
    ],
    [
      'without a name in its results',
      [{ type: 'unnamed' }, { type: 'unnamed' }],
      unreadableAnswer('no result for any of 2 messages'),
      false,
    ],
  ])('B2, B4: %s is a failure of the call', async (_, entries, failure, everyEntryRefused) => {
    const world = new World();
    world.primary.putBehaviour = ({ number }) => (number === 1 ? { entries } : undefined);
    const report = vi.spyOn(world.router, 'report');
    const lease = await world.router.acquire();
    const messages = [message(), message()];
    await world.clock.passUntil(putWithRetries(lease, messages, 0, partsOf(world)));
    expect(world.eventsOf('attempt-failed')).toMatchObject([{ failure }]);
    expect(report).toHaveBeenCalledWith(expect.objectContaining({ failure, everyEntryRefused }));
    expect(world.eventsOf('entries-refused')).toHaveLength(everyEntryRefused ? 1 : 0);
  });

  test('A4: a call that is refused as a whole is not one of refused entries', async () => {
    const world = new World();
    world.primary.putBehaviour = ({ number }) => (number === 1 ? status(429) : undefined);
    const report = vi.spyOn(world.router, 'report');
    const lease = await world.router.acquire();
    await world.clock.passUntil(putWithRetries(lease, [message()], 0, partsOf(world)));
    expect(report).toHaveBeenCalledWith(
      expect.objectContaining({ type: 'put-failed', everyEntryRefused: false }),
    );
  });
});

test('A1: each report says when its attempt began and what it stored', async () => {
  const world = new World();
  world.primary.putBehaviour = ({ number }) => [status(503), status(500)][number - 1];
  const report = vi.spyOn(world.router, 'report');
  const lease = await world.router.acquire();
  const at = world.clock.now();
  await world.clock.passUntil(putWithRetries(lease, [message()], 0, partsOf(world)));
  const [first, second, third] = report.mock.calls.map(([event]) => event);
  expect(first).toMatchObject({ type: 'put-failed', startedAt: at, at: at + 5, failure: status(503) });
  expect(second).toMatchObject({ type: 'put-failed', failure: status(500) });
  expect(third).toMatchObject({ type: 'put-answered', tookMs: 5, stored: 1, refused: 0 });
});

test('B1: an attempt that fails after its region was left is told of too: its messages may be stored there', async () => {
  const world = new World();
  world.primary.fail(status(503));
  const lease = await world.router.acquire();
  const ending = putWithRetries(lease, [message('a'), message('b')], 0, partsOf(world));
  const { epoch, role, stream } = lease;
  world.router.report({ type: 'stream-gone', at: world.clock.now(), epoch, role, ocid: stream.ocid });
  expect(await world.clock.passUntil(ending)).toEqual({ type: 'lease-ended' });
  const told = world.eventsOf('attempt-failed');
  expect(told).toMatchObject([{ region: lease.region.name, attempt: 1, messages: 2 }]);
  expect(told[0]).not.toHaveProperty('retryInMs');
});

test('I1: the call under way is told when the router closes', async () => {
  const world = new World();
  world.primary.fail(hang);
  const put = vi.spyOn(world.primary, 'put');
  const lease = await world.router.acquire();
  const ending = putWithRetries(lease, [message()], 0, partsOf(world));
  await world.clock.pass(50);
  void world.router.close();
  expect(await world.clock.passUntil(ending, 10)).toEqual({ type: 'lease-ended' });
  expect(put.mock.calls[0]?.[2].signal?.aborted).toBe(true);
});

test('A18: refused entries are told with the partitions that receipts named for their keys', async () => {
  const world = new World();
  world.primary.partitionOf = (key) => (key === 'a' ? '2' : '0');
  const parts = partsOf(world);
  const lease = await world.router.acquire();
  const put = (): Promise<RoundEnd> =>
    world.clock.passUntil(putWithRetries(lease, [message('a'), message('b')], 0, parts));
  await put();
  world.primary.putBehaviour = () => ({ each: ({ key }) => (key === 'a' ? 500 : undefined) });
  await put();
  expect(world.eventsOf('entries-refused')).toMatchObject([
    { messages: 1, of: 2, status: 500, partitions: ['2'] },
  ]);
});

test.each([
  [[0], 2_000],
  [[196_607], 2_000],
  [[196_608], 3_000],
  [[98_304, 98_304], 3_000],
  [[1_048_320], 7_000],
])(
  'A8: messages of %j bytes have %i ms: a second more for each 256 KiB of base64',
  async (sizes, limitMs) => {
    const world = new World();
    world.primary.putBehaviour = ({ number }) => (number === 1 ? status(503) : undefined);
    const report = vi.spyOn(world.router, 'report');
    const lease = await world.router.acquire();
    const messages = sizes.map((bytes) => ({ ...message(), bytes }));
    await world.clock.passUntil(putWithRetries(lease, messages, 0, partsOf(world)));
    expect(report).toHaveBeenCalledWith(expect.objectContaining({ type: 'put-failed', limitMs }));
  },
);

test('INV-11: an error of this program ends the round, and the messages are rejected with its words', async () => {
  const world = new World();
  world.primary.fail(status(503));
  const emit = (): void => {
    throw new Error('no room for the log');
  };
  const lease = await world.router.acquire();
  const end = await world.clock.passUntil(putWithRetries(lease, [message()], 0, { ...partsOf(world), emit }));
  expect(end).toMatchObject({
    type: 'rejected',
    error: {
      message: 'PutMessages in sa-saopaulo-1: this machine: no room for the log',
      failure: { type: 'local' },
      cause: { message: 'no room for the log' },
    },
  });
});

describe('the partitions of keys', () => {
  const learn = (
    names: PartitionNames,
    stream: string,
    stored: readonly (readonly [key: string | null, partition: string])[],
  ): void =>
    names.learn(
      stream,
      stored.map(([key]) => ({ key, value: '', bytes: 0 })),
      stored.map(([, partition]) => ({ type: 'stored', partition, offset: 0, timestamp: '' })),
    );

  test('A18: are those of the latest receipts, per stream', () => {
    const names = new PartitionNames();
    learn(names, 's1', []);
    learn(names, 's1', [
      ['a', '0'],
      ['a', '1'],
    ]);
    learn(names, 's2', [
      ['b', '4'],
      [null, '9'],
    ]);
    expect(names.of('s1', ['a', 'b', null])).toEqual(['1']);
    expect(names.of('s2', ['b', 'b'])).toEqual(['4']);
  });

  test('A18: are learnt from a part of a large answer, another one each time, until all are known', () => {
    const names = new PartitionNames();
    const stored = Array.from({ length: 200 }, (_, n) => [`key-${n}`, String(n)] as const);
    const known = (): number =>
      names.of(
        's',
        stored.map(([key]) => key),
      ).length;
    learn(names, 's', stored);
    const atFirst = known();
    expect(atFirst).toBeLessThan(100);
    for (let more = 0; more < 12; more++) learn(names, 's', stored);
    // Some keys share a slot.
    expect(known()).toBeGreaterThan(150);
  });

  test('INV-5: stay bounded, and a key that lost its place is not known rather than wrong', () => {
    const names = new PartitionNames();
    for (let n = 0; n < 10_000; n++) learn(names, 's', [[`key-${n}`, String(n % 7)]]);
    const known = Array.from({ length: 10_000 }, (_, n) => names.of('s', [`key-${n}`]));
    expect(known.filter((found) => found.length > 0).length).toBeLessThanOrEqual(2_048);
    known.forEach((found, n) => expect([[], [String(n % 7)]]).toContainEqual(found));
  });
});
