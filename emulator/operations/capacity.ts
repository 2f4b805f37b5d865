import type { Context } from './operation.ts';
import { ServiceError } from './service-error.ts';
import { forget, type RegionState } from '../state/region-state.ts';
import { age, type Stream } from '../state/resources.ts';

/** Of streams, pools and harnesses together, those that are still listed as deleted too. */
const MAX_RESOURCES = 10_000;
/** Of all streams; a group that knows so many places counts as much. */
const MAX_PARTITIONS = 100_000;

/**
 * Sees that the region has room for another put. What is deleted or past its retention goes first; then, as the rules
 * have it, the oldest messages go too, or the put is refused with a sentence that says why.
 */
export function makeRoom({ region, now }: Context): void {
  const { maxStoredBytes, whenFull } = region.rules;
  if (region.stored.inMemory <= maxStoredBytes) return;
  for (const stream of region.streams.values()) {
    if (stream.lifecycleState === 'DELETED') for (const log of stream.partitions) log.expire(Infinity);
    else age(stream, now);
  }
  if (whenFull === 'drop-oldest') dropOldest(region, maxStoredBytes);
  if (region.stored.inMemory <= maxStoredBytes) return;
  throw full(
    `${region.name} holds ${Math.round(maxStoredBytes / 2 ** 20)} MiB (maxStoredBytes). ` +
      'Raise it, delete streams, move the clock past the retention, or let it drop the oldest (whenFull).',
  );
}

/** Takes a tenth off every partition until there is room for a while. */
function dropOldest({ streams, stored }: RegionState, maxStoredBytes: number): void {
  const logs = [...streams.values()].flatMap(({ partitions }: Stream) => partitions);
  while (stored.inMemory > maxStoredBytes * 0.9) {
    for (const log of logs) log.drop(Math.ceil(log.count / 10));
  }
}

/** Sees that there is room for a resource, with so many partitions: deleted ones are forgotten early if need be. */
export function makeRoomForResource({ region }: Context, partitions = 0): void {
  if (hasRoom(region, partitions)) return;
  for (const resources of [region.streams, region.pools, region.harnesses]) {
    for (const [id, { lifecycleState }] of resources) if (lifecycleState === 'DELETED') forget(region, id);
  }
  if (hasRoom(region, partitions)) return;
  throw full(
    `${region.name} takes ${MAX_RESOURCES} streams, pools and harnesses, and ${MAX_PARTITIONS} partitions. ` +
      'Delete some, or use fewer partitions.',
  );
}

function hasRoom({ streams, pools, harnesses }: RegionState, partitions: number): boolean {
  let used = partitions;
  for (const stream of streams.values()) used += stream.partitions.length;
  return streams.size + pools.size + harnesses.size < MAX_RESOURCES && used <= MAX_PARTITIONS;
}

/** Sees that there is room for another group of a stream: each keeps a place for every partition. */
export function makeRoomForGroup({ partitions, groups }: Stream): void {
  if ((groups.size + 1) * partitions.length <= MAX_PARTITIONS) return;
  throw full(`The stream has ${groups.size} consumer groups of ${partitions.length} partitions each.`);
}

function full(why: string): ServiceError {
  return new ServiceError(500, 'InternalServerError', `The emulator is full: ${why}`);
}
