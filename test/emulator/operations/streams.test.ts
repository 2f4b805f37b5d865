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

const changeable = [
  ['streams', { name: 'a', partitions: 1, compartmentId }],
  ['streampools', { name: 'p', compartmentId }],
  ['connectharnesses', { name: 'h', compartmentId }],
] as const;
const changes = [
  ['PUT', '', { freeformTags: { a: 'b' } }],
  ['POST', '/actions/changeCompartment', { compartmentId: 'ocid1.compartment.oc1..b' }],
  ['DELETE', '', undefined],
] as const;

test.each(changeable.flatMap(([kind, made]) => changes.map((change) => [kind, made, ...change] as const)))(
  'if-match on %s is honoured (made of %j): %s %s',
  (kind, made, method, action, body) => {
    const service = new Service();
    const path = `/${kind}/${service.get('POST', `/${kind}`, { body: made }).id}`;
    const { etag } = service.ask('GET', path).headers!;
    const change = (ifMatch: string) =>
      service.ask(method, `${path}${action}`, { body, headers: { 'if-match': ifMatch } });
    const before = service.get('GET', path);
    expect(change('"old"')).toMatchObject(refused(412, 'NoEtagMatch'));
    expect(service.get('GET', path)).toEqual(before);
    expect(change(etag!).status).toBeLessThan(300);
  },
);

/** May do everything in `compartmentId`, and nothing elsewhere. */
const context = { caller: { may: (_: string, where: string) => where === compartmentId } };
const theirs = 'ocid1.compartment.oc1..theirs';

test('a create is permitted by what its body names, whatever its query says', () => {
  const service = new Service();
  const { id: streamPoolId } = service.get('POST', '/streampools', {
    body: { name: 'p', compartmentId: theirs },
  });
  for (const [kind, body] of [
    ['streams', { name: 'a', partitions: 1, compartmentId: theirs }],
    ['streams', { name: 'a', partitions: 1, streamPoolId }],
    ['streampools', { name: 'q', compartmentId: theirs }],
    ['connectharnesses', { name: 'h', compartmentId: theirs }],
  ] as const) {
    for (const query of [{}, { compartmentId }] as Record<string, string>[]) {
      expect(service.ask('POST', `/${kind}`, { query, body, context })).toMatchObject(
        refused(404, 'NotAuthorizedOrNotFound'),
      );
    }
  }
  expect(service.region.streams.size).toBe(0);
  const body = { name: 'a', partitions: 1, compartmentId };
  expect(service.ask('POST', '/streams', { query: { compartmentId: theirs }, body, context }).status).toBe(
    200,
  );
});

test('a list is permitted by what its query names, whatever its body says', () => {
  const service = new Service();
  expect(
    service.ask('GET', '/streams', { query: { compartmentId: theirs }, body: { compartmentId }, context }),
  ).toMatchObject(refused(404, 'NotAuthorizedOrNotFound'));
});

test('a stream goes into no pool of another compartment, whatever compartment stands beside it', () => {
  const service = new Service();
  const id = service.stream();
  const pool = service.get('POST', '/streampools', { body: { name: 'p', compartmentId: theirs } });
  for (const beside of [{}, { compartmentId }]) {
    const body = { streamPoolId: pool.id, ...beside };
    expect(service.ask('PUT', `/streams/${id}`, { body, context })).toMatchObject(
      refused(404, 'NotAuthorizedOrNotFound'),
    );
  }
  expect(service.get('GET', `/streams/${id}`).compartmentId).toBe(compartmentId);
});

test.each(changeable)('%s are not moved into a compartment of others', (kind, made) => {
  const service = new Service();
  const path = `/${kind}/${service.get('POST', `/${kind}`, { body: made }).id}`;
  service.get('GET', path);
  expect(
    service.ask('POST', `${path}/actions/changeCompartment`, { body: { compartmentId: theirs }, context }),
  ).toMatchObject(refused(404, 'NotAuthorizedOrNotFound'));
  expect(service.get('GET', path).compartmentId).toBe(compartmentId);
});

const nested = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`) as unknown;

test.each([
  ['streams', { name: 'a', partitions: 1, compartmentId, definedTags: { ns: { k: nested } } }],
  ['streampools', { name: 'p', compartmentId, definedTags: { ns: { k: nested } } }],
  ['streampools', { name: 'p', compartmentId, securityAttributes: { ns: { k: { value: nested } } } }],
  ['connectharnesses', { name: 'h', compartmentId, definedTags: { ns: { k: nested } } }],
])('%s with values too deep to be shown are refused and not stored', (kind, body) => {
  const service = new Service();
  expect(service.ask('POST', `/${kind}`, { body })).toMatchObject(refused(400, 'InvalidParameter'));
  expect(service.get('GET', `/${kind}`, { query: { compartmentId } })).toEqual([]);
});

test('defined tags are strings, numbers, booleans or null', () => {
  const service = new Service();
  const definedTags = { ns: { text: 'a', number: 1, flag: true, none: null } };
  expect(service.get('GET', `/streams/${service.stream({ definedTags })}`).definedTags).toEqual(definedTags);
});
