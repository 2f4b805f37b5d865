/**
 * Domains of OCI's realms (`oc1`, `oc2`, …). Two realms can share one. A region of a realm that is not listed here is
 * reached by naming its endpoint in the settings.
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
 * May a request signed with the user's key go to this endpoint of `region`? Only when it is https on a Streaming host of
 * that region in one of OCI's own domains, or when it has the same origin as the endpoint that the user's settings name
 * for the region (`named`, by region: a private endpoint, an emulator on the loopback). An endpoint read from a file, from
 * the environment or from an answer is data: whoever wrote it must not choose who sees signed requests.
 */
export function trustedEndpoint(
  endpoint: string,
  region: string,
  named: Readonly<Record<string, string>>,
): EndpointTrust {
  // URL would pass over some of them, and what was written would not be what is used.
  if (/[\p{Cc}\p{Cf}\s]/u.test(endpoint)) return no('holds spaces or control characters');
  const url = URL.parse(endpoint);
  if (url === null) return no('is not a web address');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return no('has more than scheme, host and port');
  }
  // Never repeat what stands before the @: it may be a password. An empty user name leaves no trace in the URL.
  if (endpoint.includes('@')) return no('holds a user name or password');
  const own = URL.parse(named[region] ?? '');
  if (['http:', 'https:'].includes(url.protocol) && own?.origin === url.origin) return yes(url);
  if (url.protocol !== 'https:') return no(`(${url.protocol}//${url.host}) is not https`);
  if (!isStreamingHost(url.host, region)) {
    return no(`(${url.origin}) is not a Streaming host of ${region} in a domain of OCI`);
  }
  return yes(url);
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

function yes(url: URL): EndpointTrust {
  return { trusted: true, origin: url.origin };
}

function no(because: string): EndpointTrust {
  return { trusted: false, because };
}
