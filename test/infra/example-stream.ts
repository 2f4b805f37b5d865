import type { LiveStream } from '../../infra/discovered-streams.ts';
import type { OwnedStream, PreviousState } from '../../infra/previous-state.ts';
import { stackTags } from '../../infra/tags.ts';
import { compartmentId } from './example-configuration.ts';

export const stack = 'oci-streaming-ha/test';

/** A stream in Vinhedo as a listing shows it, but for what the test is about. */
export function exampleStream(about: Partial<LiveStream> = {}): LiveStream {
  const { ocid = 'ocid1.stream.oc1.sa-vinhedo-1.amaaaaaab' } = about;
  return {
    ocid,
    endpoint: `https://${ocid}.example`,
    name: 'OCI-SECONDARY-STREAM',
    partitions: 1,
    compartmentId,
    streamPoolId: 'ocid1.streampool.oc1.sa-vinhedo-1.default',
    freeformTags: {},
    ...about,
  };
}

/** The primary as the state of the stack has it after a first update with the defaults. */
export function ownedPrimary(about: Partial<OwnedStream> = {}): OwnedStream {
  return {
    ...exampleStream({ ocid: 'ocid1.stream.oc1.sa-saopaulo-1.amaaaaaaa', name: 'OCI-PRIMARY-STREAM' }),
    role: 'primary',
    region: 'sa-saopaulo-1',
    retentionInHours: 24,
    freeformTags: stackTags(stack),
    ...about,
  };
}

/** The same of a warm standby. */
export function ownedSecondary(about: Partial<OwnedStream> = {}): OwnedStream {
  return {
    ...exampleStream(),
    role: 'secondary',
    region: 'sa-vinhedo-1',
    retentionInHours: 24,
    freeformTags: stackTags(stack),
    ...about,
  };
}

/** After an update that went through, with protection on. */
export function stateOf(streams: readonly OwnedStream[], about: Partial<PreviousState> = {}): PreviousState {
  return { streams, pools: [], lastOutputs: { protect: true }, ...about };
}
