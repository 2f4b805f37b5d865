import { expect, test } from 'vitest';
import { refused, Service } from './service.ts';

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
