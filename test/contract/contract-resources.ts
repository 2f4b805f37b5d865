import { expect, it } from 'vitest';
import type { Client } from './clients.ts';
import { operations } from './operations.ts';
import type { Seen } from './walk.ts';
import { REGION } from './world.ts';

const ETAG = /^"[0-9a-f-]{36}-[0-9a-f-]{36}"$/;
const OTHER = 'ocid1.compartment.oc1..other';

/** What a client sees of streams, stream pools, connect harnesses and work requests. */
export function itSeesResources({ name }: Client, seen: (step: string) => Seen): void {
  const body = (step: string) => seen(step).body as Record<string, unknown>;
  const header = (step: string, of: string) => seen(step).headers?.[of];
  const hasWorkRequests = operations['GetWorkRequest']!.includes(name);

  it('makes a pool with what was asked for, and once for each retry token', () => {
    expect(body('make a pool')).toMatchObject({ name: 'orders-pool', lifecycleState: 'CREATING' });
    expect(body('make the pool again with its token')['id']).toBe(body('make a pool')['id']);
    expect(body('get the pool')).toMatchObject({
      id: expect.stringMatching(`^ocid1\\.streampool\\.oc1\\.${REGION}\\.`),
      lifecycleState: 'ACTIVE',
      freeformTags: { made: 'here' },
      isPrivate: false,
      kafkaSettings: { autoCreateTopicsEnable: true, logRetentionHours: 48, numPartitions: 2 },
      customEncryptionKey: { keyState: 'NONE' },
    });
  });

  it('changes a pool once with its etag', () => {
    expect(header('get the pool', 'etag')).toMatch(ETAG);
    expect(body('change the pool with its etag')).toMatchObject({
      freeformTags: { changed: 'here' },
      kafkaSettings: { numPartitions: 3 },
    });
    expect(header('change the pool with its etag', 'etag')).not.toBe(header('get the pool', 'etag'));
    expect(seen('change the pool with the old etag').error).toMatchObject({
      status: 412,
      code: 'NoEtagMatch',
    });
  });

  it('keeps the private endpoint, the key, and tags of a pool, and moves it', () => {
    expect(body('get the private pool')).toMatchObject({
      isPrivate: true,
      privateEndpointSettings: {
        subnetId: 'ocid1.subnet.oc1..aaaa',
        privateEndpointIp: '10.0.0.7',
        nsgIds: ['ocid1.nsg.oc1..aaaa'],
      },
      endpointFqdn: expect.stringMatching(`^[a-z0-9]{12}\\.streaming\\.${REGION}\\.`),
      customEncryptionKey: { kmsKeyId: 'ocid1.key.oc1..aaaa', keyState: 'ACTIVE' },
      definedTags: { ops: { cost: '42' } },
      securityAttributes: { zpr: { tier: { value: 'inner', mode: 'enforce' } } },
    });
    expect(body('get the moved pool')).toMatchObject({ compartmentId: OTHER });
    expect(body('get the deleted pool')).toMatchObject({ lifecycleState: 'DELETED' });
  });

  it('lists pools by name in pages', () => {
    expect(seen('list the pools').body).toMatchObject([{ name: 'orders-pool' }]);
    expect(seen('list the next pools').body).toMatchObject([{ name: 'private-pool', isPrivate: true }]);
    expect(header('list the next pools', 'opc-next-page')).toBeUndefined();
  });

  it('makes, lists, changes, moves and deletes a harness', () => {
    expect(body('make a harness')).toMatchObject({ name: 'sink', lifecycleState: 'CREATING' });
    expect(body('get the harness')).toMatchObject({
      freeformTags: { made: 'here' },
      lifecycleState: 'ACTIVE',
    });
    expect(seen('list the harnesses').body).toMatchObject([{ name: 'sink', lifecycleState: 'ACTIVE' }]);
    expect(body('change the harness')).toMatchObject({ freeformTags: { changed: 'here' } });
    expect(body('get the moved harness')).toMatchObject({ compartmentId: OTHER });
    expect(body('get the deleted harness')).toMatchObject({ lifecycleState: 'DELETED' });
  });

  it('makes a stream that is CREATING and then ACTIVE', () => {
    expect(body('make a stream')).toMatchObject({ name: 'orders', lifecycleState: 'CREATING' });
    expect(header('make a stream', 'etag')).toMatch(ETAG);
    const stream = body('get the stream');
    expect(stream).toMatchObject({
      id: expect.stringMatching(`^ocid1\\.stream\\.oc1\\.${REGION}\\.amaaaaaa`),
      streamPoolId: body('make a pool')['id'],
      compartmentId: body('make a pool')['compartmentId'],
      partitions: 2,
      retentionInHours: 48,
      lifecycleState: 'ACTIVE',
      messagesEndpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      freeformTags: { made: 'here' },
    });
    expect(Date.parse(stream['timeCreated'] as string)).toBeGreaterThan(Date.parse('2026-01-01'));
  });

  it('refuses a name that is taken, and to delete what is being made', () => {
    expect(seen('make the stream twice').error).toMatchObject({
      status: 409,
      code: 'NotAuthorizedOrResourceAlreadyExists',
    });
    expect(seen('delete the stream too soon').error).toMatchObject({ status: 409, code: 'IncorrectState' });
    expect(seen('make another pool with that token').error).toMatchObject({
      status: 409,
      code: 'InvalidatedRetryToken',
    });
  });

  it('changes a stream once with its etag', () => {
    expect(body('change the stream with its etag')).toMatchObject({ freeformTags: { changed: 'here' } });
    expect(seen('change the stream with the old etag').error).toMatchObject({
      status: 412,
      code: 'NoEtagMatch',
    });
  });

  it('lists streams by name in pages, and refuses to list everything', () => {
    expect(seen('list two streams').body).toMatchObject([{ name: 'orders' }, { name: 'payments' }]);
    expect(seen('list the other').body).toMatchObject([{ name: 'returns' }]);
    expect(header('list the other', 'opc-next-page')).toBeUndefined();
    expect(seen('list by name').body).toMatchObject([{ name: 'payments', lifecycleState: 'ACTIVE' }]);
    expect(seen('list everything').error).toMatchObject({ status: 400, code: 'MissingParameter' });
  });

  it('moves a stream into the default pool of its new compartment', () => {
    expect(body('get the moved stream')).toMatchObject({ compartmentId: OTHER });
    expect(body('get the moved stream')['streamPoolId']).not.toBe(body('make a pool')['id']);
  });

  it('deletes a stream, still shows it, and keeps a pool with streams', () => {
    expect(body('get the deleted stream')).toMatchObject({ name: 'payments', lifecycleState: 'DELETED' });
    const { error } = seen('delete the pool with its streams');
    expect(error).toMatchObject({ status: 400, code: 'InvalidParameter' });
    expect(error?.message).toContain('is not empty');
  });

  it.runIf(hasWorkRequests)('names a work request for every change', () => {
    const changes = [
      'make a pool',
      'change the pool with its etag',
      'move the private pool',
      'delete the private pool',
    ];
    for (const step of [...changes, 'make a stream', 'move the third stream', 'delete the second stream']) {
      expect(header(step, 'opc-work-request-id')).toMatch(/^ocid1\./);
    }
  });

  it.runIf(hasWorkRequests)('shows what a work request made', () => {
    const made = {
      operationType: 'CREATE_STREAM',
      status: 'SUCCEEDED',
      percentComplete: 100,
      resources: [{ entityType: 'stream', actionType: 'CREATED', identifier: body('make a stream')['id'] }],
    };
    expect(body('get the work request')).toMatchObject({
      ...made,
      id: header('make a stream', 'opc-work-request-id'),
    });
    const { items } = body('list the work requests') as { items: unknown[] };
    expect(items).toHaveLength(2);
    expect(items).toContainEqual(
      expect.objectContaining({ operationType: 'UPDATE_STREAM', status: 'SUCCEEDED' }),
    );
    expect(body('list the logs')['items']).not.toEqual([]);
    expect(body('list the errors')['items']).toEqual([]);
  });

  it.runIf(hasWorkRequests)('shows why a work request failed', () => {
    expect(body('get the failed work request')).toMatchObject({ status: 'FAILED' });
    expect(body('list the errors of the failed one')['items']).toMatchObject([
      { code: expect.any(String), message: expect.any(String), timestamp: expect.any(String) },
    ]);
  });
}
