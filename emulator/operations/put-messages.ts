import { liveStream } from './live-stream.ts';
import type { Context, EntryRefusal, Reply, Request } from './operation.ts';

interface StoredEntry {
  readonly partition: string;
  readonly offset: number;
  readonly timestamp: string;
}

/** Stores what it can, entry by entry, and answers 200 even when it refused some or all of them. */
export function putMessages(context: Context, request: Request<'PutMessages', 'streamId'>): Reply {
  const { now, random, refuseEntry, region } = context;
  const { partitions } = liveStream(context, request.path.streamId);
  const { keys, values, sizes } = request.body;
  const names = partitions.map((_, partition) => String(partition));
  const timestamp = new Date(now).toISOString();
  const gaps = region.rules.offsetGapProbability;

  const entries: (StoredEntry | EntryRefusal)[] = [];
  let failures = 0;
  for (let index = 0; index < values.length; index++) {
    const key = keys[index]!;
    // A missing key gets a random place each time, so a repeat of the same message may land elsewhere.
    const partition = key === null ? Math.floor(random() * partitions.length) : hash(key) % partitions.length;
    const refused = refuseEntry?.(index, partition, key);
    if (refused !== undefined) {
      failures += 1;
      entries.push(refused);
      continue;
    }
    const skip = gaps > 0 && random() < gaps ? 1 + Math.floor(random() * 9) : 0;
    const offset = partitions[partition]!.append(key, values[index]!, sizes[index]!, now, skip);
    entries.push({ partition: names[partition]!, offset, timestamp });
  }
  return { status: 200, body: { failures, entries } };
}

/** FNV-1a with a last mix. The service's own function is not documented; all that counts is that it is stable. */
function hash(key: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < key.length; index++)
    mixed = Math.imul(mixed ^ key.charCodeAt(index), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
