import { log, type ProviderResource } from '@pulumi/pulumi';
import { getStreams, type GetStreamsArgs } from '@pulumi/oci/streaming/getStreams.js';
import { getStream } from '@pulumi/oci/streaming/getStream.js';
import type { Configuration } from './configuration.ts';
import { lastKnownSecondary } from './last-update.ts';
import type { LiveStream } from './live-stream.ts';
import { madeByStack } from './marks.ts';
import type { Sight } from './plan.ts';
import type { RuntimeRecord } from './record.ts';
import { chooseSecondary, type Listing } from './secondary-choice.ts';

/** Asks both regions what is there. A region that does not answer is a warning, never the end of an update. */
export async function lookAround(
  configuration: Configuration,
  stack: string,
  record: RuntimeRecord,
  regions: { readonly primary: ProviderResource; readonly secondary: ProviderResource },
): Promise<Sight> {
  const [primary, secondary] = await Promise.all([
    seePrimary(configuration, stack, record, regions.primary),
    seeSecondary(configuration, stack, record, regions.secondary),
  ]);
  return { ...(primary && { primary }), secondary };
}

/**
 * The primary as it lives, to refuse a change that would replace it. Not asked while the record says that messages go
 * elsewhere: a region in an outage would hold the update up for minutes, and `protect` refuses in any case.
 */
async function seePrimary(
  configuration: Configuration,
  stack: string,
  record: RuntimeRecord,
  provider: ProviderResource,
): Promise<LiveStream | undefined> {
  const { compartmentId, streamName, primaryRegion } = configuration;
  if (record.activeRegion !== undefined && record.activeRegion !== primaryRegion) return undefined;
  try {
    const listed = await listActive({ compartmentId, name: streamName }, provider);
    const found = listed.find((stream) => madeByStack(stream, stack));
    if (!found) return undefined;
    const { retentionInHours } = await getStream({ streamId: found.ocid }, { provider });
    return { ...found, retentionInHours };
  } catch (error) {
    await log.warn(`The primary could not be looked at, so only \`protect\` guards it now: ${words(error)}`);
    return undefined;
  }
}

async function seeSecondary(
  { compartmentId, secondaryStreamName, standby }: Configuration,
  stack: string,
  record: RuntimeRecord,
  provider: ProviderResource,
): Promise<Sight['secondary']> {
  const listing = await listSecondaries(compartmentId, secondaryStreamName, record.secondary?.ocid, provider);
  // A warm standby stays the stack's own: another in its place would have Pulumi delete it.
  const own =
    standby === 'warm' && listing.state === 'answered' && listing.streams.find((s) => madeByStack(s, stack));
  const recorded = record.secondary && { ...record.secondary, from: 'stream.properties' };
  const choice = chooseSecondary(listing, own ? { ...own, from: 'this stack' } : recorded);
  if (choice.secondary) return choice;
  return chooseSecondary(listing, await lastKnownSecondary());
}

async function listSecondaries(
  compartmentId: string,
  name: string,
  recordedOcid: string | undefined,
  provider: ProviderResource,
): Promise<Listing> {
  try {
    const streams = await listActive({ compartmentId, name }, provider);
    const isListed = streams.some((stream) => stream.ocid === recordedOcid);
    if (recordedOcid === undefined || isListed) return { state: 'answered', streams };
    // A record may name a stream of another name: one that the Java program was given by hand.
    const recorded = await listActive({ compartmentId, id: recordedOcid }, provider);
    return { state: 'answered', streams: [...recorded, ...streams] };
  } catch (error) {
    return { state: 'failed', because: words(error) };
  }
}

async function listActive(filter: GetStreamsArgs, provider: ProviderResource): Promise<LiveStream[]> {
  const { streams } = await getStreams({ ...filter, state: 'ACTIVE' }, { provider });
  return streams.map((stream) => ({
    ocid: stream.id,
    endpoint: stream.messagesEndpoint,
    name: stream.name,
    partitions: stream.partitions,
    freeformTags: stream.freeformTags,
  }));
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
