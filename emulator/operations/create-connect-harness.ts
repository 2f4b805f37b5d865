import { newEtag, newOcid, type ConnectHarness } from '../state/index.ts';
import { startChange } from './change.ts';
import type { Context, Reply, Request } from './operation.ts';
import { harnessView } from './resource-view.ts';
import { createOnce } from './retry-token.ts';

export function createConnectHarness(
  context: Context,
  { body, headers }: Request<'CreateConnectHarness'>,
): Reply {
  const { region, now, random } = context;
  const { resource: harness, workRequestId } = createOnce(
    context,
    headers,
    body,
    ({ harnesses }) => harnesses,
    () => {
      const resource: ConnectHarness = {
        id: newOcid('connectharness', region.name, random),
        name: body.name,
        compartmentId: body.compartmentId,
        lifecycleState: 'CREATING',
        timeCreated: now,
        etag: newEtag(random),
        freeformTags: body.freeformTags ?? {},
        definedTags: body.definedTags ?? {},
      };
      region.harnesses.set(resource.id, resource);
      return {
        resource,
        workRequestId: startChange(context, { action: 'CREATE', kind: 'CONNECT_HARNESS', resource }),
      };
    },
  );
  return {
    status: 200,
    headers: { etag: harness.etag, 'opc-work-request-id': workRequestId },
    body: harnessView(harness),
  };
}
