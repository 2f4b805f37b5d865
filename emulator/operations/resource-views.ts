import type { Context } from './operation.ts';
import type { ConnectHarness, Resource, Stream, StreamPool } from '../state/resources.ts';

/** The fields that all resources have, in the service's form. */
function resourceView(resource: Resource) {
  const { id, compartmentId, lifecycleState, timeCreated, freeformTags, definedTags } = resource;
  return {
    id,
    compartmentId,
    lifecycleState,
    timeCreated: new Date(timeCreated).toISOString(),
    freeformTags,
    definedTags,
  };
}

export function streamSummary(context: Context, stream: Stream) {
  return {
    ...resourceView(stream),
    name: stream.name,
    streamPoolId: stream.streamPoolId,
    partitions: stream.partitions.length,
    messagesEndpoint: messagesEndpoint(context, stream),
  };
}

/** A caller that used the service's host name gets it back: the emulator's own address may not be reachable from there. */
function messagesEndpoint({ region, serviceHost }: Context, { streamPoolId }: Stream): string {
  if (serviceHost === undefined) return region.messagesEndpoint;
  const label = region.pools.get(streamPoolId)?.endpointLabel ?? 'cell-1';
  return `${new URL(region.messagesEndpoint).protocol}//${label}.${serviceHost}`;
}

export function streamView(context: Context, stream: Stream) {
  const { retentionInHours, lifecycleStateDetails } = stream;
  return { ...streamSummary(context, stream), retentionInHours, lifecycleStateDetails };
}

export function poolSummary(pool: StreamPool) {
  const { name, privateEndpointSettings, securityAttributes } = pool;
  return {
    ...resourceView(pool),
    name,
    isPrivate: privateEndpointSettings !== undefined,
    securityAttributes,
  };
}

const KAFKA_DEFAULTS = { autoCreateTopicsEnable: false, logRetentionHours: 24, numPartitions: 1 };

export function poolView({ region }: Context, pool: StreamPool) {
  const { lifecycleStateDetails, privateEndpointSettings, kmsKeyId, endpointLabel } = pool;
  // The host name that the service would have. Nothing listens there: the emulator has no Kafka protocol.
  const endpointFqdn = `${endpointLabel}.streaming.${region.name}.oci.oraclecloud.com`;
  return {
    ...poolSummary(pool),
    lifecycleStateDetails,
    endpointFqdn,
    privateEndpointSettings,
    kafkaSettings: { bootstrapServers: `${endpointFqdn}:9092`, ...KAFKA_DEFAULTS, ...pool.kafkaSettings },
    customEncryptionKey: kmsKeyId === undefined ? { keyState: 'NONE' } : { kmsKeyId, keyState: 'ACTIVE' },
  };
}

export function harnessSummary(harness: ConnectHarness) {
  return { ...resourceView(harness), name: harness.name };
}

export function harnessView(harness: ConnectHarness) {
  return { ...harnessSummary(harness), lifecycleStateDetails: harness.lifecycleStateDetails };
}
