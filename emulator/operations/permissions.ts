import type { Context } from './operation.ts';
import type { Call } from './route.ts';
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
  const compartmentId = compartmentOf(context, parts, call);
  // What names no compartment is refused later, for that.
  if (compartmentId !== undefined && !context.caller.may(permission, compartmentId)) throw refusal.notFound();
  // A move needs its permission where it goes, too.
  const target = targetOf(context, parts, call);
  if (target !== undefined && !context.caller.may(permission, target)) throw refusal.notFound();
}

/** Where a call on something that is there takes it: another compartment, or another pool's. */
function targetOf(
  { region }: Context,
  parts: Readonly<Record<string, string>>,
  { body }: Call,
): string | undefined {
  if (Object.keys(parts).length === 0 || typeof body !== 'object' || body === null) return undefined;
  const { compartmentId, streamPoolId } = body as Record<string, unknown>;
  if (typeof compartmentId === 'string') return compartmentId;
  return typeof streamPoolId === 'string' ? region.pools.get(streamPoolId)?.compartmentId : undefined;
}

/** The compartment that a call is about: of what the path names, or what body or query names. */
function compartmentOf(
  { region }: Context,
  parts: Readonly<Record<string, string>>,
  call: Call,
): string | undefined {
  if (parts['streamId'] !== undefined) return region.streams.get(parts['streamId'])?.compartmentId;
  if (parts['streamPoolId'] !== undefined) return region.pools.get(parts['streamPoolId'])?.compartmentId;
  if (parts['connectHarnessId'] !== undefined)
    return region.harnesses.get(parts['connectHarnessId'])?.compartmentId;
  const body =
    typeof call.body === 'object' && call.body !== null ? (call.body as Record<string, unknown>) : {};
  // A create says it in its body, a list in its query; what stands in the other place too is of no effect.
  const { compartmentId, streamPoolId } = { ...call.query, ...body } as Record<string, unknown>;
  if (typeof compartmentId === 'string') return compartmentId;
  return typeof streamPoolId === 'string' ? region.pools.get(streamPoolId)?.compartmentId : undefined;
}
