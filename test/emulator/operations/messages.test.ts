import { expect, test } from 'vitest';
import { STRICT } from '../../../emulator/state/limits.ts';
import { base64, refused, Service } from './service.ts';

test('messages of one key stay in one partition and in order; keyless ones spread', () => {
  const service = new Service();
  const id = service.stream({ partitions: 8 });
  const keyed = service.put(id, ['1', '2', '3'], 'k').entries;
  expect(new Set(keyed.map(({ partition }: { partition: string }) => partition)).size).toBe(1);
  expect(keyed.map(({ offset }: { offset: number }) => offset)).toEqual([0, 1, 2]);
  const keyless = service.put(id, Array.from({ length: 100 }, String)).entries;
  expect(new Set(keyless.map(({ partition }: { partition: string }) => partition)).size).toBe(8);
  expect(service.put(id, [])).toEqual({ failures: 0, entries: [] });
});

test('base64 is read leniently and given back canonically', () => {
  const service = new Service();
  const id = service.stream();
  const put = (message: unknown) =>
    service.ask('POST', `/streams/${id}/messages`, { body: { messages: [message] } });
  put({ value: 'value' });
  put({ key: null, value: 'Zh==' });
  const { messages } = service.read(id, service.cursor(id, { type: 'TRIM_HORIZON' }));
  expect(messages).toMatchObject([
    { key: null, value: 'valuew==', stream: 'orders', partition: '0', timestamp: '2026-11-23T12:00:00.000Z' },
    { value: 'Zg==' },
  ]);
  expect(put({ value: 'a-_b' })).toMatchObject(
    refused(400, 'CannotParseRequest', 'Unable to parse JSON body'),
  );
  expect(put({ value: 1 })).toMatchObject(refused(400, 'InvalidParameter'));
  expect(put({})).toMatchObject(refused(400, 'MissingParameter', 'messages.0.value is required'));
  expect(put(null)).toMatchObject(refused(400, 'InvalidParameter'));
});

test('sizes are checked after decoding, and the refusal is a 400', () => {
  const service = new Service();
  const id = service.stream();
  const put = (...messages: unknown[]) =>
    service.ask('POST', `/streams/${id}/messages`, { body: { messages } }).status;
  const mebibyte = Buffer.alloc(1024 * 1024).toString('base64');
  expect(put({ value: mebibyte })).toBe(200);
  expect(put({ value: mebibyte }, { value: 'AA==' })).toBe(400);
  expect(put({ key: base64('k'.repeat(256)), value: 'AA==' })).toBe(200);
  expect(put({ key: base64('k'.repeat(257)), value: 'AA==' })).toBe(400);
});

test('each type of cursor starts where it says', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0', '1']);
  service.now += 1000;
  service.put(id, ['2', '3']);
  const values = (details: object) => service.read(id, service.cursor(id, details)).values;
  expect(values({ type: 'TRIM_HORIZON' })).toEqual(['0', '1', '2', '3']);
  expect(values({ type: 'AT_OFFSET', offset: 1 })).toEqual(['1', '2', '3']);
  expect(values({ type: 'AFTER_OFFSET', offset: 1 })).toEqual(['2', '3']);
  expect(values({ type: 'AT_TIME', time: '2026-11-23T12:00:00.5+00:00' })).toEqual(['2', '3']);
  expect(values({ type: 'AT_TIME', time: '2026-11-23T12:00:01.000000001Z' })).toEqual(['2', '3']);
  const latest = service.cursor(id, { type: 'LATEST' });
  service.put(id, ['4']);
  const read = service.read(id, latest);
  expect(read.values).toEqual(['4']);
  const idle = service.read(id, read.next);
  expect(idle.values).toEqual([]);
  service.put(id, ['5']);
  expect(service.read(id, idle.next).values).toEqual(['5']);
});

test.each([
  [{ type: 'AT_OFFSET' }, 'MissingParameter'],
  [{ type: 'AT_OFFSET', offset: 2 }, 'InvalidParameter'],
  [{ type: 'AFTER_OFFSET', offset: -1 }, 'InvalidParameter'],
  [{ type: 'AT_TIME' }, 'MissingParameter'],
  [{ type: 'AT_TIME', time: 1_700_000_000 }, 'InvalidParameter'],
  [{ type: 'SOMEWHERE' }, 'InvalidParameter'],
  [{ type: 'LATEST', partition: '1' }, 'InvalidParameter'],
])('refuses a cursor with %j', (details, code) => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0', '1']);
  const body = { partition: '0', ...details };
  expect(service.ask('POST', `/streams/${id}/cursors`, { body })).toMatchObject(refused(400, code));
});

test('a cursor lives 5 minutes, on its own stream only', () => {
  const service = new Service();
  const id = service.stream();
  const other = service.stream({ name: 'other' });
  const cursor = service.cursor(id, { type: 'TRIM_HORIZON' });
  const invalid = refused(400, 'InvalidParameter', 'The cursor is invalid. Create a new one.');
  expect(service.read(other, cursor).reply).toMatchObject(invalid);
  expect(service.read(id, 'nonsense').reply).toMatchObject(invalid);
  expect(service.commit(id, cursor)).toMatchObject(invalid);
  service.now += 5 * 60_000;
  expect(service.read(id, cursor).reply.status).toBe(200);
  service.now += 1;
  expect(service.read(id, cursor).reply).toMatchObject(
    refused(400, 'InvalidParameter', 'The cursor is expired. Create a new one.'),
  );
});

