import { checkDeletable, checkEtag, startChange } from './change.ts';
import { knownHarness } from './known.ts';
import type { Context, Reply, Request } from './operation.ts';

export function deleteConnectHarness(
  context: Context,
  request: Request<'DeleteConnectHarness', 'connectHarnessId'>,
): Reply {
  const harness = knownHarness(context, request.path.connectHarnessId);
  checkDeletable(harness);
  checkEtag(request.headers, harness);
  const workRequestId = startChange(context, {
    action: 'DELETE',
    kind: 'CONNECT_HARNESS',
    resource: harness,
  });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}
