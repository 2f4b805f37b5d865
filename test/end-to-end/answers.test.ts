import { describe, expect, test } from 'vitest';

import { EmulatedWorld, SAO_PAULO } from '../support/emulated-world.ts';

const put = { operation: 'PutMessages', count: 1 } as const;

describe.concurrent('what a region answers', () => {
  test('B1: some entries are refused with 429 inside a 200: they go again, in order, and nothing fails over', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const producer = await world.producer();
    await world.emulator.setFaults(SAO_PAULO, { ...put, entries: { status: 429, indexes: [1, 2] } });
    const receipts = await Promise.all(['a', 'b', 'c'].map((value) => producer.send({ key: 'k', value })));
    expect(world.texts(SAO_PAULO)).toEqual(['a', 'b', 'c']);
    expect(receipts.map(({ offset }) => offset)).toEqual(world.stored(SAO_PAULO).map(({ offset }) => offset));
    expect(world.eventsOf('entries-refused')).toMatchObject([{ messages: 2, of: 3, status: 429 }]);
    expect(world.eventsOf('attempt-failed')).toEqual([]);
  });

  test('B2: every entry is refused with 429: a throttled call', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    await world.emulator.setFaults(SAO_PAULO, { ...put, entries: { status: 429 } });
    await producer.send({ value: 'a' });
    expect(world.eventsOf('attempt-failed')).toMatchObject([{ kind: 'throttled' }]);
    expect(world.texts(SAO_PAULO)).toEqual(['a']);
  });

  test('B4: fewer results than messages: no receipt that was not named', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const producer = await world.producer();
    await world.emulator.setFaults(SAO_PAULO, { ...put, fewerEntries: 1 });
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send({ key: 'k', value })));
    // The third was stored without a name in the answer: it goes again, as a copy.
    expect(world.texts(SAO_PAULO)).toEqual(['a', 'b', 'c', 'c']);
  });

  test.for([
    ['B5: the body is cut off', { truncate: 20 }],
    ['B5: a page of a proxy', { body: '<html>\u0007Bad gateway</html>', contentType: 'text/html' }],
  ] as const)('%s: ambiguous, sent again', async ([, fault]) => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    await world.emulator.setFaults(SAO_PAULO, { ...put, ...fault });
    await producer.send({ value: 'a' });
    const [failed] = world.eventsOf('attempt-failed');
    expect(failed).toMatchObject({ kind: 'ambiguous', failure: { type: 'unreadable', status: 200 } });
    // Cleaned of control characters, since it is shown to people.
    expect(JSON.stringify(failed?.failure)).not.toContain(String.raw`\u0007`);
    expect(world.texts(SAO_PAULO)).toEqual(['a', 'a']);
  });

  test('B10: 413 for a batch whose messages are small: halved until it fits; all are stored, in order', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const producer = await world.producer();
    await world.emulator.setFaults(SAO_PAULO, { ...put, status: 413, count: 3 });
    const values = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    await Promise.all(values.map((value) => producer.send({ key: 'k', value })));
    expect(world.texts(SAO_PAULO)).toEqual(values);
    expect(world.eventsOf('failover-started')).toEqual([]);
  });

  test('B12: a refused entry behind which one of its key was stored goes again, and is counted', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const producer = await world.producer({ strictOrder: 'no' });
    await world.emulator.setFaults(SAO_PAULO, { ...put, entries: { status: 429, indexes: [0] } });
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send({ key: 'k', value })));
    expect(world.texts(SAO_PAULO)).toEqual(['b', 'c', 'a']);
    expect(world.eventsOf('reordered')).toMatchObject([{ region: SAO_PAULO, messages: 1 }]);
  });

  test('A24: 408 to some calls: tried again; every message is stored', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    await world.emulator.setFaults(SAO_PAULO, { ...put, status: 408, count: 3 });
    await Promise.all(['a', 'b', 'c'].map((value) => producer.send({ key: 'k', value })));
    expect(world.texts(SAO_PAULO)).toEqual(['a', 'b', 'c']);
    expect(world.eventsOf('attempt-failed')).toHaveLength(3);
    expect(world.eventsOf('failover-started')).toEqual([]);
  });

  test('A18: one partition answers 500: its entries go again, and it is named; nothing fails over', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    const send = (value: string) =>
      Promise.all(Array.from({ length: 30 }, (_, n) => producer.send({ key: `k${n}`, value })));
    const { partition } = (await send('before'))[0]!;
    await world.emulator.setFaults(SAO_PAULO, { ...put, count: 8, entries: { status: 500, partition } });
    await send('meanwhile');
    expect(world.texts(SAO_PAULO).filter((text) => text === 'meanwhile')).toHaveLength(30);
    for (const { partitions } of world.eventsOf('entries-refused')) expect(partitions).toEqual([partition]);
    expect(world.eventsOf('entries-refused').length).toBeGreaterThan(0);
    expect(world.eventsOf('failover-started')).toEqual([]);
  });

  test('A22: one of two keys is refused with 500 while the other one is stored: nothing fails over', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    await Promise.all(['a', 'b'].map((key) => producer.send({ key, value: 'before' })));
    await world.emulator.setFaults(SAO_PAULO, {
      ...put,
      count: 12,
      entries: { status: 500, keys: ['a'] },
    });
    let isStored = false;
    const refused = producer.send({ key: 'a', value: 'refused' }).finally(() => {
      isStored = true;
    });
    for (let n = 0; !isStored; n++) await producer.send({ key: 'b', value: `b${n}` });
    expect((await refused).region).toBe(SAO_PAULO);
    expect(world.eventsOf('failover-started')).toEqual([]);
  });
});

