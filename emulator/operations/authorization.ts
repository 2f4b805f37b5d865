import type { Permission } from '../security/grants.ts';
import type { Call, Context } from './operation.ts';
import { refusal } from './service-error.ts';
import type { OperationName } from './validations.ts';

/** The permission of each operation. Operations on work requests have none: theirs is not documented. (unconfirmed) */
const PERMISSION_OF: Readonly<Record<OperationName, Permission | undefined>> = {
  PutMessages: 'STREAM_PRODUCE',
  GetMessages: 'STREAM_CONSUME',
  CreateCursor: 'STREAM_CONSUME',
  CreateGroupCursor: 'STREAM_CONSUME',
  ConsumerCommit: 'STREAM_CONSUME',
  ConsumerHeartbeat: 'STREAM_CONSUME',
  GetGroup: 'STREAM_CONSUME',
  UpdateGroup: 'STREAM_CONSUME',
  CreateStream: 'STREAM_CREATE',
  ListStreams: 'STREAM_INSPECT',
  GetStream: 'STREAM_READ',
  UpdateStream: 'STREAM_UPDATE',
  DeleteStream: 'STREAM_DELETE',
  ChangeStreamCompartment: 'STREAM_MOVE',
  CreateStreamPool: 'STREAM_POOL_CREATE',
  ListStreamPools: 'STREAM_POOL_INSPECT',
  GetStreamPool: 'STREAM_POOL_READ',
  UpdateStreamPool: 'STREAM_POOL_UPDATE',
  DeleteStreamPool: 'STREAM_POOL_DELETE',
  ChangeStreamPoolCompartment: 'STREAM_POOL_MOVE',
  CreateConnectHarness: 'CONNECT_HARNESS_CREATE',
  ListConnectHarnesses: 'CONNECT_HARNESS_INSPECT',
  GetConnectHarness: 'CONNECT_HARNESS_READ',
  UpdateConnectHarness: 'CONNECT_HARNESS_UPDATE',
  DeleteConnectHarness: 'CONNECT_HARNESS_DELETE',
  ChangeConnectHarnessCompartment: 'CONNECT_HARNESS_MOVE',
  GetWorkRequest: undefined,
  ListWorkRequests: undefined,
  ListWorkRequestErrors: undefined,
  ListWorkRequestLogs: undefined,
};

/** Without permission the answer is the same 404 as for a resource that does not exist. */
export function checkPermission(
  context: Context,
  operation: OperationName,
  parts: Readonly<Record<string, string>>,
  call: Call,
): void {
  const permission = PERMISSION_OF[operation];
  if (context.caller === undefined || permission === undefined) return;
  const compartmentId = compartmentOf(context, parts, { operation, call });
  // A request without a compartment is refused later, by the operation.
  if (compartmentId !== undefined && !context.caller.may(permission, compartmentId)) throw refusal.notFound();
  // A move needs the permission in the destination too.
  const destination = destinationOf(context, operation, call);
  if (destination !== undefined && !context.caller.may(permission, destination)) throw refusal.notFound();
}

/** The compartment that a move puts the resource into. */
function destinationOf(context: Context, operation: OperationName, { body }: Call): string | undefined {
  switch (operation) {
    case 'ChangeStreamCompartment':
    case 'ChangeStreamPoolCompartment':
    case 'ChangeConnectHarnessCompartment':
      return compartmentIn(context, { compartmentId: fieldsOf(body)['compartmentId'] });
    case 'UpdateStream':
      // The operation ignores a compartmentId in the body, so authorization must ignore it too.
      return compartmentIn(context, { streamPoolId: fieldsOf(body)['streamPoolId'] });
    default:
      return undefined;
  }
}

/** The compartment of the resource that the path names; else the one that body or query names. */
function compartmentOf(
  context: Context,
  parts: Readonly<Record<string, string>>,
  { operation, call }: { readonly operation: OperationName; readonly call: Call },
): string | undefined {
  const { region } = context;
  if (parts['streamId'] !== undefined) return region.streams.get(parts['streamId'])?.compartmentId;
  if (parts['streamPoolId'] !== undefined) return region.pools.get(parts['streamPoolId'])?.compartmentId;
  if (parts['connectHarnessId'] !== undefined)
    return region.harnesses.get(parts['connectHarnessId'])?.compartmentId;
  // A creation names it in the body, a list in the query. The operation ignores the other place.
  return compartmentIn(context, operation.startsWith('Create') ? fieldsOf(call.body) : call.query);
}

/** The compartment in `compartmentId`, or that of the pool in `streamPoolId`. */
function compartmentIn(
  { region }: Context,
  { compartmentId, streamPoolId }: Readonly<Record<string, unknown>>,
): string | undefined {
  if (typeof compartmentId === 'string') return compartmentId;
  return typeof streamPoolId === 'string' ? region.pools.get(streamPoolId)?.compartmentId : undefined;
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}
