import type { Context } from './operation.ts';
import { refusal } from './service-error.ts';
import type { OperationName } from './validations.ts';

/**
 * Operations with the same bucket share one limit. The documentation gives 5 calls per second for each, but not whether per tenancy,
 * stream or partition. Here: per stream on the data plane, per region on the admin plane. (unconfirmed)
 */
const CALL_LIMITS: Partial<Record<OperationName, readonly [bucket: string, scope: 'stream' | 'region']>> = {
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

/** Throws the refusal (429) of a call that exceeds its limit. */
export function checkCallRate(
  { region, now }: Context,
  operation: OperationName,
  parts: Readonly<Record<string, string>>,
): void {
  const limit = CALL_LIMITS[operation];
  const { callsPerSecond } = region.rules.limits;
  if (limit === undefined || callsPerSecond === Infinity) return;
  const [bucket, scope] = limit;
  const streamId = parts['streamId'] ?? '';
  // Calls to unknown streams are refused later, with 404. They must not fill the rate limiter's memory.
  if (scope === 'stream' && !region.streams.has(streamId)) return;
  const name = scope === 'stream' ? `${bucket} of ${streamId}` : bucket;
  const waitMs = region.rateLimiter.waitMs(name, callsPerSecond, now);
  if (waitMs > 0) throw refusal.tooMany(bucket, waitMs);
  region.rateLimiter.take(name, 1, callsPerSecond, now);
}
