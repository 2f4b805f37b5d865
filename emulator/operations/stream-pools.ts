import { newEtag, newLabel, newOcid } from '../state/identifier.ts';
import type { StreamPool } from '../state/resources.ts';
import { filterResources, pageOf, resourceOrder } from './lists.ts';
import type { Context, Reply, Request } from './operation.ts';
import { changeResource, startWorkRequest, updateResource } from './resource-changes.ts';
import { poolSummary, poolView } from './resource-views.ts';
import { createOnce } from './retry-token.ts';
import { refusal } from './service-error.ts';

export function createStreamPool(context: Context, { body, headers }: Request<'CreateStreamPool'>): Reply {
  const { resource: pool, workRequestId } = createOnce(
    context,
    headers,
    body,
    ({ pools }) => pools,
    () => {
      const resource = newPool(context, body);
      context.region.pools.set(resource.id, resource);
      return { resource, workRequestId: startWorkRequest(context, 'CREATE', 'STREAM_POOL', resource) };
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
    kafkaSettings: withoutUndefined(body.kafkaSettings),
    ...(encryption === undefined ? {} : { kmsKeyId: encryption.kmsKeyId }),
    ...(endpoint === undefined ? {} : { privateEndpointSettings: withAddress(endpoint, random) }),
    securityAttributes: body.securityAttributes ?? {},
  };
}

type Endpoint = NonNullable<Request<'CreateStreamPool'>['body']['privateEndpointDetails']>;

/** Without an address in the request the service takes a free one of the subnet. The emulator does not know the subnet. */
function withAddress(endpoint: Endpoint, random: () => number): Endpoint {
  if (endpoint.subnetId === undefined) return endpoint;
  const privateEndpointIp = `10.0.${Math.floor(random() * 256)}.${2 + Math.floor(random() * 253)}`;
  return { privateEndpointIp, ...endpoint };
}

export function getStreamPool(context: Context, request: Request<'GetStreamPool', 'streamPoolId'>): Reply {
  const pool = requirePool(context, request.path.streamPoolId);
  return { status: 200, headers: { etag: pool.etag }, body: poolView(context, pool) };
}

export function listStreamPools({ region }: Context, { query }: Request<'ListStreamPools'>): Reply {
  const page = pageOf(filterResources(region.pools.values(), query), query, resourceOrder(query));
  return { status: 200, headers: page.headers, body: page.rows.map(poolSummary) };
}

/** The private endpoint cannot change. */
export function updateStreamPool(
  context: Context,
  { body, headers, path }: Request<'UpdateStreamPool', 'streamPoolId'>,
): Reply {
  const pool = requirePool(context, path.streamPoolId);
  const apply = (): void => {
    pool.name = body.name ?? pool.name;
    pool.kafkaSettings = { ...pool.kafkaSettings, ...withoutUndefined(body.kafkaSettings) };
    const key = body.customEncryptionKeyDetails;
    if (key !== undefined) pool.kmsKeyId = key.kmsKeyId;
    pool.securityAttributes = body.securityAttributes ?? pool.securityAttributes;
    pool.freeformTags = body.freeformTags ?? pool.freeformTags;
    pool.definedTags = body.definedTags ?? pool.definedTags;
  };
  return updateResource(context, { kind: 'STREAM_POOL', resource: pool, headers, apply }, () =>
    poolView(context, pool),
  );
}

/** Moves the streams of the pool too. (unconfirmed, and so is that a default pool cannot be moved) */
export function changeStreamPoolCompartment(
  context: Context,
  { path, body, headers }: Request<'ChangeStreamPoolCompartment', 'streamPoolId'>,
): Reply {
  const pool = requirePool(context, path.streamPoolId);
  const apply = (): void => {
    if (pool.isDefault) throw refusal.invalid('The default stream pool cannot be moved');
    pool.compartmentId = body.compartmentId;
    for (const stream of context.region.streams.values()) {
      if (stream.streamPoolId === pool.id) stream.compartmentId = pool.compartmentId;
    }
  };
  return changeResource(context, { action: 'UPDATE', kind: 'STREAM_POOL', resource: pool, headers, apply });
}

/** Refuses a pool that holds streams (seen 2026-10; the documentation says that the streams would be deleted too). */
export function deleteStreamPool(
  context: Context,
  { path, headers }: Request<'DeleteStreamPool', 'streamPoolId'>,
): Reply {
  const pool = requirePool(context, path.streamPoolId);
  const apply = (): void => {
    // Status and text are (unconfirmed).
    if (pool.isDefault) throw refusal.invalid('The default stream pool cannot be deleted');
    for (const stream of context.region.streams.values()) {
      if (stream.streamPoolId === pool.id && stream.lifecycleState !== 'DELETED') {
        throw refusal.invalid(`Stream pool ${pool.id} is not empty`);
      }
    }
  };
  return changeResource(context, { action: 'DELETE', kind: 'STREAM_POOL', resource: pool, headers, apply });
}

/** The default pool of the compartment. It is created when it is first needed. */
export function defaultPool({ region, now, random }: Context, compartmentId: string): StreamPool {
  for (const pool of region.pools.values()) {
    if (pool.isDefault && pool.compartmentId === compartmentId) return requireActive(pool);
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

/** The pool that a stream is put into. */
export function requireActivePool({ region }: Context, streamPoolId: string): StreamPool {
  const pool = region.pools.get(streamPoolId);
  if (pool === undefined || pool.lifecycleState === 'DELETED') throw refusal.notFound();
  return requireActive(pool);
}

/** The pool of a control-plane call, whatever its lifecycle state. */
function requirePool({ region }: Context, id: string): StreamPool {
  const pool = region.pools.get(id);
  if (pool === undefined) throw refusal.notFound();
  return pool;
}

function requireActive(pool: StreamPool): StreamPool {
  if (pool.lifecycleState !== 'ACTIVE') throw refusal.incorrectState(`${pool.id} is ${pool.lifecycleState}`);
  return pool;
}

/** Clients send null for a setting that they do not give. Such a field must not replace a value. */
function withoutUndefined<T extends object>(fields: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
