import type { HttpClient } from 'oci-common';
import type { StreamAdminClient, StreamClient } from 'oci-streaming';

/** The two clients of the SDK. They compose requests and read answers; `HttpClient` is ours. */
export interface Sdk {
  data(origin: string, httpClient: HttpClient): StreamClient;
  admin(origin: string, httpClient: HttpClient): StreamAdminClient;
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
