import type { Context, Reply, Request } from './operation.ts';
import { knownWorkRequest, workRequestView } from './work-request-view.ts';

export function getWorkRequest(context: Context, request: Request<'GetWorkRequest', 'workRequestId'>): Reply {
  return { status: 200, body: workRequestView(knownWorkRequest(context, request.path.workRequestId)) };
}
