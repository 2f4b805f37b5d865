import { changeStreamCompartment } from './change-stream-compartment.ts';
import { consumerCommit } from './consumer-commit.ts';
import { consumerHeartbeat } from './consumer-heartbeat.ts';
import { createCursor } from './create-cursor.ts';
import { createGroupCursor } from './create-group-cursor.ts';
import { createStream } from './create-stream.ts';
import { deleteStream } from './delete-stream.ts';
import { getGroup } from './get-group.ts';
import { getMessages } from './get-messages.ts';
import { getStream } from './get-stream.ts';
import { getWorkRequest } from './get-work-request.ts';
import { listStreams } from './list-streams.ts';
import { listWorkRequestErrors, listWorkRequestLogs } from './list-work-request-notes.ts';
import { listWorkRequests } from './list-work-requests.ts';
import { route } from './route.ts';
import { putMessages } from './put-messages.ts';
import { updateGroup } from './update-group.ts';
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
