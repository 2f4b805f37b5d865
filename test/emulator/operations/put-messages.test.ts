import { expect, test } from 'vitest';
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
