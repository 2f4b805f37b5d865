import { knownHarness } from './known.ts';
import type { Context, Reply, Request } from './operation.ts';
import { harnessView } from './resource-view.ts';

export function getConnectHarness(
  context: Context,
  request: Request<'GetConnectHarness', 'connectHarnessId'>,
): Reply {
  const harness = knownHarness(context, request.path.connectHarnessId);
  return { status: 200, headers: { etag: harness.etag }, body: harnessView(harness) };
}
