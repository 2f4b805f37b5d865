import { checkStream, type StreamRef } from '../../runtime/core/index.ts';

/** The checked address of a stream for tests: by default on a host of OCI's own; `endpoint` counts as the user's own. */
export function streamRef(region: string, ocid: string, endpoint?: string): StreamRef {
  const address = { ocid, endpoint: endpoint ?? `https://cell-1.streaming.${region}.oci.oraclecloud.com` };
  const endpoints = endpoint === undefined ? {} : { [region]: endpoint };
  const checked = checkStream(address, { region, endpoints });
  if (!checked.trusted) throw new Error(`a test's stream: its ${checked.about} ${checked.problem}`);
  return checked.stream;
}
