import type { PartitionLog, StoredMessage } from '../state/partition-log.ts';
import type { RegionState } from '../state/region-state.ts';

/** A stored message. Key and value are base64. */
export interface LedgerEntry {
  readonly region: string;
  /** The stream's name. */
  readonly stream: string;
  readonly streamId: string;
  readonly partition: string;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string;
  /** RFC 3339, milliseconds. */
  readonly timestamp: string;
}

/** A message must match every filter that is given. `stream` is a name or an OCID, `key` is base64. */
export interface LedgerFilter {
  readonly region?: string | undefined;
  readonly stream?: string | undefined;
  readonly partition?: string | undefined;
  readonly key?: string | undefined;
  /** Only the newest so many messages of each partition that match the other filters. */
  readonly last?: number | undefined;
}

/**
 * All stored messages in the order of region, stream, partition and offset, also those of deleted streams. Messages that retention
 * removed are not in it.
 */
export function* ledgerEntries(
  regions: Iterable<RegionState>,
  filter: LedgerFilter = {},
): Generator<LedgerEntry> {
  for (const { name: region, streams } of regions) {
    if (region !== (filter.region ?? region)) continue;
    for (const { id: streamId, name: stream, partitions } of streams.values()) {
      if (filter.stream !== undefined && filter.stream !== stream && filter.stream !== streamId) continue;
      for (const [index, log] of partitions.entries()) {
        const partition = String(index);
        if (partition !== (filter.partition ?? partition)) continue;
        for (const { offset, key, value, timestamp } of wanted(log, filter)) {
          const at = new Date(timestamp).toISOString();
          yield { region, stream, streamId, partition, offset, key, value, timestamp: at };
        }
      }
    }
  }
}

function wanted(log: PartitionLog, { key, last = Infinity }: LedgerFilter): readonly StoredMessage[] {
  if (key === undefined) return log.last(Math.min(last, log.count));
  const ofKey = log.last(log.count).filter((message) => message.key === key);
  return ofKey.slice(Math.max(0, ofKey.length - last));
}
