import type { ConsumerGroup } from './consumer-group.ts';
import type { Resource } from './lifecycle.ts';
import type { PartitionLog } from './partition-log.ts';

export interface Stream extends Resource {
  readonly name: string;
  streamPoolId: string;
  readonly retentionInHours: number;
  readonly partitions: readonly PartitionLog[];
  readonly groups: Map<string, ConsumerGroup>;
}

const HOUR_MS = 3_600_000;

function retentionMs(stream: Stream): number {
  return stream.retentionInHours * HOUR_MS;
}

/**
 * Lets retention do its work: messages older than it go, and groups that nobody used for as long. `shorter` (ms) takes
 * messages sooner than that, but no groups.
 */
export function age(stream: Stream, now: number, shorter = Infinity): void {
  const horizon = now - retentionMs(stream);
  for (const log of stream.partitions) log.expire(Math.max(horizon, now - shorter));
  for (const [name, group] of stream.groups) if (group.lastUsed < horizon) stream.groups.delete(name);
}
