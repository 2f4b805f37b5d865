import {
  changeConnectHarnessCompartment,
  createConnectHarness,
  deleteConnectHarness,
  getConnectHarness,
  listConnectHarnesses,
  updateConnectHarness,
} from './connect-harnesses.ts';
import {
  consumerCommit,
  consumerHeartbeat,
  createGroupCursor,
  getGroup,
  updateGroup,
} from './consumer-groups.ts';
import { createCursor } from './cursors.ts';
import { getMessages } from './get-messages.ts';
import type { Call, Context, Reply, Request } from './operation.ts';
import { putMessages } from './put-messages.ts';
import type { Check } from './schemas.ts';
import { refusal } from './service-error.ts';
import {
  changeStreamPoolCompartment,
  createStreamPool,
  deleteStreamPool,
  getStreamPool,
  listStreamPools,
  updateStreamPool,
} from './stream-pools.ts';
import {
  changeStreamCompartment,
  createStream,
  deleteStream,
  getStream,
  listStreams,
  updateStream,
} from './streams.ts';
import { type BodyOf, type OperationName, type QueryOf, validations } from './validations.ts';
import {
  getWorkRequest,
  listWorkRequestErrors,
  listWorkRequestLogs,
  listWorkRequests,
} from './work-requests.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The names between braces in a path template. */
type PartOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PartOf<Rest>
  : never;

/** One row of the table of routes. */
interface Route {
  readonly plane: 'data' | 'admin';
  readonly operation: OperationName;
  readonly method: Method;
  readonly path: string;
  /** Checks the call and performs it. Throws a `ServiceError` if the service would refuse it. */
  readonly perform: (context: Context, parts: Readonly<Record<string, string>>, call: Call) => Reply;
}

function route<Name extends OperationName, Path extends string>(
  plane: Route['plane'],
  operation: Name,
  method: Method,
  path: Path,
  perform: (context: Context, request: Request<Name, PartOf<Path>>) => Reply,
): Route {
  const checks: { readonly query?: Check<unknown>; readonly body?: Check<unknown> } = validations[operation];
  return {
    plane,
    operation,
    method,
    path,
    perform(context, parts, call) {
      return perform(context, {
        path: parts,
        query: checks.query?.(call.query) as QueryOf<Name>,
        body: checks.body?.(call.body) as BodyOf<Name>,
        headers: call.headers,
      });
    },
  };
}

/** Method and path of each operation, data plane first. Paths are below `/20180418`. */
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

const BASE_PATH = '/20180418';

const patterns = routes.map((route) => ({
  route,
  pattern: new RegExp(`^${BASE_PATH}${route.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`),
}));

export interface Match {
  readonly route: Route;
  /** The path parameters, decoded. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Finds the operation. Throws 404 for an unknown path, 405 for a known path with another method. */
export function findRoute(method: string, path: string): Match {
  let known = false;
  for (const { route, pattern } of patterns) {
    const match = pattern.exec(path);
    if (match === null) continue;
    known = true;
    if (route.method === method) return { route, parts: decoded(match.groups ?? {}) };
  }
  throw known ? refusal.wrongMethod(method, path) : refusal.noSuchPath(path);
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    throw refusal.invalid('The path is not well-formed percent-encoding');
  }
}
