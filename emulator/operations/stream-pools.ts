import { knownPool } from './connect-harnesses.ts';
import { listed, orderOf, pageOf } from './lists.ts';
import type { Context, Reply, Request } from './operation.ts';
import { checkActive, checkDeletable, checkEtag, startChange } from './resource-changes.ts';
import { poolSummary, poolView } from './resource-views.ts';
import { createOnce } from './retry-token.ts';
import { refusal } from './service-error.ts';
import { newEtag, newLabel, newOcid } from '../state/identifier.ts';
import type { StreamPool } from '../state/resources.ts';

export function createStreamPool(context: Context, { body, headers }: Request<'CreateStreamPool'>): Reply {
  const { resource: pool, workRequestId } = createOnce(
    context,
    headers,
    body,
    ({ pools }) => pools,
    () => {
      const resource = newPool(context, body);
      context.region.pools.set(resource.id, resource);
      return {
        resource,
        workRequestId: startChange(context, { action: 'CREATE', kind: 'STREAM_POOL', resource }),
      };
    },
  );
  return {
    status: 200,
    headers: { etag: pool.etag, 'opc-work-request-id': workRequestId },
    body: poolView(context, pool),
  };
}

function newPool({ region, now, random }: Context, body: Request<'CreateStreamPool'>['body']): StreamPool {
  const { privateEndpointDetails: endpoint, customEncryptionKeyDetails: encryption } = body;
  if (endpoint?.privateEndpointIp !== undefined && endpoint.subnetId === undefined) {
    throw refusal.missing('privateEndpointDetails.subnetId');
  }
  return {
    id: newOcid('streampool', region.name, random),
    name: body.name,
    compartmentId: body.compartmentId,
    lifecycleState: 'CREATING',
    timeCreated: now,
    etag: newEtag(random),
    freeformTags: body.freeformTags ?? {},
    definedTags: body.definedTags ?? {},
    isDefault: false,
    endpointLabel: endpoint === undefined ? 'cell-1' : newLabel(random),
    kafkaSettings: givenFields(body.kafkaSettings),
    ...(encryption === undefined ? {} : { kmsKeyId: encryption.kmsKeyId }),
    ...(endpoint === undefined ? {} : { privateEndpointSettings: withAddress(endpoint, random) }),
    securityAttributes: body.securityAttributes ?? {},
  };
}

type Endpoint = NonNullable<Request<'CreateStreamPool'>['body']['privateEndpointDetails']>;

/** Where none is given, the service takes a free address of the subnet; which ones the subnet has is not known here. */
function withAddress(endpoint: Endpoint, random: () => number): Endpoint {
  if (endpoint.subnetId === undefined) return endpoint;
  const privateEndpointIp = `10.0.${Math.floor(random() * 256)}.${2 + Math.floor(random() * 253)}`;
  return { privateEndpointIp, ...endpoint };
}

export function getStreamPool(context: Context, request: Request<'GetStreamPool', 'streamPoolId'>): Reply {
  const pool = knownPool(context, request.path.streamPoolId);
  return { status: 200, headers: { etag: pool.etag }, body: poolView(context, pool) };
}

export function listStreamPools({ region }: Context, { query }: Request<'ListStreamPools'>): Reply {
  const page = pageOf(listed(region.pools.values(), query), query, orderOf(query));
  return { status: 200, headers: page.headers, body: page.rows.map(poolSummary) };
}

/** The private endpoint never changes. */
export function updateStreamPool(
  context: Context,
  request: Request<'UpdateStreamPool', 'streamPoolId'>,
): Reply {
  const { body, headers, path } = request;
  const pool = knownPool(context, path.streamPoolId);
  checkActive(pool);
  checkEtag(headers, pool);
  pool.name = body.name ?? pool.name;
  pool.kafkaSettings = { ...pool.kafkaSettings, ...givenFields(body.kafkaSettings) };
  if (body.customEncryptionKeyDetails !== undefined) pool.kmsKeyId = body.customEncryptionKeyDetails.kmsKeyId;
  pool.securityAttributes = body.securityAttributes ?? pool.securityAttributes;
  pool.freeformTags = body.freeformTags ?? pool.freeformTags;
  pool.definedTags = body.definedTags ?? pool.definedTags;
  const workRequestId = startChange(context, { action: 'UPDATE', kind: 'STREAM_POOL', resource: pool });
  return {
    status: 200,
    headers: { etag: pool.etag, 'opc-work-request-id': workRequestId },
    body: poolView(context, pool),
  };
}

