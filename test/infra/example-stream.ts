import type { LiveStream } from '../../infra/live-stream.ts';

/** A stream in Vinhedo as a listing shows it, but for what the test is about. */
export function exampleStream(about: Partial<LiveStream> = {}): LiveStream {
  const { ocid = 'ocid1.stream.oc1.sa-vinhedo-1.amaaaaaab' } = about;
  return {
    ocid,
    endpoint: `https://${ocid}.example`,
    name: 'OCI-SECONDARY-STREAM',
    partitions: 1,
    freeformTags: {},
    ...about,
  };
}
