import { expect, test } from 'vitest';
import { STRICT } from '../../../emulator/state/limits.ts';
import { refused, Service } from './service.ts';

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
