import { newEtag, newOcid } from '../state/identifier.ts';
import { PartitionLog } from '../state/partition-log.ts';
import { applyRetention, type Stream, type StreamPool } from '../state/resources.ts';
import { ensureCapacityForResource } from './capacity.ts';
import { filterResources, pageOf, resourceOrder } from './lists.ts';
import type { Context, Reply, Request } from './operation.ts';
import { changeResource, startWorkRequest, updateResource } from './resource-changes.ts';
import { streamSummary, streamView } from './resource-views.ts';
import { refusal } from './service-error.ts';
import { defaultPool, requireActivePool } from './stream-pools.ts';

const DEFAULT_RETENTION_HOURS = 24;

/** Accepts no retry token: a repeated call finds its own name in use and is refused. */
export function createStream(context: Context, { body }: Request<'CreateStream'>): Reply {
  const { region, now, random } = context;
  ensureCapacityForResource(context, body.partitions);
  const pool = poolFor(context, body.compartmentId, body.streamPoolId);
  checkNameIsFree(context, pool, body.name);
  checkPartitions(context, body.partitions);
  const stream: Stream = {
    id: newOcid('stream', region.name, random),
    name: body.name,
    compartmentId: pool.compartmentId,
    streamPoolId: pool.id,
    lifecycleState: 'CREATING',
    timeCreated: now,
    etag: newEtag(random),
    freeformTags: body.freeformTags ?? {},
    definedTags: body.definedTags ?? {},
    retentionInHours: body.retentionInHours ?? DEFAULT_RETENTION_HOURS,
    partitions: Array.from({ length: body.partitions }, () => new PartitionLog(region.memoryUse)),
    groups: new Map(),
  };
  region.streams.set(stream.id, stream);
  const workRequestId = startWorkRequest(context, 'CREATE', 'STREAM', stream);
  return {
    status: 200,
    headers: { etag: stream.etag, 'opc-work-request-id': workRequestId },
    body: streamView(context, stream),
  };
}

function poolFor(context: Context, compartmentId: string | undefined, streamPoolId: string | undefined) {
  if (compartmentId !== undefined && streamPoolId !== undefined) {
    throw refusal.invalid('Give compartmentId or streamPoolId, not both');
  }
  if (streamPoolId !== undefined) return requireActivePool(context, streamPoolId);
  if (compartmentId !== undefined) return defaultPool(context, compartmentId);
  throw refusal.missing('compartmentId or streamPoolId');
}

/** The limit of the tenancy in the region. That the code is LimitExceeded is (unconfirmed). */
function checkPartitions({ region }: Context, requested: number): void {
  let used = 0;
  for (const { lifecycleState, partitions } of region.streams.values()) {
    if (lifecycleState !== 'DELETED') used += partitions.length;
  }
  const { partitions: allowed } = region.rules.limits;
  if (used + requested > allowed) {
    throw refusal.limit(`You exceed the number of allowed partitions: ${used} of ${allowed} are in use`);
  }
}

export function getStream(context: Context, request: Request<'GetStream', 'streamId'>): Reply {
  const stream = requireStream(context, request.path.streamId);
  return { status: 200, headers: { etag: stream.etag }, body: streamView(context, stream) };
}

/** With `compartmentId`: the streams of all its pools. Deleted streams stay in the list. */
export function listStreams(context: Context, { query }: Request<'ListStreams'>): Reply {
  if ((query.compartmentId === undefined) === (query.streamPoolId === undefined)) {
    throw query.compartmentId === undefined
      ? refusal.missing('compartmentId or streamPoolId')
      : refusal.invalid('Give compartmentId or streamPoolId, not both');
  }
  const rows = filterResources(context.region.streams.values(), query).filter(
    (stream) => stream.streamPoolId === (query.streamPoolId ?? stream.streamPoolId),
  );
  const page = pageOf(rows, query, resourceOrder(query));
  return {
    status: 200,
    headers: page.headers,
    body: page.rows.map((stream) => streamSummary(context, stream)),
  };
}

/** Only the pool and the tags can change. */
export function updateStream(context: Context, request: Request<'UpdateStream', 'streamId'>): Reply {
  const { body, headers, path } = request;
  const stream = requireStream(context, path.streamId);
  const apply = (): void => {
    if (body.streamPoolId !== undefined)
      moveTo(context, stream, requireActivePool(context, body.streamPoolId));
    stream.freeformTags = body.freeformTags ?? stream.freeformTags;
    stream.definedTags = body.definedTags ?? stream.definedTags;
  };
  return updateResource(context, { kind: 'STREAM', resource: stream, headers, apply }, () =>
    streamView(context, stream),
  );
}

/** Moves the stream into the default pool of the other compartment. */
export function changeStreamCompartment(
  context: Context,
  { path, body, headers }: Request<'ChangeStreamCompartment', 'streamId'>,
): Reply {
  const stream = requireStream(context, path.streamId);
  const apply = (): void => moveTo(context, stream, defaultPool(context, body.compartmentId));
  return changeResource(context, { action: 'UPDATE', kind: 'STREAM', resource: stream, headers, apply });
}

function moveTo(context: Context, stream: Stream, pool: StreamPool): void {
  if (pool.id === stream.streamPoolId) return;
  checkNameIsFree(context, pool, stream.name);
  stream.streamPoolId = pool.id;
  stream.compartmentId = pool.compartmentId;
}

/** From now on its messages cannot be read. It stays in lists as DELETED. */
export function deleteStream(
  context: Context,
  { path, headers }: Request<'DeleteStream', 'streamId'>,
): Reply {
  const stream = requireStream(context, path.streamId);
  return changeResource(context, { action: 'DELETE', kind: 'STREAM', resource: stream, headers });
}

/**
 * Names are unique in a pool. Streams that are FAILED, DELETING or DELETED no longer hold theirs. (unconfirmed for FAILED and
 * DELETING)
 */
function checkNameIsFree({ region }: Context, pool: StreamPool, name: string): void {
  for (const stream of region.streams.values()) {
    const holdsName = ['CREATING', 'ACTIVE', 'UPDATING'].includes(stream.lifecycleState);
    if (holdsName && stream.streamPoolId === pool.id && stream.name === name) {
      throw refusal.exists(
        `Authorization failed or stream ${name} already exists in stream pool ${pool.id}.`,
      );
    }
  }
}

/** The stream of a control-plane call, whatever its lifecycle state. */
function requireStream({ region }: Context, streamId: string): Stream {
  const stream = region.streams.get(streamId);
  if (stream === undefined) throw refusal.notFound();
  return stream;
}

/**
 * The stream of a data-plane call, after retention was applied. In any other state than ACTIVE or UPDATING the answer is 404:
 * the documentation describes that code as "deleted or unreachable". (unconfirmed for CREATING)
 */
export function requireActiveStream(context: Context, streamId: string): Stream {
  const stream = requireStream(context, streamId);
  if (stream.lifecycleState !== 'ACTIVE' && stream.lifecycleState !== 'UPDATING') throw refusal.notFound();
  applyRetention(stream, context.now, context.retentionMs);
  return stream;
}

/** The partition that a client names, with its log. */
export function partitionOf(stream: Stream, partition: string) {
  const index = /^\d{1,6}$/.test(partition) ? Number(partition) : -1;
  const log = stream.partitions[index];
  if (log === undefined) throw refusal.invalid(`partition: the stream has no partition ${partition}`);
  return { index, log };
}
