import { newEtag, newOcid, PartitionLog, type Stream } from '../state/index.ts';
import { startChange } from './change.ts';
import type { Context, Reply, Request } from './operation.ts';
import { activePool, checkNameIsFree, defaultPool } from './pool-of.ts';
import { refusal } from './service-error.ts';
import { makeRoomForResource } from './room.ts';
import { streamView } from './resource-view.ts';

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
