import { expect, test } from 'vitest';
import { type Limits, RELAXED, STRICT } from '../../../emulator/state/limits.ts';
import { base64, refused, Service } from '../operations/service.ts';

const compartmentId = 'ocid1.compartment.oc1..a';

function limited(limits: Partial<Limits>, more: object = {}): Service {
  return new Service({ limits: { ...RELAXED, ...limits }, ...more });
}

test("the strict limits are the service's own", () => {
  expect(STRICT).toEqual({
    putBytesPerSecond: 1_000_000,
    getBytesPerSecond: 2_000_000,
    getsPerSecond: 5,
    callsPerSecond: 5,
    groupsPerStream: 50,
    partitions: 200,
  });
});

test('a stream may have fifty groups, and others when those have ended', () => {
  const service = limited({ groupsPerStream: STRICT.groupsPerStream });
  const id = service.stream();
  for (let group = 0; group < 50; group++) service.groupCursor(id, { groupName: `g${group}` });
  const more = { body: { groupName: 'more', type: 'LATEST', instanceName: 'one' } };
  expect(service.ask('POST', `/streams/${id}/groupCursors`, more)).toMatchObject(
    refused(400, 'LimitExceeded'),
  );
  expect(service.groupCursor(id, { groupName: 'g7' })).toBeTruthy();
  service.now += 25 * 3_600_000;
  expect(service.ask('POST', `/streams/${id}/groupCursors`, more).status).toBe(200);
});

test('a tenancy has two hundred partitions in the region, those of deleted streams not counted', () => {
  const service = limited({ partitions: STRICT.partitions });
  const id = service.stream({ name: 'a', partitions: 150 });
  const more = { body: { name: 'b', partitions: 51, compartmentId } };
  expect(service.ask('POST', '/streams', more)).toMatchObject(
    refused(400, 'LimitExceeded', 'You exceed the number of allowed partitions: 150 of 200 are in use'),
  );
  service.stream({ name: 'c', partitions: 50 });
  service.ask('DELETE', `/streams/${id}`);
  service.ask('GET', `/streams/${id}`);
  expect(service.ask('POST', '/streams', more).status).toBe(200);
});

test('a partition takes a megabyte a second, entry by entry, and says how long to wait', () => {
  const service = limited({ putBytesPerSecond: STRICT.putBytesPerSecond });
  const id = service.stream({ partitions: 2 });
  const [busy, other] = keysOfTwoPartitions();
  const put = (key: string, sizes: readonly number[]) =>
    service.put(
      id,
      sizes.map((size) => 'x'.repeat(size)),
      key,
    );
  expect(put(busy, [500_000, 499_990, 100])).toMatchObject({ failures: 0 });
  const refusedEntry = {
    error: 'TooManyRequests',
    errorMessage: expect.stringMatching(/next request can be made in \d+ ms/) as string,
  };
  expect(put(busy, [1])).toMatchObject({ failures: 1, entries: [refusedEntry] });
  expect(put(other, [1])).toMatchObject({ failures: 0 });
  service.now += 500;
  expect(put(busy, [1])).toMatchObject({ failures: 0 });
});

/** One key for each of two partitions. */
function keysOfTwoPartitions(): [string, string] {
  const service = new Service();
  const id = service.stream({ partitions: 2 });
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
  const partitionOf = (key: string): string => service.put(id, ['x'], key).entries[0].partition;
  return [keys.find((key) => partitionOf(key) === '0')!, keys.find((key) => partitionOf(key) === '1')!];
}

test('a partition gives two megabytes a second to a group, and another group has its own', () => {
  const service = limited({ getBytesPerSecond: STRICT.getBytesPerSecond });
  const id = service.stream();
  for (let put = 0; put < 6; put++) service.put(id, ['x'.repeat(1_000_000)]);
  let cursor = service.cursor(id, { type: 'TRIM_HORIZON' });
  for (let read = 0; read < 2; read++) {
    const { reply, next } = service.read(id, cursor);
    expect(reply.status).toBe(200);
    cursor = next;
  }
  const { reply } = service.read(id, cursor);
  expect(reply).toMatchObject(refused(429, 'TooManyRequests'));
  expect(service.read(id, service.groupCursor(id)).reply.status).toBe(200);
  service.now += waitIn(reply.body);
  expect(service.read(id, cursor).reply.status).toBe(200);
});

test('reads that find nothing count, too', () => {
  const service = limited({ getsPerSecond: STRICT.getsPerSecond });
  const id = service.stream();
  const cursor = service.groupCursor(id);
  for (let read = 0; read < 5; read++) expect(service.read(id, cursor).reply.status).toBe(200);
  expect(service.read(id, cursor).reply.status).toBe(429);
});

test.each([
  ['with retry-after', true, '1'],
  ['without', false, undefined],
])('after the wait that a refusal names the next call is taken: %s', (_, retryAfter, header) => {
  const service = limited({ callsPerSecond: STRICT.callsPerSecond }, { retryAfter });
  const id = service.stream();
  const heartbeat = () => service.ask('GET', `/streams/${id}`);
  while (heartbeat().status === 200);
  const { body, headers } = heartbeat();
  expect(headers?.['retry-after']).toBe(header);
  const wait = waitIn(body);
  service.now += wait - 1;
  expect(heartbeat().status).toBe(429);
  service.now += 1;
  expect(heartbeat().status).toBe(200);
});

function waitIn(body: unknown): number {
  const { message } = body as { message: string };
  return Number(/next request can be made in (\d+) ms/.exec(message)?.[1]);
}

test('a key may have 256 bytes, decoded', () => {
  const service = new Service();
  const id = service.stream();
  const put = (key: string) =>
    service.ask('POST', `/streams/${id}/messages`, {
      body: { messages: [{ key: base64(key), value: base64('v') }] },
    });
  expect(put('k'.repeat(256)).status).toBe(200);
  expect(put('k'.repeat(257)).status).toBe(400);
});
