declare const checked: unique symbol;

/**
 * The checked address of a stream. Only `checkStream` makes one, so a request to it may be signed: the OCID is that of
 * a stream, region and realm are the expected ones, and the endpoint is OCI's own or named in the user's settings.
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
  /** The endpoints that the user's own settings name, by region. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** The realm that the stream must be of (`oc1`), where it is known from the compartment or from the other stream. */
  readonly realm?: string | undefined;
}

export type CheckedStream =
  | { readonly trusted: true; readonly stream: StreamRef }
  /** `problem` is a predicate about the `ocid` or the `endpoint`, without a value that could be a secret. */
  | { readonly trusted: false; readonly about: 'ocid' | 'endpoint'; readonly problem: string };

const STREAM_OCID = /^ocid1\.stream\.([a-z0-9-]+)\.([a-z0-9-]+)\.[A-Za-z0-9._-]{1,200}$/;

/** OCIDs in the two oldest regions have a short key instead of the region's name. */
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

/**
 * The only way to a `StreamRef`, for the addresses in settings, a record, the environment, a stack, or an answer of the
 * control plane.
 */
export function checkStream(address: StreamAddress, trust: AddressTrust): CheckedStream {
  const { region, endpoints, realm } = trust;
  const parts = partsOfStreamOcid(address.ocid);
  if (parts === undefined) {
    return unusable('ocid', "is not a stream's OCID (ocid1.stream.<realm>.<region>.<unique>)");
  }
  if (parts.region !== region) return unusable('ocid', `is of ${parts.region}, and ${region} is expected`);
  if (realm !== undefined && parts.realm !== realm) {
    return unusable('ocid', `is of realm ${parts.realm}, and ${realm} is expected`);
  }
  const endpoint = trustedEndpoint(address.endpoint, region, endpoints);
  if (!endpoint.trusted) return unusable('endpoint', endpoint.because);
  return {
    trusted: true,
    stream: { region, ocid: address.ocid, endpoint: endpoint.origin } as StreamRef,
  };
}

/** Why the stream that a control plane names is not used, and what to do where it may be used all the same. */
export function whyUntrusted(
  { about, problem }: Extract<CheckedStream, { trusted: false }>,
  region: string,
): string {
  const remedy = about === 'endpoint' ? ` If it is yours, name it: ${endpointVariable(region)}=…` : '';
  return `its ${about} ${problem}.${remedy}`;
}

function unusable(about: 'ocid' | 'endpoint', problem: string): CheckedStream {
  return { trusted: false, about, problem };
}

/**
 * Domains of OCI's realms (`oc1`, `oc2`, …). Two realms can share one. For a region of another realm, the settings must
 * name the endpoint.
 */
const REALM_DOMAINS: readonly string[] = [
  'oraclecloud.com', // oc1
  'oraclegovcloud.com', // oc2, oc3
  'oraclegovcloud.uk', // oc4
  'oraclecloud.eu', // oc19
  ...[8, 9, 10, 14, 15, 20, 21, 23, 24, 26, 29, 35, 42, 51, 52].map((realm) => `oraclecloud${realm}.com`),
];

export type EndpointTrust =
  /** `origin` is what to send to: scheme, host and port, without a slash at the end. */
  | { readonly trusted: true; readonly origin: string }
  /** `because` is a predicate (`is not https`) for a sentence that begins with where the endpoint was found. */
  | { readonly trusted: false; readonly because: string };

/**
 * Whether a request signed with the user's key may be sent to this endpoint of `region`: only when it is https on a
 * Streaming host of that region in one of OCI's domains, or has the origin of the endpoint that the user's settings
 * name for the region (`named`, by region: a private endpoint, an emulator on this machine). An endpoint from a file,
 * the environment or an answer is data: its author must not decide who receives signed requests.
 */
export function trustedEndpoint(
  endpoint: string,
  region: string,
  named: Readonly<Record<string, string>>,
): EndpointTrust {
  // `URL` drops some of these, so the host that is used would not be the one that was written.
  if (/[\p{Cc}\p{Cf}\s]/u.test(endpoint)) return untrusted('holds spaces or control characters');
  const url = URL.parse(endpoint);
  if (url === null) return untrusted('is not a web address');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return untrusted('has more than scheme, host and port');
  }
  // Never repeat what stands before the @: it may be a password. `URL` does not show an empty user name, hence the
  // text.
  if (endpoint.includes('@')) return untrusted('holds a user name or password');
  const own = URL.parse(named[region] ?? '');
  if (['http:', 'https:'].includes(url.protocol) && own?.origin === url.origin) return trusted(url);
  if (url.protocol !== 'https:') return untrusted(`(${url.protocol}//${url.host}) is not https`);
  if (!isStreamingHost(url.host, region)) {
    return untrusted(`(${url.origin}) is not a Streaming host of ${region} in a domain of OCI`);
  }
  return trusted(url);
}

/** The environment variable by which a user names the endpoint of a region: `OCI_STREAMING_ENDPOINT_SA_VINHEDO_1`. */
export function endpointVariable(region: string): string {
  return `OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * `cell-1.streaming.<region>.oci.<domain>`, a private pool's `<label>.streaming.…`, or the regional `streaming.…`. `host`
 * comes from a URL: in lower case, and with a port unless it is https's own, so another port does not match.
 */
function isStreamingHost(host: string, region: string): boolean {
  const service = REALM_DOMAINS.map((domain) => `streaming.${region}.oci.${domain}`);
  const suffix = service.find((name) => host.endsWith(name));
  return suffix !== undefined && /^([a-z0-9-]+\.)?$/.test(host.slice(0, -suffix.length));
}

function trusted(url: URL): EndpointTrust {
  return { trusted: true, origin: url.origin };
}

function untrusted(because: string): EndpointTrust {
  return { trusted: false, because };
}
