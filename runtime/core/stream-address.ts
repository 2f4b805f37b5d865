import { trustedEndpoint } from './endpoint-trust.ts';

declare const checked: unique symbol;

/**
 * Where messages of a stream go. Only `checkStream` makes one, so whoever holds one may sign requests for it: the OCID is a
 * stream's, region and realm are the expected ones, and the endpoint is OCI's own or named by the user's settings.
 */
export interface StreamRef {
  readonly region: string;
  readonly ocid: string;
  /** Scheme, host and port, such as `https://cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com`. */
  readonly endpoint: string;
  readonly [checked]: true;
}

export interface StreamAddress {
  readonly ocid: string;
  readonly endpoint: string;
}

export interface AddressTrust {
  /** The region that the stream must be of. */
  readonly region: string;
  /** Region to the endpoint that the user's own settings name for it. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The realm that the stream must be of (`oc1`), where it is known: that of the compartment or of the other stream. */
  readonly realm?: string | undefined;
}

export type CheckedStream =
  | { readonly trusted: true; readonly stream: StreamRef }
  /** `problem` is a predicate about the `ocid` or the `endpoint`, without anything that could be a secret. */
  | { readonly trusted: false; readonly about: 'ocid' | 'endpoint'; readonly problem: string };

const STREAM_OCID = /^ocid1\.stream\.([a-z0-9-]+)\.([a-z0-9-]+)\.[A-Za-z0-9._-]{1,200}$/;

/** Streams of the two oldest regions carry a key where the others carry the region's name. */
const NAME_OF_KEY: Readonly<Record<string, string>> = { iad: 'us-ashburn-1', phx: 'us-phoenix-1' };

/** The region and the realm in a stream's OCID, or undefined when the text is not the OCID of a stream. */
export function partsOfStreamOcid(
  ocid: string,
): { readonly region: string; readonly realm: string } | undefined {
  const [, realm, part] = STREAM_OCID.exec(ocid) ?? [];
  if (realm === undefined || part === undefined) return undefined;
  return { region: NAME_OF_KEY[part] ?? part, realm };
}

/** The realm in any OCID (`oc1`), or undefined when the text is none. */
export function realmOfOcid(ocid: string | undefined): string | undefined {
  return /^ocid1\.[a-z]+\.([a-z0-9-]+)\./.exec(ocid ?? '')?.[1];
}

/** The one way to a `StreamRef`: for what settings, a record, the environment, a stack or the control plane name. */
export function checkStream(address: StreamAddress, trust: AddressTrust): CheckedStream {
  const { region, endpoints, realm } = trust;
  const parts = partsOfStreamOcid(address.ocid);
  if (parts === undefined) {
    return no('ocid', "is not a stream's OCID (ocid1.stream.<realm>.<region>.<unique>)");
  }
  if (parts.region !== region) return no('ocid', `is of ${parts.region}, and ${region} is expected`);
  if (realm !== undefined && parts.realm !== realm) {
    return no('ocid', `is of realm ${parts.realm}, and ${realm} is expected`);
  }
  const endpoint = trustedEndpoint(address.endpoint, region, endpoints);
  if (!endpoint.trusted) return no('endpoint', endpoint.because);
  return {
    trusted: true,
    stream: { region, ocid: address.ocid, endpoint: endpoint.origin } as StreamRef,
  };
}

function no(about: 'ocid' | 'endpoint', problem: string): CheckedStream {
  return { trusted: false, about, problem };
}
