import type { RequestListener } from 'node:http';

/** `streaming.{region}.oci.…`, or a pool's `{label}.streaming.{region}.oci.…`. */
const SERVICE_HOST = /^(?:[a-z0-9-]+\.)?(streaming\.([a-z0-9-]+)\.(?:oci\.)?oraclecloud\w*\.\w+(?::\d+)?)$/i;

/** `streaming.{region}.oci.…` with its port, if the caller used it as host. */
export function serviceHostOf(host: string | undefined): string | undefined {
  return SERVICE_HOST.exec(host ?? '')?.[1];
}

/**
 * Chooses the region by host name, for clients that cannot change their endpoint: on every listener
 * `streaming.sa-vinhedo-1.oci.oraclecloud.com` is Vinhedo. Any other host is the listener's own region.
 */
export function routeByHost(
  own: RequestListener,
  others: (region: string) => RequestListener | undefined,
): RequestListener {
  return (request, response) => {
    const region = SERVICE_HOST.exec(request.headers.host ?? '')?.[2];
    const handler = region === undefined ? own : (others(region.toLowerCase()) ?? own);
    handler(request, response);
  };
}
