import { expect, test } from 'vitest';
import { refused, Service } from './service.ts';

const compartmentId = 'ocid1.compartment.oc1..a';

test('a stream is CREATING for as long as the rules say, then ACTIVE, and its work request tells so', () => {
  const service = new Service({ createDelayMs: 15_000 });
  const created = service.ask('POST', '/streams', { body: { name: 'orders', partitions: 2, compartmentId } });
  const { id, ...stream } = created.body as { id: string };
  expect(id).toMatch(/^ocid1\.stream\.oc1\.sa-saopaulo-1\.amaaaaaa[a-z2-7]{52}$/);
  expect(stream).toMatchObject({
    lifecycleState: 'CREATING',
    retentionInHours: 24,
    messagesEndpoint: 'http://sa-saopaulo-1',
  });
  expect(created.headers!['etag']).toMatch(/^"[0-9a-f-]{36}-[0-9a-f-]{36}"$/);
  const work = `/workRequests/${created.headers!['opc-work-request-id']}`;
  expect(service.get('GET', work)).toMatchObject({
    operationType: 'CREATE_STREAM',
    status: 'IN_PROGRESS',
    resources: [{ entityType: 'stream', actionType: 'IN_PROGRESS', identifier: id }],
  });
  expect(service.ask('POST', `/streams/${id}/messages`, { body: { messages: [] } }).status).toBe(404);

  service.now += 15_000;
  expect(service.get('GET', `/streams/${id}`).lifecycleState).toBe('ACTIVE');
  expect(service.get('GET', work)).toMatchObject({
    status: 'SUCCEEDED',
    percentComplete: 100,
    timeFinished: '2026-11-23T12:00:15.000Z',
    resources: [{ actionType: 'CREATED' }],
  });
  expect(service.get('GET', `${work}/logs`).items).toHaveLength(2);
  expect(service.get('GET', '/workRequests', { query: { resourceId: id } }).items).toHaveLength(1);
});

test('a name is held once in a pool, and is free again when its stream is deleted', () => {
  const service = new Service();
  const id = service.stream();
  const again = () =>
    service.ask('POST', '/streams', { body: { name: 'orders', partitions: 1, compartmentId } });
  expect(again()).toMatchObject(refused(409, 'NotAuthorizedOrResourceAlreadyExists'));
  const pool = service.get('POST', '/streampools', { body: { name: 'other', compartmentId } });
  service.get('GET', `/streampools/${pool.id}`);
  service.get('POST', '/streams', { body: { name: 'orders', partitions: 1, streamPoolId: pool.id } });
  expect(service.ask('DELETE', `/streams/${id}`).status).toBe(204);
  expect(again().status).toBe(200);
  const states = service.get('GET', '/streams', {
    query: { compartmentId, name: 'orders', sortOrder: 'ASC' },
  });
  expect(states.map((stream: { lifecycleState: string }) => stream.lifecycleState).sort()).toEqual([
    'ACTIVE',
    'ACTIVE',
    'DELETED',
  ]);
});

test('a deleted stream stays listed for 90 days and cannot be used', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['a']);
  service.ask('DELETE', `/streams/${id}`);
  expect(service.get('GET', `/streams/${id}`).lifecycleState).toBe('DELETED');
  expect(service.ask('POST', `/streams/${id}/messages`, { body: { messages: [] } })).toMatchObject(
    refused(404, 'NotAuthorizedOrNotFound', 'Authorization failed or requested resource not found.'),
  );
  expect(service.ask('DELETE', `/streams/${id}`).status).toBe(404);
  service.now += 91 * 86_400_000;
  expect(service.ask('GET', `/streams/${id}`).status).toBe(404);
});

test('lists are paged, filtered and sorted', () => {
  const service = new Service();
  for (let index = 0; index < 12; index++) {
    service.stream({ name: `s${String(index).padStart(2, '0')}` });
    service.now += 1;
  }
  const names = (query: Record<string, string>): string[] =>
    service
      .get('GET', '/streams', { query: { compartmentId, ...query } })
      .map(({ name }: { name: string }) => name);
  expect(names({})[0]).toBe('s11');
  expect(names({})).toHaveLength(10);
  expect(names({ sortBy: 'NAME' })[0]).toBe('s00');
  expect(names({ lifecycleState: 'active', name: 's03' })).toEqual(['s03']);
  const first = service.ask('GET', '/streams', { query: { compartmentId, limit: '5', sortBy: 'NAME' } });
  const page = first.headers!['opc-next-page']!;
  expect(page).toMatch(/^[A-Za-z0-9_=-]+$/);
  expect(names({ limit: '5', sortBy: 'NAME', page })).toEqual(['s05', 's06', 's07', 's08', 's09']);
  expect(service.ask('GET', '/streams', { query: { compartmentId, page: 'nonsense' } })).toMatchObject(
    refused(400, 'InvalidParameter'),
  );
  expect(service.ask('GET', '/streams')).toMatchObject(refused(400, 'MissingParameter'));
});

