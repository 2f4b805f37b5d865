import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base64, Service } from './service.ts';

const compartmentId = 'ocid1.compartment.oc1..a';

test.each([
  ['eleven free-form tags', { freeformTags: numbered(11) }, 'at most 10'],
  ['a key of 101 characters', { freeformTags: { ['k'.repeat(101)]: '' } }, '<=100'],
  ['a value of 257 characters', { freeformTags: { k: 'v'.repeat(257) } }, '<=256'],
  ['65 defined tags', { definedTags: { s: numbered(65) } }, 'at most 64'],
  ['5 KB of tags', { definedTags: { s: { k: 'v'.repeat(5_120) } } }, 'at most 5120 characters'],
])('%s are too much for a resource', (_, tags, message) => {
  const body = { name: 'orders', partitions: 1, compartmentId, ...tags };
  expect(new Service().ask('POST', '/streams', { body })).toMatchObject({
    status: 400,
    body: { code: 'InvalidParameter', message: expect.stringContaining(message) as string },
  });
});

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, tag) => [`t${tag}`, '']));
}

test('ten free-form tags of the longest names and values are taken', () => {
  const service = new Service();
  const tags = Array.from({ length: 10 }, (_, tag) => [`${tag}`.padEnd(100, 'k'), 'v'.repeat(256)]);
  expect(service.stream({ freeformTags: Object.fromEntries(tags) as object })).toMatch(/^ocid1\.stream/);
});

test('a region takes ten thousand resources, and forgets deleted ones early for new ones', () => {
  const service = new Service();
  const create = (name: string) =>
    service.ask('POST', '/connectharnesses', { body: { name, compartmentId } });
  const first = create('first').body as { id: string };
  for (let count = 1; count < 10_000; count++) create(`${count}`);
  expect(create('more')).toMatchObject({
    status: 500,
    body: { message: expect.stringContaining('The emulator is full') as string },
  });
  service.now += 1;
  expect(service.ask('DELETE', `/connectharnesses/${first.id}`).status).toBe(204);
  service.now += 1;
  expect(create('more').status).toBe(200);
  expect(service.ask('GET', `/connectharnesses/${first.id}`).status).toBe(404);
});

test('a region takes a hundred thousand partitions, and as many places of the groups of a stream', () => {
  const service = new Service();
  const ids = Array.from({ length: 10 }, (_, index) =>
    service.stream({ name: `s${index}`, partitions: 10_000 }),
  );
  const body = { name: 'one more', partitions: 1, compartmentId };
  expect(service.ask('POST', '/streams', { body })).toMatchObject({
    status: 500,
    body: { message: expect.stringContaining('100000 partitions') as string },
  });
  for (let group = 0; group < 10; group++) service.groupCursor(ids[0]!, { groupName: `g${group}` });
  expect(() => service.groupCursor(ids[0]!, { groupName: 'g10' })).toThrow(
    'The stream has 10 consumer groups of 10000 partitions each',
  );
});

test('what a region knows of its memory is what its messages take', () => {
  const act = fc.oneof(
    fc.record({ do: fc.constant('put' as const), sizes: fc.array(fc.nat(2_000), { minLength: 1 }) }),
    fc.record({ do: fc.constant('pass' as const), hours: fc.nat(20) }),
    fc.record({ do: fc.constant('delete' as const) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const service = new Service({ maxStoredBytes: 60_000, whenFull: 'drop-oldest' });
      let made = 0;
      let id = service.stream({ name: `s${made++}`, partitions: 3 });
      for (const each of acts) {
        if (each.do === 'pass') service.now += each.hours * 3_600_000;
        else if (each.do === 'put')
          service.put(
            id,
            each.sizes.map((size) => 'x'.repeat(size)),
          );
        else {
          service.ask('DELETE', `/streams/${id}`);
          service.now += 91 * 86_400_000;
          id = service.stream({ name: `s${made++}`, partitions: 3 });
        }
      }
      let walked = 0;
      for (const { partitions } of service.region.streams.values()) {
        for (const log of partitions) walked += (log.bytes * 4) / 3 + log.count * 120;
      }
      expect(service.region.memoryUse.bytes).toBeCloseTo(walked, 3);
    }),
  );
});

test('nothing is remembered of calls to streams that are not there', () => {
  const service = new Service({ limits: { ...new Service().region.rules.limits, callsPerSecond: 5 } });
  for (let call = 0; call < 20; call++) {
    const body = { partition: '0', type: 'LATEST' };
    expect(service.ask('POST', `/streams/unknown${call}/cursors`, { body }).status).toBe(404);
  }
  expect(service.region.rateLimiter.size).toBe(0);
});

test('ten thousand work requests are remembered, the newest', () => {
  const service = new Service();
  const id = service.stream();
  const [first] = service.region.workRequests.keys();
  for (let change = 0; change < 10_000; change++) {
    service.ask('PUT', `/streams/${id}`, { body: { freeformTags: { change: `${change}` } } });
    service.now += 1;
  }
  service.ask('GET', `/streams/${id}`);
  expect(service.region.workRequests.size).toBe(10_000);
  expect(service.ask('GET', `/workRequests/${first}`).status).toBe(404);
});

test('messages are counted in bytes as they are kept', () => {
  const service = new Service();
  service.put(service.stream(), ['abc'], 'k');
  expect(base64('k')).toHaveLength(4);
  expect(service.region.memoryUse.bytes).toBeCloseTo((4 * 4) / 3 + 120, 6);
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
