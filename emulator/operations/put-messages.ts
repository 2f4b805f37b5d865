import { makeRoom } from './capacity.ts';
import { liveStream } from './streams.ts';
import { hashOf } from '../random.ts';
import type { Limits } from '../state/limits.ts';
import type { RegionState } from '../state/region-state.ts';
import type { Context, EntryRefusal, Reply, Request } from './operation.ts';

interface StoredEntry {
  readonly partition: string;
  readonly offset: number;
  readonly timestamp: string;
}

/** Stores what it can, entry by entry, and answers 200 even when it refused some or all of them. */
export function putMessages(context: Context, request: Request<'PutMessages', 'streamId'>): Reply {
  const { now, spread, refuseEntry, region } = context;
  const { id: streamId, partitions } = liveStream(context, request.path.streamId);
  const { keys, values, sizes } = request.body;
  const names = partitions.map((_, partition) => String(partition));
  const timestamp = new Date(now).toISOString();
  const { offsetGapProbability: gaps, limits } = region.rules;
  makeRoom(context);

  const entries: (StoredEntry | EntryRefusal)[] = [];
  let failures = 0;
  for (let index = 0; index < values.length; index++) {
    const key = keys[index]!;
    // A missing key gets a random place each time, so a repeat of the same message may land elsewhere.
    // The service's own function of the key is not documented; all that counts is that it is stable.
    const partition =
      key === null ? Math.floor(spread() * partitions.length) : hashOf(key) % partitions.length;
    const refused =
      refuseEntry?.(index, partition, key) ??
      throttled(region, `put ${streamId} ${partition}`, sizes[index]!, limits, now);
    if (refused !== undefined) {
      failures += 1;
      entries.push(refused);
      continue;
    }
    const skip = gaps > 0 && spread() < gaps ? 1 + Math.floor(spread() * 9) : 0;
    const offset = partitions[partition]!.append(key, values[index]!, sizes[index]!, now, skip);
    entries.push({ partition: names[partition]!, offset, timestamp });
  }
  return { status: 200, body: { failures, entries } };
}

/** A partition takes so many bytes a second; what comes above that is refused entry by entry. */
function throttled(
  { throttle }: RegionState,
  name: string,
  size: number,
  { putBytesPerSecond }: Limits,
  now: number,
): EntryRefusal | undefined {
  if (putBytesPerSecond === Infinity) return undefined;
  const waitMs = throttle.wait(name, putBytesPerSecond, now);
  if (waitMs > 0) {
    return {
      error: 'TooManyRequests',
      errorMessage: `Too many bytes, next request can be made in ${waitMs} ms`,
    };
  }
  throttle.take(name, size, putBytesPerSecond, now);
  return undefined;
}