test('a stale if-match is refused, the current one is not', () => {
  const service = new Service();
  const id = service.stream();
  const { etag } = service.ask('GET', `/streams/${id}`).headers!;
  const tags = { freeformTags: { team: 'orders' } };
  const update = (ifMatch: string) =>
    service.ask('PUT', `/streams/${id}`, { body: tags, headers: { 'if-match': ifMatch } });
  expect(update('"old"')).toMatchObject(refused(412, 'NoEtagMatch'));
  expect(update(etag!)).toMatchObject({ status: 200, body: { lifecycleState: 'UPDATING', ...tags } });
  expect(update(etag!)).toMatchObject(refused(412, 'NoEtagMatch'));
  expect(service.get('GET', `/streams/${id}`)).toMatchObject({ lifecycleState: 'ACTIVE', ...tags });
});

test.each([
  [{ partitions: 1, compartmentId }, 'MissingParameter', 'name is required'],
  [
    { name: 'a', partitions: 0, compartmentId },
    'InvalidParameter',
    'partitions: must be an integer between 1 and',
  ],
  [
    { name: 'a', partitions: '1', compartmentId },
    'InvalidParameter',
    'partitions: must be an integer between 1 and',
  ],
  [
    { name: 'a', partitions: 1, compartmentId, definedTags: { ns: { key: { deeper: {} } } } },
    'InvalidParameter',
    'definedTags',
  ],
  [{ name: 'a', partitions: 1, compartmentId, retentionInHours: 23 }, 'InvalidParameter', 'retentionInHours'],
  [
    { name: 'a', partitions: 1, compartmentId, retentionInHours: 169 },
    'InvalidParameter',
    'retentionInHours',
  ],
  [{ name: 'a', partitions: 1 }, 'MissingParameter', 'compartmentId or streamPoolId'],
  [{ name: 'a', partitions: 1, compartmentId, streamPoolId: 'b' }, 'InvalidParameter', 'not both'],
])('refuses to create %j', (body, code, message) => {
  expect(new Service().ask('POST', '/streams', { body })).toMatchObject({
    status: 400,
    body: { code, message: expect.stringContaining(message) },
  });
});

test('changing the compartment moves the stream into the default pool there', () => {
  const service = new Service();
  const id = service.stream();
  const target = 'ocid1.compartment.oc1..b';
  service.ask('POST', `/streams/${id}/actions/changeCompartment`, { body: { compartmentId: target } });
  const stream = service.get('GET', `/streams/${id}`);
  expect(stream.compartmentId).toBe(target);
  const [pool] = service.get('GET', '/streampools', { query: { compartmentId: target } });
  expect(stream.streamPoolId).toBe(pool.id);
});

test('a creation can be made to hang or to fail', () => {
  const service = new Service();
  const create = (name: string, creationEnds: 'stuck' | 'failed') =>
    service.ask('POST', '/streams', {
      body: { name, partitions: 1, compartmentId },
      context: { creationEnds },
    });
  const stuck = create('a', 'stuck').body as { id: string };
  const failed = create('b', 'failed');
  service.now += 3_600_000;
  expect(service.get('GET', `/streams/${stuck.id}`).lifecycleState).toBe('CREATING');
  expect(service.get('GET', `/streams/${(failed.body as { id: string }).id}`).lifecycleState).toBe('FAILED');
  const work = `/workRequests/${failed.headers!['opc-work-request-id']}`;
  expect(service.get('GET', work).status).toBe('FAILED');
  expect(service.get('GET', `${work}/errors`).items).toMatchObject([{ code: 'InternalServerError' }]);
});

test('the partitions of a tenancy are limited when limits are on', () => {
  const service = new Service({ limits: { ...new Service().region.rules.limits, partitions: 3 } });
  service.stream({ name: 'a', partitions: 2 });
  const body = { name: 'b', partitions: 2, compartmentId };
  expect(service.ask('POST', '/streams', { body })).toMatchObject(refused(400, 'LimitExceeded'));
});
