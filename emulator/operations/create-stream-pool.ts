import { newEtag, newLabel, newOcid, type StreamPool } from '../state/index.ts';
import { startChange } from './change.ts';
import { givenFields } from './given-fields.ts';
import type { Context, Reply, Request } from './operation.ts';
import { poolView } from './resource-view.ts';
import { createOnce } from './retry-token.ts';
import { refusal } from './service-error.ts';

export function createStreamPool(context: Context, { body, headers }: Request<'CreateStreamPool'>): Reply {
  const { resource: pool, workRequestId } = createOnce(
    context,
    headers,
    body,
    ({ pools }) => pools,
    () => {
      const resource = newPool(context, body);
      context.region.pools.set(resource.id, resource);
      return {
        resource,
        workRequestId: startChange(context, { action: 'CREATE', kind: 'STREAM_POOL', resource }),
      };
    },
  );
  return {
    status: 200,
    headers: { etag: pool.etag, 'opc-work-request-id': workRequestId },
    body: poolView(context, pool),
  };
}

function newPool({ region, now, random }: Context, body: Request<'CreateStreamPool'>['body']): StreamPool {
  const { privateEndpointDetails: endpoint, customEncryptionKeyDetails: encryption } = body;
  if (endpoint?.privateEndpointIp !== undefined && endpoint.subnetId === undefined) {
    throw refusal.missing('privateEndpointDetails.subnetId');
  }
  return {
    id: newOcid('streampool', region.name, random),
    name: body.name,
    compartmentId: body.compartmentId,
    lifecycleState: 'CREATING',
    timeCreated: now,
    etag: newEtag(random),
    freeformTags: body.freeformTags ?? {},
    definedTags: body.definedTags ?? {},
    isDefault: false,
    endpointLabel: endpoint === undefined ? 'cell-1' : newLabel(random),
    kafkaSettings: givenFields(body.kafkaSettings),
    ...(encryption === undefined ? {} : { kmsKeyId: encryption.kmsKeyId }),
    ...(endpoint === undefined ? {} : { privateEndpointSettings: withAddress(endpoint, random) }),
    securityAttributes: body.securityAttributes ?? {},
  };
}

type Endpoint = NonNullable<Request<'CreateStreamPool'>['body']['privateEndpointDetails']>;

/** Where none is given, the service takes a free address of the subnet; which ones the subnet has is not known here. */
function withAddress(endpoint: Endpoint, random: () => number): Endpoint {
  if (endpoint.subnetId === undefined) return endpoint;
  const privateEndpointIp = `10.0.${Math.floor(random() * 256)}.${2 + Math.floor(random() * 253)}`;
  return { privateEndpointIp, ...endpoint };
}
