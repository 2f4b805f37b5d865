import { changeConnectHarnessCompartment } from './change-connect-harness-compartment.ts';
import { changeStreamCompartment } from './change-stream-compartment.ts';
import { changeStreamPoolCompartment } from './change-stream-pool-compartment.ts';
import { consumerCommit } from './consumer-commit.ts';
import { consumerHeartbeat } from './consumer-heartbeat.ts';
import { createConnectHarness } from './create-connect-harness.ts';
import { createCursor } from './create-cursor.ts';
import { createGroupCursor } from './create-group-cursor.ts';
import { createStreamPool } from './create-stream-pool.ts';
import { createStream } from './create-stream.ts';
import { deleteConnectHarness } from './delete-connect-harness.ts';
import { deleteStreamPool } from './delete-stream-pool.ts';
import { deleteStream } from './delete-stream.ts';
import { getConnectHarness } from './get-connect-harness.ts';
import { getGroup } from './get-group.ts';
import { getMessages } from './get-messages.ts';
import { getStreamPool } from './get-stream-pool.ts';
import { getStream } from './get-stream.ts';
import { getWorkRequest } from './get-work-request.ts';
import { listConnectHarnesses } from './list-connect-harnesses.ts';
import { listStreamPools } from './list-stream-pools.ts';
import { listStreams } from './list-streams.ts';
import { listWorkRequestErrors, listWorkRequestLogs } from './list-work-request-notes.ts';
import { listWorkRequests } from './list-work-requests.ts';
import { putMessages } from './put-messages.ts';
import { route } from './route.ts';
import { updateConnectHarness } from './update-connect-harness.ts';
import { updateGroup } from './update-group.ts';
import { updateStreamPool } from './update-stream-pool.ts';
import { updateStream } from './update-stream.ts';

/** Where each operation stands: data plane first, then the admin plane. Paths are below `/20180418`. */
export const routes = [
  route('data', 'PutMessages', 'POST', '/streams/{streamId}/messages', putMessages),
  route('data', 'GetMessages', 'GET', '/streams/{streamId}/messages', getMessages),
  route('data', 'CreateCursor', 'POST', '/streams/{streamId}/cursors', createCursor),
  route('data', 'CreateGroupCursor', 'POST', '/streams/{streamId}/groupCursors', createGroupCursor),
  route('data', 'ConsumerCommit', 'POST', '/streams/{streamId}/commit', consumerCommit),
  route('data', 'ConsumerHeartbeat', 'POST', '/streams/{streamId}/heartbeat', consumerHeartbeat),
  route('data', 'GetGroup', 'GET', '/streams/{streamId}/groups/{groupName}', getGroup),
  route('data', 'UpdateGroup', 'PUT', '/streams/{streamId}/groups/{groupName}', updateGroup),

  route('admin', 'CreateStream', 'POST', '/streams', createStream),
  route('admin', 'ListStreams', 'GET', '/streams', listStreams),
  route('admin', 'GetStream', 'GET', '/streams/{streamId}', getStream),
  route('admin', 'UpdateStream', 'PUT', '/streams/{streamId}', updateStream),
  route('admin', 'DeleteStream', 'DELETE', '/streams/{streamId}', deleteStream),
  route(
    'admin',
    'ChangeStreamCompartment',
    'POST',
    '/streams/{streamId}/actions/changeCompartment',
    changeStreamCompartment,
  ),

  route('admin', 'CreateStreamPool', 'POST', '/streampools', createStreamPool),
  route('admin', 'ListStreamPools', 'GET', '/streampools', listStreamPools),
  route('admin', 'GetStreamPool', 'GET', '/streampools/{streamPoolId}', getStreamPool),
  route('admin', 'UpdateStreamPool', 'PUT', '/streampools/{streamPoolId}', updateStreamPool),
  route('admin', 'DeleteStreamPool', 'DELETE', '/streampools/{streamPoolId}', deleteStreamPool),
  route(
    'admin',
    'ChangeStreamPoolCompartment',
    'POST',
    '/streampools/{streamPoolId}/actions/changeCompartment',
    changeStreamPoolCompartment,
  ),

  route('admin', 'CreateConnectHarness', 'POST', '/connectharnesses', createConnectHarness),
  route('admin', 'ListConnectHarnesses', 'GET', '/connectharnesses', listConnectHarnesses),
  route('admin', 'GetConnectHarness', 'GET', '/connectharnesses/{connectHarnessId}', getConnectHarness),
  route('admin', 'UpdateConnectHarness', 'PUT', '/connectharnesses/{connectHarnessId}', updateConnectHarness),
  route(
    'admin',
    'DeleteConnectHarness',
    'DELETE',
    '/connectharnesses/{connectHarnessId}',
    deleteConnectHarness,
  ),
  route(
    'admin',
    'ChangeConnectHarnessCompartment',
    'POST',
    '/connectharnesses/{connectHarnessId}/actions/changeCompartment',
    changeConnectHarnessCompartment,
  ),

  route('admin', 'ListWorkRequests', 'GET', '/workRequests', listWorkRequests),
  route('admin', 'GetWorkRequest', 'GET', '/workRequests/{workRequestId}', getWorkRequest),
  route(
    'admin',
    'ListWorkRequestErrors',
    'GET',
    '/workRequests/{workRequestId}/errors',
    listWorkRequestErrors,
  ),
  route('admin', 'ListWorkRequestLogs', 'GET', '/workRequests/{workRequestId}/logs', listWorkRequestLogs),
] as const;