test('a cursor carries what the service puts into it', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0']);
  const { next } = service.read(id, service.cursor(id, { type: 'TRIM_HORIZON' }));
  expect(JSON.parse(Buffer.from(next, 'base64url').toString())).toEqual({
    cursorType: 'partition',
    type: 'AfterOffset',
    offset: 0,
    partition: '0',
    streamId: id,
    expiration: service.now + 300_000,
  });
});

test('retention removes messages, and a position that it overtook is refused', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0', '1']);
  service.now += 24 * 3_600_000 - 60_000;
  const behind = service.cursor(id, { type: 'AT_OFFSET', offset: 0 });
  service.put(id, ['2']);
  service.now += 120_000;
  expect(service.read(id, behind).reply).toMatchObject(
    refused(400, 'InvalidParameter', 'The cursor is outside the retention period and is now invalid.'),
  );
  expect(service.read(id, service.cursor(id, { type: 'TRIM_HORIZON' })).values).toEqual(['2']);
});

test('offsets leave gaps where asked for', () => {
  const service = new Service({ offsetGapProbability: 0.5 });
  const id = service.stream();
  const offsets: number[] = service
    .put(id, Array.from({ length: 50 }, String))
    .entries.map((e: { offset: number }) => e.offset);
  expect(offsets.at(-1)).toBeGreaterThan(60);
  expect(
    service.read(id, service.cursor(id, { type: 'AFTER_OFFSET', offset: offsets[10] })).messages[0]!.offset,
  ).toBe(offsets[11]);
});

test('an answer holds at most its limit, and at most a mebibyte', () => {
  const service = new Service();
  const id = service.stream();
  const value = 'v'.repeat(400_000);
  for (let index = 0; index < 5; index++) service.put(id, [value]);
  const cursor = service.cursor(id, { type: 'TRIM_HORIZON' });
  expect(service.read(id, cursor, 1).values).toHaveLength(1);
  expect(service.read(id, cursor).values).toHaveLength(2);
  expect(service.ask('GET', `/streams/${id}/messages`, { query: { cursor, limit: '10001' } }).status).toBe(
    400,
  );
});

test('with strict limits a partition takes 1 MB a second and is read 5 times a second', () => {
  const service = new Service({ limits: STRICT, retryAfter: true });
  const id = service.stream();
  const value = 'v'.repeat(300_000);
  const results = Array.from({ length: 6 }, () => service.put(id, [value]));
  expect(results.map(({ failures }) => failures)).toEqual([0, 0, 0, 0, 1, 1]);
  expect(results[4].entries).toMatchObject([
    { error: 'TooManyRequests', errorMessage: expect.stringMatching(/can be made in \d+ ms/) },
  ]);
  service.now += 1000;
  expect(service.put(id, [value]).failures).toBe(0);

  const cursor = service.cursor(id, { type: 'LATEST' });
  const statuses = Array.from({ length: 6 }, () => service.read(id, cursor).reply);
  expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(statuses[5]).toMatchObject({ headers: { 'retry-after': '1' }, body: { code: 'TooManyRequests' } });
  for (let index = 0; index < 4; index++) service.cursor(id, { type: 'LATEST' });
  expect(() => service.cursor(id, { type: 'LATEST' })).toThrow('429');
});

test('a full region says so, or drops its oldest messages', () => {
  const value = 'v'.repeat(100_000);
  const strict = new Service({ maxStoredBytes: 500_000 });
  const id = strict.stream();
  for (let index = 0; index < 4; index++) strict.put(id, [value]);
  expect(() => strict.put(id, [value])).toThrow('The emulator is full');

  const dropping = new Service({ maxStoredBytes: 500_000, whenFull: 'drop-oldest' });
  const other = dropping.stream();
  for (let index = 0; index < 20; index++) dropping.put(other, [value]);
  const [log] = dropping.region.streams.get(other)!.partitions;
  expect(log!.bytes).toBeLessThan(600_000);
  expect(log!.lostBefore).toBeGreaterThan(10);
});

test.each(['2026-02-30T12:00:00Z', '2026-13-01T12:00:00Z', '2026-02-28T25:00:00Z', '2026-02-28', 'noon'])(
  'there is no time %s to begin at',
  (time) => {
    const service = new Service();
    const body = { partition: '0', type: 'AT_TIME', time };
    expect(service.ask('POST', `/streams/${service.stream()}/cursors`, { body })).toMatchObject(
      refused(400, 'InvalidParameter', 'time: must be an RFC 3339 time'),
    );
  },
);

test('times of messages never go back inside a partition, whatever the clock does', () => {
  const service = new Service();
  const id = service.stream();
  const times: string[] = [];
  for (const ms of [0, 5_000, -60_000, 1_000, 120_000]) {
    service.now += ms;
    service.put(id, ['v']);
  }
  const { reply } = service.read(id, service.cursor(id, { type: 'TRIM_HORIZON' }));
  for (const { timestamp } of reply.body as { timestamp: string }[]) times.push(timestamp);
  expect(times).toHaveLength(5);
  expect(times).toEqual(times.toSorted());
});