describe.concurrent('what the caller does wrong', () => {
  test('C1: too large, or neither text nor bytes: rejected before any call; neighbours are unaffected', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    const outcome = await Promise.allSettled([
      producer.send({ key: 'k', value: 'before' }),
      producer.send({ key: 'x'.repeat(257), value: 'a' }),
      producer.send({ value: new Uint8Array(1_048_577) }),
      producer.send({ value: 42 as unknown as string }),
      producer.send({ key: 'k', value: 'after' }),
    ]);
    expect(outcome.map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(outcome[1]).toMatchObject({
      reason: { code: 'BAD_MESSAGE', message: expect.stringMatching(/257 bytes.*256/) as string },
    });
    expect(outcome[2]).toMatchObject({
      reason: { code: 'BAD_MESSAGE', message: expect.stringMatching(/1048577 bytes.*1048576/) as string },
    });
    expect(world.texts(SAO_PAULO)).toEqual(['before', 'after']);
  });

  test('C2: one message spoils its batch: halved until it stands alone; the rest is stored in order', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const producer = await world.producer();
    // What the service cannot parse, as a caller of another language could produce it: too many bytes for one request.
    await world.emulator.setFaults(SAO_PAULO, {
      operation: 'PutMessages',
      status: 400,
      code: 'InvalidParameter',
      count: 3,
    });
    const values = ['a', 'b', 'c', 'd'];
    const outcome = await Promise.allSettled(values.map((value) => producer.send({ key: 'k', value })));
    // 4 -> 2 + 2, the first 2 -> 1 + 1, and the first one alone is refused for good.
    expect(outcome.map((result) => result.status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(world.texts(SAO_PAULO)).toEqual(['b', 'c', 'd']);
    expect(world.eventsOf('failover-started')).toEqual([]);
  });

  test('C4, C17: 401 for good: after a few seconds an AUTH error that names profile and fingerprint, no failover', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    await world.emulator.setFaults(SAO_PAULO, {
      operation: 'PutMessages',
      status: 401,
      code: 'NotAuthenticated',
    });
    await expect(producer.send({ value: 'a' })).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringMatching(/DEFAULT.*fingerprint/) as string,
    });
    const calls = world.emulator.state().regions[SAO_PAULO]?.calls['PutMessages']?.[401] ?? 0;
    expect(calls).toBeGreaterThan(1);
    expect(calls).toBeLessThan(10);
    expect(world.eventsOf('failover-started')).toEqual([]);
  });

  test('C5: 404 for a stream that is ACTIVE: the permission that is needed is named', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    await world.emulator.setFaults(SAO_PAULO, {
      operation: 'PutMessages',
      status: 404,
      code: 'NotAuthorizedOrNotFound',
    });
    await expect(producer.send({ value: 'a' })).rejects.toMatchObject({
      code: 'NOT_AUTHORIZED_OR_NOT_FOUND',
      message: expect.stringContaining('use stream-push') as string,
    });
    expect(world.eventsOf('failover-started')).toEqual([]);
  });
});

describe.concurrent('C13: a sender that is faster than the stream', () => {
  test('C13: waits for room, and rejects BUFFER_FULL when there is none in time', async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer({ maxBufferBytes: 4_096, maxBlockMs: 300, closeTimeoutMs: 100 });
    // Each message counts for 1 KiB more than its bytes: two are accepted, and two wait for room.
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', hang: true });
    const value = 'x'.repeat(1_024);
    const sent = Array.from({ length: 6 }, () => producer.send({ value }));
    const outcome = Promise.allSettled(sent);
    const refused = await Promise.allSettled(sent.slice(2));
    for (const result of refused) expect(result).toMatchObject({ reason: { code: 'BUFFER_FULL' } });
    expect(producer.stats()).toMatchObject({ bufferedMessages: 2, bufferedBytes: 4_096 });
    await producer.close();
    for (const result of (await outcome).slice(0, 2))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'CLOSED' } });
  });

  test('C13: what waited is sent when there is room again', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const producer = await world.producer({ maxBufferBytes: 40_960 });
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', latencyMs: 20 });
    const values = Array.from({ length: 60 }, (_, n) => `${n}`.padStart(256, '0'));
    await Promise.all(values.map((value) => producer.send({ key: 'k', value })));
    expect(world.texts(SAO_PAULO)).toEqual(values);
  });
});

test.concurrent('I3: a signal that aborts a send under way rejects it, and says that it may be stored', async () => {
  await using world = await EmulatedWorld.start();
  const producer = await world.producer({ closeTimeoutMs: 100 });
  await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', reset: 'after' });
  const giving = new AbortController();
  const sent = producer.send({ value: 'a' }, { signal: giving.signal });
  void world.event('attempt-failed').then(() => giving.abort());
  await expect(sent).rejects.toMatchObject({
    code: 'ABORTED',
    message: expect.stringContaining('may be stored') as string,
  });
  expect(new Set(world.texts(SAO_PAULO))).toEqual(new Set(['a']));
});
