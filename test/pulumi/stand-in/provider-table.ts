import type { AdminPlane } from './admin-plane.ts';
import type { Kind, Look } from './kind.ts';
import { paper } from './paper.ts';
import { streamPools } from './stream-pools.ts';
import { getStream, getStreams, streams } from './streams.ts';

/** Everything that the stand-in knows of @pulumi/oci: what infra/ uses, by the real names, and nothing else. */
export interface ProviderTable {
  kind(type: string): Kind;
  look(token: string): Look;
}

export function providerTable(region: AdminPlane): ProviderTable {
  const kinds: { [type: string]: Kind } = {
    'oci:Streaming/stream:Stream': streams(region),
    'oci:Streaming/streamPool:StreamPool': streamPools(region),
    'oci:Identity/compartment:Compartment': paper('compartment', []),
    'oci:Identity/policy:Policy': paper('policy', ['compartmentId', 'name']),
    'oci:Monitoring/alarm:Alarm': paper('alarm', []),
    'oci:Ons/notificationTopic:NotificationTopic': paper('onstopic', ['name']),
    'oci:Ons/subscription:Subscription': paper('onssubscription', ['topicId', 'protocol', 'endpoint']),
  };
  const looks: { [token: string]: Look } = {
    'oci:Streaming/getStreams:getStreams': getStreams(region),
    'oci:Streaming/getStream:getStream': getStream(region),
  };
  return { kind: (type) => known(kinds, type), look: (token) => known(looks, token) };
}

function known<T>(table: { [name: string]: T }, name: string): T {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry) return entry;
  throw new Error(
    `The stand-in for the oci provider does not know ${name}; it knows ${Object.keys(table).join(', ')}. Add it in test/pulumi/stand-in/provider-table.ts.`,
  );
}
