import type { HttpClient } from 'oci-common';
import type { StreamAdminClient, StreamClient } from 'oci-streaming';

import { headerOf, type Reply } from './http/exchange.ts';

/** The two clients of the SDK. They compose requests and read answers; `HttpClient` is ours. */
export interface Sdk {
  readonly data: (origin: string, httpClient: HttpClient) => StreamClient;
  readonly admin: (origin: string, httpClient: HttpClient) => StreamAdminClient;
  /** The regional endpoint, by the SDK's own table of regions and realms. */
  adminEndpoint(region: string): string;
}

/** As in StreamAdminClient, where it is protected. */
const ADMIN_ENDPOINT = 'https://streaming.{region}.oci.{secondLevelDomain}';

/** Loads the SDK, whole: its modules cannot be had one by one. */
export async function loadSdk(): Promise<Sdk> {
  const [common, { StreamClient, StreamAdminClient }] = await Promise.all([
    import('oci-common'),
    import('oci-streaming'),
  ]);
  // One retry layer (p-retry) and one breaker (region health), neither of them the SDK's.
  const configuration = {
    retryConfiguration: common.NoRetryConfigurationDetails,
    circuitBreaker: new common.CircuitBreaker({ disableClientCircuitBreaker: true }),
  };
  // A client is two microseconds and no connection, so each call has its own, with its own time-out and signal.
  return {
    data(origin, httpClient) {
      const client = new StreamClient({ httpClient }, configuration);
      client.endpoint = origin;
      return client;
    },
    admin(origin, httpClient) {
      const client = new StreamAdminClient({ httpClient }, configuration);
      client.endpoint = origin;
      return client;
    },
    adminEndpoint: (region) => common.EndpointBuilder.createEndpointFromRegionId(ADMIN_ENDPOINT, region),
  };
}

/** An answer as the SDK wants it: the few members of `Response` that it touches after a success. */
export function sdkReply(reply: Reply): Response {
  const told = {
    status: reply.status,
    headers: { get: (name: string) => headerOf(reply, name) ?? null },
    json: () => Promise.resolve(JSON.parse(reply.body.toString('utf8')) as unknown),
  };
  return told as unknown as Response;
}

/** What the SDK is given for a success whose body it need not read. */
export function emptyReply(): Response {
  const told = { status: 200, headers: { get: () => null }, json: () => Promise.resolve(null) };
  return told as unknown as Response;
}

/**
 * What the SDK is given when a call has failed: a 200 whose body cannot be read. The SDK prints every other kind of failure
 * to the console, and turns it into an object that forgets headers and causes (oci-common 2.139.1, retrier.js).
 */
export function failedReply(): Response {
  const told = {
    status: 200,
    headers: { get: () => null },
    json: () => Promise.reject(new Error('the call has failed')),
  };
  return told as unknown as Response;
}

/**
 * A value for a query string. The SDK puts it there as it is (oci-common 2.139.1, request-generator.js), where a `+`, `&` or
 * `#` would break the call. The characters that `encodeURIComponent` leaves are encoded too: the SDK's signer, whose
 * bytes ours gives, reads the address with a parser that encodes some of them.
 */
export function queryValue(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
