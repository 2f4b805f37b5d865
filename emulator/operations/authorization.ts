import type { Context } from './operation.ts';
import type { Call } from './routes.ts';
import { refusal } from './service-error.ts';
import type { OperationName } from './validations.ts';

export const PERMISSIONS = [
  'STREAM_INSPECT',
  'STREAM_READ',
  'STREAM_UPDATE',
  'STREAM_MOVE',
  'STREAM_PRODUCE',
  'STREAM_CONSUME',
  'STREAM_CREATE',
  'STREAM_DELETE',
  'STREAM_POOL_INSPECT',
  'STREAM_POOL_READ',
  'STREAM_POOL_UPDATE',
  'STREAM_POOL_MOVE',
  'STREAM_POOL_CREATE',
  'STREAM_POOL_DELETE',
  'CONNECT_HARNESS_INSPECT',
  'CONNECT_HARNESS_READ',
  'CONNECT_HARNESS_UPDATE',
  'CONNECT_HARNESS_MOVE',
  'CONNECT_HARNESS_CREATE',
  'CONNECT_HARNESS_DELETE',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** What each call needs. What the calls on work requests need is not documented: nothing here. (unconfirmed) */
const NEEDED: Readonly<Record<OperationName, Permission | undefined>> = {
  PutMessages: 'STREAM_PRODUCE',
  GetMessages: 'STREAM_CONSUME',
  CreateCursor: 'STREAM_CONSUME',
  CreateGroupCursor: 'STREAM_CONSUME',
  ConsumerCommit: 'STREAM_CONSUME',
  ConsumerHeartbeat: 'STREAM_CONSUME',
  GetGroup: 'STREAM_CONSUME',
  // Whoever may consume may also reset a group.
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

/** Who calls. */
export interface Caller {
  readonly may: (permission: Permission, compartmentId: string) => boolean;
}

/** Answers a caller who may not what it answers for what is not there. */
export function checkPermission(
  context: Context,
  operation: OperationName,
  parts: Readonly<Record<string, string>>,
  call: Call,
): void {
  const permission = NEEDED[operation];
  if (context.caller === undefined || permission === undefined) return;
  const compartmentId = compartmentOf(context, parts, { operation, call });
  // What names no compartment is refused later, for that.
  if (compartmentId !== undefined && !context.caller.may(permission, compartmentId)) throw refusal.notFound();
  // A move needs its permission where it goes, too.
  const target = targetOf(context, operation, call);
  if (target !== undefined && !context.caller.may(permission, target)) throw refusal.notFound();
}

/** Where a call on something that is there takes it: another compartment, or another pool's. */
function targetOf(context: Context, operation: OperationName, { body }: Call): string | undefined {
  switch (operation) {
    case 'ChangeStreamCompartment':
    case 'ChangeStreamPoolCompartment':
    case 'ChangeConnectHarnessCompartment':
      return namedIn(context, { compartmentId: fieldsOf(body)['compartmentId'] });
    case 'UpdateStream':
      // A compartment that stands in the body too is of no effect, and must not be asked about instead.
      return namedIn(context, { streamPoolId: fieldsOf(body)['streamPoolId'] });
    default:
      return undefined;
  }
}

/** The compartment that a call is about: of what the path names, or what body or query names. */
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
  // A create says it in its body, a list in its query; what stands in the other place is of no effect.
  return namedIn(context, operation.startsWith('Create') ? fieldsOf(call.body) : call.query);
}

/** The compartment that fields name, or that of the pool that they name. */
function namedIn(
  { region }: Context,
  { compartmentId, streamPoolId }: Readonly<Record<string, unknown>>,
): string | undefined {
  if (typeof compartmentId === 'string') return compartmentId;
  return typeof streamPoolId === 'string' ? region.pools.get(streamPoolId)?.compartmentId : undefined;
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}
