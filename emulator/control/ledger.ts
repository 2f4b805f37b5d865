import type { PartitionLog, StoredMessage } from '../state/partition-log.ts';
import type { RegionState } from '../state/region-state.ts';

/** One message that a region stored. Key and value are base64. */
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

/** What is given must fit. `stream` is a name or an OCID, `key` is base64. */
export interface LedgerFilter {
  readonly region?: string | undefined;
  readonly stream?: string | undefined;
  readonly partition?: string | undefined;
  readonly key?: string | undefined;
  /** Only the newest so many of each partition, of those that fit. */
  readonly last?: number | undefined;
}

/**
 * Everything that is stored, by region, stream, partition and offset; of deleted streams too. What retention removed
 * is not in it.
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
