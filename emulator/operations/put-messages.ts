import { ensureCapacityForPut } from './capacity.ts';
import { requireActiveStream } from './streams.ts';
import { hashOf } from '../random.ts';
import type { Limits } from '../state/limits.ts';
import type { RegionState } from '../state/region-state.ts';
import type { Context, EntryRefusal, Reply, Request } from './operation.ts';

interface StoredEntry {
  readonly partition: string;
  readonly offset: number;
  readonly timestamp: string;
}

/** Decides entry by entry, and answers 200 even if it refused some or all of them. */
export function putMessages(context: Context, request: Request<'PutMessages', 'streamId'>): Reply {
  const { now, placementRandom, refuseEntry, region } = context;
  const { id: streamId, partitions } = requireActiveStream(context, request.path.streamId);
  const { keys, values, sizes } = request.body;
  const names = partitions.map((_, partition) => String(partition));
  const timestamp = new Date(now).toISOString();
  const { offsetGapProbability: gaps, limits } = region.rules;
  ensureCapacityForPut(context);

  const entries: (StoredEntry | EntryRefusal)[] = [];
  let failures = 0;
  for (let index = 0; index < values.length; index++) {
    const key = keys[index]!;
    // Without a key the partition is random, also for a repeat of the same message.
    // The service's own hash of the key is not documented. What counts is that it is stable.
    const partition =
      key === null ? Math.floor(placementRandom() * partitions.length) : hashOf(key) % partitions.length;
    const refused =
      refuseEntry?.(index, partition, key) ??
      rateRefusal(region, `put ${streamId} ${partition}`, sizes[index]!, limits, now);
    if (refused !== undefined) {
      failures += 1;
      entries.push(refused);
      continue;
    }
    const skip = gaps > 0 && placementRandom() < gaps ? 1 + Math.floor(placementRandom() * 9) : 0;
    const offset = partitions[partition]!.append(key, values[index]!, sizes[index]!, now, skip);
    entries.push({ partition: names[partition]!, offset, timestamp });
  }
  return { status: 200, body: { failures, entries } };
}

/** The refusal of an entry that exceeds the byte rate of its partition. */
function rateRefusal(
  { rateLimiter }: RegionState,
  name: string,
  size: number,
  { putBytesPerSecond }: Limits,
  now: number,
): EntryRefusal | undefined {
  if (putBytesPerSecond === Infinity) return undefined;
  const waitMs = rateLimiter.waitMs(name, putBytesPerSecond, now);
  if (waitMs > 0) {
    return {
      error: 'TooManyRequests',
      errorMessage: `Too many bytes, next request can be made in ${waitMs} ms`,
    };
  }
  rateLimiter.take(name, size, putBytesPerSecond, now);
  return undefined;
}
