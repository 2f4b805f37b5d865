import { checkActive, checkEtag, startChange } from './change.ts';
import { givenFields } from './given-fields.ts';
import { knownPool } from './known.ts';
import type { Context, Reply, Request } from './operation.ts';
import { poolView } from './resource-view.ts';

/** The private endpoint never changes. */
export function updateStreamPool(
  context: Context,
  request: Request<'UpdateStreamPool', 'streamPoolId'>,
): Reply {
  const { body, headers, path } = request;
  const pool = knownPool(context, path.streamPoolId);
  checkActive(pool);
  checkEtag(headers, pool);
  pool.name = body.name ?? pool.name;
  pool.kafkaSettings = { ...pool.kafkaSettings, ...givenFields(body.kafkaSettings) };
  if (body.customEncryptionKeyDetails !== undefined) pool.kmsKeyId = body.customEncryptionKeyDetails.kmsKeyId;
  pool.securityAttributes = body.securityAttributes ?? pool.securityAttributes;
  pool.freeformTags = body.freeformTags ?? pool.freeformTags;
  pool.definedTags = body.definedTags ?? pool.definedTags;
  const workRequestId = startChange(context, { action: 'UPDATE', kind: 'STREAM_POOL', resource: pool });
  return {
    status: 200,
    headers: { etag: pool.etag, 'opc-work-request-id': workRequestId },
    body: poolView(context, pool),
  };
}
