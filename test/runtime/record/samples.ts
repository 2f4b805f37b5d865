import type { StreamRef } from '../../../runtime/core/index.ts';
import type { StreamRecord } from '../../../runtime/record/index.ts';
import { streamRef } from '../../support/stream-ref.ts';

/** The settings of most tests: OCI's own hosts, nothing named by the user. */
export const settings = { primaryRegion: 'sa-saopaulo-1', secondaryRegion: 'sa-vinhedo-1', endpoints: {} };

export const ENDPOINT = 'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com';

export function ocidOf(unique: string, region = 'sa-vinhedo-1'): string {
  return `ocid1.stream.oc1.${region}.${unique}`;
}

export function secondaryOf(unique: string): StreamRef {
  return streamRef('sa-vinhedo-1', ocidOf(unique));
}

/** A record after a failover to the stream of that name. */
export function recordOf(unique: string): StreamRecord & { activeRegion: string } {
  return {
    secondary: secondaryOf(unique),
    activeRegion: 'sa-vinhedo-1',
    activeSince: '2026-10-03T01:02:03.004Z',
  };
}
