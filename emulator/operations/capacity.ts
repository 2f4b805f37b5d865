import type { Context } from './operation.ts';
import { ServiceError } from './service-error.ts';
import { forgetResource, type RegionState } from '../state/region-state.ts';
import { applyRetention, type Stream } from '../state/resources.ts';

/** Streams, pools and harnesses together, including deleted ones that are still listed. */
const MAX_RESOURCES = 10_000;
/** Of all streams together. The partitions of a stream times its consumer groups have the same limit. */
const MAX_PARTITIONS = 100_000;

/**
 * Frees memory for a put: first the messages of deleted streams and those past retention, then, if `whenFull` is `drop-oldest`, the
 * oldest messages. Refuses the put if that is not enough.
 */
export function ensureCapacityForPut({ region, now }: Context): void {
  const { maxStoredBytes, whenFull } = region.rules;
  if (region.memoryUse.bytes <= maxStoredBytes) return;
  for (const stream of region.streams.values()) {
    if (stream.lifecycleState === 'DELETED') for (const log of stream.partitions) log.expire(Infinity);
    else applyRetention(stream, now);
  }
  if (whenFull === 'drop-oldest') dropOldest(region, maxStoredBytes);
  if (region.memoryUse.bytes <= maxStoredBytes) return;
  throw emulatorFull(
    `${region.name} holds ${Math.round(maxStoredBytes / 2 ** 20)} MiB (maxStoredBytes). ` +
      'Raise it, delete streams, move the clock past the retention, or let it drop the oldest (whenFull).',
  );
}

/** Removes a tenth of every partition at a time, until the memory is 90 % full. */
function dropOldest({ streams, memoryUse }: RegionState, maxStoredBytes: number): void {
  const logs = [...streams.values()].flatMap(({ partitions }: Stream) => partitions);
  while (memoryUse.bytes > maxStoredBytes * 0.9) {
    for (const log of logs) log.drop(Math.ceil(log.count / 10));
  }
}

/** Removes deleted resources before their 90 days, if a new resource needs their place. Refuses the resource if that is not enough. */
export function ensureCapacityForResource({ region }: Context, partitions = 0): void {
  if (hasCapacity(region, partitions)) return;
  for (const resources of [region.streams, region.pools, region.harnesses]) {
    for (const [id, { lifecycleState }] of resources)
      if (lifecycleState === 'DELETED') forgetResource(region, id);
  }
  if (hasCapacity(region, partitions)) return;
  throw emulatorFull(
    `${region.name} takes ${MAX_RESOURCES} streams, pools and harnesses, and ${MAX_PARTITIONS} partitions. ` +
      'Delete some, or use fewer partitions.',
  );
}

function hasCapacity({ streams, pools, harnesses }: RegionState, partitions: number): boolean {
  let used = partitions;
  for (const stream of streams.values()) used += stream.partitions.length;
  return streams.size + pools.size + harnesses.size < MAX_RESOURCES && used <= MAX_PARTITIONS;
}

/** Each consumer group holds a record for every partition. */
export function ensureCapacityForGroup({ partitions, groups }: Stream): void {
  if ((groups.size + 1) * partitions.length <= MAX_PARTITIONS) return;
  throw emulatorFull(
    `The stream has ${groups.size} consumer groups of ${partitions.length} partitions each.`,
  );
}

function emulatorFull(why: string): ServiceError {
  return new ServiceError(500, 'InternalServerError', `The emulator is full: ${why}`);
}
