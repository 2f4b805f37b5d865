import type { ConsumerGroup } from './consumer-group.ts';
import type { PartitionLog } from './partition-log.ts';

type LifecycleState = 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING' | 'DELETED' | 'FAILED';

/** The fields that streams, pools and harnesses share. Times are milliseconds since 1970. */
export interface Resource {
  readonly id: string;
  compartmentId: string;
  lifecycleState: LifecycleState;
  lifecycleStateDetails?: string;
  readonly timeCreated: number;
  timeDeleted?: number;
  etag: string;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}

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
 * Removes messages that are older than the stream's retention, and groups that were unused for as long. `shorter` (ms) removes
 * messages earlier, but no groups.
 */
export function applyRetention(stream: Stream, now: number, shorter = Infinity): void {
  const horizon = now - retentionMs(stream);
  for (const log of stream.partitions) log.expire(Math.max(horizon, now - shorter));
  for (const [name, group] of stream.groups) if (group.lastUsed < horizon) stream.groups.delete(name);
}

interface KafkaSettings {
  bootstrapServers?: string | undefined;
  autoCreateTopicsEnable?: boolean | undefined;
  logRetentionHours?: number | undefined;
  numPartitions?: number | undefined;
}

export interface StreamPool extends Resource {
  name: string;
  /** Created when a compartment first needs it. Cannot be deleted. */
  readonly isDefault: boolean;
  /** The first part of the host name: `cell-1`, or 12 characters for a private pool. */
  readonly endpointLabel: string;
  kafkaSettings: KafkaSettings;
  kmsKeyId?: string;
  readonly privateEndpointSettings?: {
    subnetId?: string | undefined;
    privateEndpointIp?: string | undefined;
    nsgIds?: readonly string[] | undefined;
  };
  securityAttributes: Record<string, Record<string, unknown>>;
}

export interface ConnectHarness extends Resource {
  readonly name: string;
}

export type ResourceKind = 'STREAM' | 'STREAM_POOL' | 'CONNECT_HARNESS';
export type WorkRequestAction = 'CREATE' | 'UPDATE' | 'DELETE';
type WorkRequestStatus = 'ACCEPTED' | 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';

/** The record of a change of a stream, pool or harness. Times are milliseconds since 1970. */
export interface WorkRequest {
  readonly id: string;
  readonly action: WorkRequestAction;
  readonly kind: ResourceKind;
  readonly resourceId: string;
  readonly compartmentId: string;
  status: WorkRequestStatus;
  readonly timeAccepted: number;
  timeStarted?: number;
  timeFinished?: number;
  readonly errors: WorkRequestNote[];
  readonly logs: WorkRequestNote[];
}

export interface WorkRequestNote {
  readonly code?: string;
  readonly message: string;
  readonly timestamp: number;
}
