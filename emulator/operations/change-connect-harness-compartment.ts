import { checkActive, checkEtag, startChange } from './change.ts';
import { knownHarness } from './known.ts';
import type { Context, Reply, Request } from './operation.ts';

export function changeConnectHarnessCompartment(
  context: Context,
  request: Request<'ChangeConnectHarnessCompartment', 'connectHarnessId'>,
): Reply {
  const harness = knownHarness(context, request.path.connectHarnessId);
  checkActive(harness);
  checkEtag(request.headers, harness);
  harness.compartmentId = request.body.compartmentId;
  const workRequestId = startChange(context, {
    action: 'UPDATE',
    kind: 'CONNECT_HARNESS',
    resource: harness,
  });
  return { status: 204, headers: { 'opc-work-request-id': workRequestId } };
}
