import { age, type RegionState, type Stream } from '../state/index.ts';
import type { Context } from './operation.ts';
import { ServiceError } from './service-error.ts';

/** What a message costs beside its bytes: two strings, two numbers. */
const MESSAGE_OVERHEAD_BYTES = 120;

/**
 * Sees that the region has room for another put. What is deleted or past its retention goes first; then, as the rules
 * have it, the oldest messages go too, or the put is refused with a sentence that says why.
 */
export function makeRoom({ region, now }: Context): void {
  const { maxStoredBytes, whenFull } = region.rules;
  if (storedBytes(region) <= maxStoredBytes) return;
  for (const stream of region.streams.values()) {
    if (stream.lifecycleState === 'DELETED') for (const log of stream.partitions) log.expire(Infinity);
    else age(stream, now);
  }
  if (whenFull === 'drop-oldest') dropOldest(region, maxStoredBytes);
  if (storedBytes(region) <= maxStoredBytes) return;
  throw new ServiceError(
    500,
    'InternalServerError',
    `The emulator is full: ${region.name} holds ${Math.round(maxStoredBytes / 2 ** 20)} MiB (maxStoredBytes). ` +
      'Raise it, delete streams, move the clock past the retention, or let it drop the oldest (whenFull).',
  );
}

function storedBytes({ streams }: RegionState): number {
  let total = 0;
  for (const { partitions } of streams.values()) {
    for (const log of partitions) total += (log.bytes * 4) / 3 + log.count * MESSAGE_OVERHEAD_BYTES;
  }
  return total;
}

/** Takes a tenth off every partition until there is room for a while. */
function dropOldest(region: RegionState, maxStoredBytes: number): void {
  const logs = [...region.streams.values()].flatMap(({ partitions }: Stream) => partitions);
  while (storedBytes(region) > maxStoredBytes * 0.9) {
    for (const log of logs) log.drop(Math.ceil(log.count / 10));
  }
}
