import { makeRoomForResource } from './capacity.ts';
import { listed, orderOf, pageOf } from './lists.ts';
import type { Context, Reply, Request } from './operation.ts';
import { checkActive, checkDeletable, checkEtag, startChange } from './resource-changes.ts';
import { streamSummary, streamView } from './resource-views.ts';
import { refusal } from './service-error.ts';
import { activePool, checkNameIsFree, defaultPool } from './stream-pools.ts';
import { newEtag, newOcid } from '../state/identifier.ts';
import { PartitionLog } from '../state/partition-log.ts';
import { age, type Stream } from '../state/resources.ts';

const DEFAULT_RETENTION_HOURS = 24;

/** Takes no retry token: a repeated call meets its own name and is refused. */
export function createStream(context: Context, { body }: Request<'CreateStream'>): Reply {
  const { region, now, random } = context;
  makeRoomForResource(context, body.partitions);
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
    partitions: Array.from({ length: body.partitions }, () => new PartitionLog(region.stored)),
    groups: new Map(),
  };
  region.streams.set(stream.id, stream);
  const workRequestId = startChange(context, { action: 'CREATE', kind: 'STREAM', resource: stream });
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
  if (streamPoolId !== undefined) return activePool(context, streamPoolId);
  if (compartmentId !== undefined) return defaultPool(context, compartmentId);
  throw refusal.missing('compartmentId or streamPoolId');
}

/** The tenancy's allowance of partitions in the region. That the code is LimitExceeded is (unconfirmed). */
function checkPartitions({ region }: Context, wanted: number): void {
  let used = 0;
  for (const { lifecycleState, partitions } of region.streams.values()) {
    if (lifecycleState !== 'DELETED') used += partitions.length;
  }
  const { partitions: allowed } = region.rules.limits;
  if (used + wanted > allowed) {
    throw refusal.limit(`You exceed the number of allowed partitions: ${used} of ${allowed} are in use`);
  }
}

export function getStream(context: Context, request: Request<'GetStream', 'streamId'>): Reply {
  const stream = knownStream(context, request.path.streamId);
  return { status: 200, headers: { etag: stream.etag }, body: streamView(context, stream) };
}

/** By compartment it lists the streams of all its pools. Deleted ones stay in the list. */
export function listStreams(context: Context, { query }: Request<'ListStreams'>): Reply {
  if ((query.compartmentId === undefined) === (query.streamPoolId === undefined)) {
    throw query.compartmentId === undefined
      ? refusal.missing('compartmentId or streamPoolId')
      : refusal.invalid('Give compartmentId or streamPoolId, not both');
  }
  const rows = listed(context.region.streams.values(), query).filter(
    (stream) => stream.streamPoolId === (query.streamPoolId ?? stream.streamPoolId),
  );
  const page = pageOf(rows, query, orderOf(query));
  return {
    status: 200,
    headers: page.headers,
    body: page.rows.map((stream) => streamSummary(context, stream)),
  };
}

/** Only the pool and the tags can change. */
export function updateStream(context: Context, request: Request<'UpdateStream', 'streamId'>): Reply {
  const { body, headers, path } = request;
  const stream = knownStream(context, path.streamId);
  checkActive(stream);
  checkEtag(headers, stream);
  const pool = body.streamPoolId === undefined ? undefined : activePool(context, body.streamPoolId);
  if (pool !== undefined && pool.id !== stream.streamPoolId) {
    checkNameIsFree(context, pool, stream.name);
    stream.streamPoolId = pool.id;
    stream.compartmentId = pool.compartmentId;
  }
  stream.freeformTags = body.freeformTags ?? stream.freeformTags;
  stream.definedTags = body.definedTags ?? stream.definedTags;
  const workRequestId = startChange(context, { action: 'UPDATE', kind: 'STREAM', resource: stream });
  return {
    status: 200,
    headers: { etag: stream.etag, 'opc-work-request-id': workRequestId },
    body: streamView(context, stream),
  };
}

/** Also moves the stream into the default pool of the target compartment. */
export function changeStreamCompartment(
  context: Context,
  request: Request<'ChangeStreamCompartment', 'streamId'>,
): Reply {
  const stream = knownStream(context, request.path.streamId);
  checkActive(stream);
  checkEtag(request.headers, stream);
  const pool = defaultPool(context, request.body.compartmentId);
  if (pool.id !== stream.streamPoolId) checkNameIsFree(context, pool, stream.name);
  stream.compartmentId = pool.compartmentId;
  stream.streamPoolId = pool.id;
  const workRequestId = startChange(context, { action: 'UPDATE', kind: 'STREAM', resource: stream });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}

/** Its messages can no longer be read, from now on; its record stays. */
export function deleteStream(context: Context, request: Request<'DeleteStream', 'streamId'>): Reply {
  const stream = knownStream(context, request.path.streamId);
  checkDeletable(stream);
  checkEtag(request.headers, stream);
  const workRequestId = startChange(context, { action: 'DELETE', kind: 'STREAM', resource: stream });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}

/** The stream of a control-plane call, in whatever state it is. */
function knownStream({ region }: Context, streamId: string): Stream {
  const stream = region.streams.get(streamId);
  if (stream === undefined) throw refusal.notFound();
  return stream;
}

/**
 * The stream of a data-plane call, with retention done. A stream that is CREATING, FAILED or on its way out is
 * answered 404: "deleted or unreachable" is the documentation's word for that code. (unconfirmed for CREATING)
 */
export function liveStream(context: Context, streamId: string): Stream {
  const stream = knownStream(context, streamId);
  if (stream.lifecycleState !== 'ACTIVE' && stream.lifecycleState !== 'UPDATING') throw refusal.notFound();
  age(stream, context.now, context.retentionMs);
  return stream;
}

/** The partition that a client named, with its log. */
export function partitionOf(stream: Stream, partition: string) {
  const index = /^\d{1,6}$/.test(partition) ? Number(partition) : -1;
  const log = stream.partitions[index];
  if (log === undefined) throw refusal.invalid(`partition: the stream has no partition ${partition}`);
  return { index, log };
}
