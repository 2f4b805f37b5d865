import type { Resource } from './lifecycle.ts';

interface KafkaSettings {
  bootstrapServers?: string | undefined;
  autoCreateTopicsEnable?: boolean | undefined;
  logRetentionHours?: number | undefined;
  numPartitions?: number | undefined;
}

export interface StreamPool extends Resource {
  name: string;
  /** Made on demand for a compartment; cannot be deleted. */
  readonly isDefault: boolean;
  /** First part of the host name: `cell-1`, or 12 letters for a private pool. */
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