/** The streams in the pool go with it. (unconfirmed, and so is that a default pool stays) */
export function changeStreamPoolCompartment(
  context: Context,
  request: Request<'ChangeStreamPoolCompartment', 'streamPoolId'>,
): Reply {
  const pool = knownPool(context, request.path.streamPoolId);
  checkActive(pool);
  checkEtag(request.headers, pool);
  if (pool.isDefault) throw refusal.invalid('The default stream pool cannot be moved');
  pool.compartmentId = request.body.compartmentId;
  for (const stream of context.region.streams.values()) {
    if (stream.streamPoolId === pool.id) stream.compartmentId = pool.compartmentId;
  }
  const workRequestId = startChange(context, { action: 'UPDATE', kind: 'STREAM_POOL', resource: pool });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}

/** Refuses a pool that has streams in it (seen 2026-10; the documentation says that they would go too). */
export function deleteStreamPool(
  context: Context,
  request: Request<'DeleteStreamPool', 'streamPoolId'>,
): Reply {
  const pool = knownPool(context, request.path.streamPoolId);
  checkDeletable(pool);
  checkEtag(request.headers, pool);
  // Status and text are (unconfirmed).
  if (pool.isDefault) throw refusal.invalid('The default stream pool cannot be deleted');
  for (const stream of context.region.streams.values()) {
    if (stream.streamPoolId === pool.id && stream.lifecycleState !== 'DELETED') {
      throw refusal.invalid(`Stream pool ${pool.id} is not empty`);
    }
  }
  const workRequestId = startChange(context, { action: 'DELETE', kind: 'STREAM_POOL', resource: pool });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}

/** The compartment's default pool, made on demand. */
export function defaultPool({ region, now, random }: Context, compartmentId: string): StreamPool {
  for (const pool of region.pools.values()) {
    if (pool.isDefault && pool.compartmentId === compartmentId) return active(pool);
  }
  const pool: StreamPool = {
    id: newOcid('streampool', region.name, random),
    name: 'DefaultPool',
    compartmentId,
    lifecycleState: 'ACTIVE',
    timeCreated: now,
    etag: newEtag(random),
    freeformTags: {},
    definedTags: {},
    isDefault: true,
    endpointLabel: 'cell-1',
    kafkaSettings: {},
    securityAttributes: {},
  };
  region.pools.set(pool.id, pool);
  return pool;
}

/** The pool that a stream is put into: it must be there and ACTIVE. */
export function activePool({ region }: Context, streamPoolId: string): StreamPool {
  const pool = region.pools.get(streamPoolId);
  if (pool === undefined || pool.lifecycleState === 'DELETED') throw refusal.notFound();
  return active(pool);
}

function active(pool: StreamPool): StreamPool {
  if (pool.lifecycleState !== 'ACTIVE') throw refusal.incorrectState(`${pool.id} is ${pool.lifecycleState}`);
  return pool;
}

/**
 * Names are unique in a pool. Streams that are FAILED, DELETING or DELETED no longer hold theirs. (unconfirmed for
 * FAILED and DELETING)
 */
export function checkNameIsFree({ region }: Context, pool: StreamPool, name: string): void {
  for (const stream of region.streams.values()) {
    const holds = ['CREATING', 'ACTIVE', 'UPDATING'].includes(stream.lifecycleState);
    if (holds && stream.streamPoolId === pool.id && stream.name === name) {
      throw refusal.exists(
        `Authorization failed or stream ${name} already exists in stream pool ${pool.id}.`,
      );
    }
  }
}

/** Without the fields that were given as null: null means not given, and must not take the place of a value. */
function givenFields<T extends object>(fields: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
