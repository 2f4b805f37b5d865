import type { Context } from './operation.ts';
import { refusal } from './service-error.ts';
import type { OperationName } from './validations.ts';

type Scope = 'stream' | 'region';

/**
 * Which calls are limited together, and for what. That each has a limit of 5 a second is documented; what it counts
 * for (tenancy, stream or partition) is not: here the stream for the data plane, the region for the admin plane.
 * (unconfirmed)
 */
const CALL_LIMITS: Partial<Record<OperationName, readonly [together: string, scope: Scope]>> = {
  ConsumerHeartbeat: ['heartbeats', 'stream'],
  ConsumerCommit: ['commits', 'stream'],
  CreateCursor: ['cursors', 'stream'],
  CreateGroupCursor: ['group cursors', 'stream'],
  GetGroup: ['get group', 'stream'],
  UpdateGroup: ['update group', 'stream'],
  CreateStream: ['create streams', 'region'],
  GetStream: ['read streams', 'region'],
  ListStreams: ['read streams', 'region'],
  UpdateStream: ['update streams', 'region'],
  ChangeStreamCompartment: ['update streams', 'region'],
  DeleteStream: ['delete streams', 'region'],
  CreateStreamPool: ['create pools', 'region'],
  GetStreamPool: ['read pools', 'region'],
  ListStreamPools: ['read pools', 'region'],
  UpdateStreamPool: ['update pools', 'region'],
  ChangeStreamPoolCompartment: ['update pools', 'region'],
  DeleteStreamPool: ['delete pools', 'region'],
  CreateConnectHarness: ['create harnesses', 'region'],
  GetConnectHarness: ['read harnesses', 'region'],
  ListConnectHarnesses: ['read harnesses', 'region'],
  UpdateConnectHarness: ['update harnesses', 'region'],
  ChangeConnectHarnessCompartment: ['update harnesses', 'region'],
  DeleteConnectHarness: ['delete harnesses', 'region'],
};

/** Refuses a call that comes too soon after others of its kind. */
export function checkCallRate(
  { region, now }: Context,
  operation: OperationName,
  parts: Readonly<Record<string, string>>,
): void {
  const limit = CALL_LIMITS[operation];
  const { callsPerSecond } = region.rules.limits;
  if (limit === undefined || callsPerSecond === Infinity) return;
  const [together, scope] = limit;
  const streamId = parts['streamId'] ?? '';
  // Nothing is remembered of streams that are not there: the call is refused for that.
  if (scope === 'stream' && !region.streams.has(streamId)) return;
  const name = scope === 'stream' ? `${together} of ${streamId}` : together;
  const waitMs = region.throttle.wait(name, callsPerSecond, now);
  if (waitMs > 0) throw refusal.tooMany(together, waitMs);
  region.throttle.take(name, 1, callsPerSecond, now);
}
