import { checkActive, checkEtag, startChange } from './change.ts';
import { knownHarness } from './known.ts';
import type { Context, Reply, Request } from './operation.ts';
import { harnessView } from './resource-view.ts';

/** Only the tags can change. */
export function updateConnectHarness(
  context: Context,
  request: Request<'UpdateConnectHarness', 'connectHarnessId'>,
): Reply {
  const { body, headers, path } = request;
  const harness = knownHarness(context, path.connectHarnessId);
  checkActive(harness);
  checkEtag(headers, harness);
  harness.freeformTags = body.freeformTags ?? harness.freeformTags;
  harness.definedTags = body.definedTags ?? harness.definedTags;
  const workRequestId = startChange(context, {
    action: 'UPDATE',
    kind: 'CONNECT_HARNESS',
    resource: harness,
  });
  return {
    status: 200,
    headers: { etag: harness.etag, 'opc-work-request-id': workRequestId },
    body: harnessView(harness),
  };
}
