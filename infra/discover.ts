import type { ProviderResource } from '@pulumi/pulumi';
import { getStream } from '@pulumi/oci/streaming/getStream.js';
import { getStreams, type GetStreamsArgs } from '@pulumi/oci/streaming/getStreams.js';
import type { Configuration } from './configuration.ts';
import {
  type DiscoveredStreams,
  type Listing,
  type LiveStream,
  type StreamLookup,
  type RememberedSecondary,
} from './discovered-streams.ts';
import { ownedStream, type PreviousState } from './previous-state.ts';
import { withProgress } from './progress.ts';
import type { RuntimeRecord } from './record.ts';

interface Regions {
  readonly primary: ProviderResource;
  readonly secondary: ProviderResource;
}

/** Asks both regions for their streams. A region that does not answer is a result, and does not stop the update. */
export async function discoverStreams(
  configuration: Configuration,
  previous: PreviousState,
  record: RuntimeRecord,
  regions: Regions,
): Promise<DiscoveredStreams> {
  const [primary, secondary] = await Promise.all([
    discoverPrimary(configuration, previous, record, regions.primary),
    discoverSecondary(configuration, previous, record, regions.secondary),
  ]);
  return { primary, secondary };
}

async function discoverPrimary(
  configuration: Configuration,
  previous: PreviousState,
  record: RuntimeRecord,
  provider: ProviderResource,
): Promise<DiscoveredStreams['primary']> {
  const { compartmentId, streamPoolId, streamName: name, primaryRegion: region } = configuration;
  const owned = ownedStream(configuration, previous, 'primary');
  if (!owned) {
    const pool = streamPoolId ?? previous.pools.find((made) => made.role === 'primary')?.ocid;
    if (configuration.primaryPool && pool === undefined) return {};
    return { named: await list({ name, ...place(compartmentId, pool) }, region, provider) };
  }
  const isOut = record.activeRegion !== undefined && record.activeRegion !== region;
  return {
    owned: isOut ? { type: 'not-asked' } : await look(owned.ocid, owned.compartmentId, region, provider),
  };
}

async function discoverSecondary(
  configuration: Configuration,
  previous: PreviousState,
  record: RuntimeRecord,
  provider: ProviderResource,
): Promise<DiscoveredStreams['secondary']> {
  const {
    compartmentId,
    secondaryStreamPoolId,
    secondaryStreamName,
    secondaryRegion: region,
  } = configuration;
  const byName = () =>
    list({ name: secondaryStreamName, ...place(compartmentId, secondaryStreamPoolId) }, region, provider);
  if (configuration.standby === 'warm') {
    const owned = ownedStream(configuration, previous, 'secondary');
    if (owned) {
      const seen = await look(owned.ocid, owned.compartmentId, region, provider);
      return { owned: seen, ...(seen.type === 'gone' && { named: await byName() }) };
    }
  }
  const remembered = rememberedSecondary(previous, record, region);
  const named = await byName();
  if (!remembered) return { named };
  const listed = named.type === 'answered' && named.streams.find(({ ocid }) => ocid === remembered.ocid);
  // The stream may have another name or compartment, if it was created by hand for the Java program.
  const seen: StreamLookup = listed
    ? { type: 'present', stream: listed }
    : named.type === 'failed'
      ? named
      : await look(remembered.ocid, compartmentId, region, provider);
  return { named, remembered: { ...remembered, look: seen } };
}

function rememberedSecondary(
  { lastOutputs }: PreviousState,
  { secondary }: RuntimeRecord,
  region: string,
): RememberedSecondary | undefined {
  if (secondary) return { ...secondary, from: 'stream.properties' };
  if (lastOutputs.secondary?.region !== region) return undefined;
  const { ocid, endpoint } = lastOutputs.secondary;
  return { ocid, endpoint, from: 'the last update' };
}

/** OCI accepts only one of the two. Names are unique in a pool. */
function place(compartmentId: string, streamPoolId: string | undefined): Partial<GetStreamsArgs> {
  return streamPoolId === undefined ? { compartmentId } : { streamPoolId };
}

/** OCI also answers 404 if this user may not read the stream; only a listing without it shows that it is gone. */
async function look(
  ocid: string,
  compartmentId: string,
  region: string,
  provider: ProviderResource,
): Promise<StreamLookup> {
  try {
    const asked = getStream({ streamId: ocid }, { provider });
    const stream = await withProgress(`${region} to say whether ${ocid} is there`, asked);
    return isLive(stream) ? { type: 'present', stream: live(stream) } : { type: 'gone' };
  } catch (error) {
    const because = words(error);
    // The provider passes the service's status in the text only.
    if (!/\b404\b/.test(because)) return { type: 'failed', because };
    const listed = await list({ compartmentId, id: ocid }, region, provider);
    if (listed.type === 'failed') return listed;
    const [stream] = listed.streams;
    return stream ? { type: 'present', stream } : { type: 'gone' };
  }
}

async function list(filter: GetStreamsArgs, region: string, provider: ProviderResource): Promise<Listing> {
  try {
    const asked = getStreams(filter, { provider });
    const { streams } = await withProgress(
      `${region} to list its streams ${filter.name === undefined ? `with the OCID ${filter.id}` : `called ${filter.name}`}`,
      asked,
    );
    return { type: 'answered', streams: streams.filter(isLive).map(live) };
  } catch (error) {
    return { type: 'failed', because: words(error) };
  }
}

const isLive = ({ state }: { readonly state: string }): boolean =>
  ['CREATING', 'ACTIVE', 'UPDATING'].includes(state);

type Shown = Omit<LiveStream, 'ocid' | 'endpoint'> & {
  readonly id: string;
  readonly messagesEndpoint: string;
};

function live(shown: Shown): LiveStream {
  const {
    id,
    messagesEndpoint,
    name,
    partitions,
    retentionInHours,
    compartmentId,
    streamPoolId,
    freeformTags,
  } = shown;
  return {
    ocid: id,
    endpoint: messagesEndpoint,
    name,
    partitions,
    // Listings have 0 here.
    ...(retentionInHours !== undefined && retentionInHours > 0 && { retentionInHours }),
    compartmentId,
    streamPoolId,
    freeformTags,
  };
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
