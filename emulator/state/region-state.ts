import { type Limits, RELAXED } from './limits.ts';
import { MemoryUse } from './partition-log.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { ConnectHarness, Resource, Stream, StreamPool, WorkRequest } from './resources.ts';

/** How the region behaves. */
export interface RegionRules {
  /** How long a resource is CREATING. */
  readonly createDelayMs: number;
  /** How long a resource is UPDATING. */
  readonly updateDelayMs: number;
  /** How long a resource is DELETING. */
  readonly deleteDelayMs: number;
  /** The probability of a gap of 1 to 9 offsets before a message. The service does not promise offsets without gaps. */
  readonly offsetGapProbability: number;
  readonly limits: Limits;
  /** Whether a 429 carries a `retry-after` header. */
  readonly retryAfter: boolean;
  /** The memory that messages may take (an estimate). */
  readonly maxStoredBytes: number;
  /** Above `maxStoredBytes`: refuse puts, or remove the oldest messages as retention does. */
  readonly whenFull: 'refuse' | 'drop-oldest';
}

export const DEFAULT_RULES: RegionRules = Object.freeze({
  createDelayMs: 0,
  updateDelayMs: 0,
  deleteDelayMs: 0,
  offsetGapProbability: 0,
  limits: RELAXED,
  retryAfter: false,
  maxStoredBytes: 512 * 2 ** 20,
  whenFull: 'refuse',
});

/** A change in progress. It is completed by the first `applyDueChanges` after `at`. */
export interface PendingChange {
  readonly at: number;
  readonly workRequestId: string;
  readonly ends: 'well' | 'failed';
}

/** The resource that a call with an `opc-retry-token` created. */
export interface RetryToken {
  readonly resourceId: string;
  readonly workRequestId: string;
  /** The body of the call as JSON. The token is refused with another body. */
  readonly asked: string;
  readonly at: number;
}

/** The state of one region. Only operations change it. */
export interface RegionState {
  readonly name: string;
  /** The `messagesEndpoint` of its streams. */
  messagesEndpoint: string;
  rules: RegionRules;
  readonly memoryUse: MemoryUse;
  readonly streams: Map<string, Stream>;
  readonly pools: Map<string, StreamPool>;
  readonly harnesses: Map<string, ConnectHarness>;
  readonly workRequests: Map<string, WorkRequest>;
  /** By the value of `opc-retry-token`. */
  readonly retryTokens: Map<string, RetryToken>;
  changes: PendingChange[];
  readonly rateLimiter: RateLimiter;
}

export function newRegion(
  name: string,
  messagesEndpoint: string,
  rules: RegionRules = DEFAULT_RULES,
): RegionState {
  return {
    name,
    messagesEndpoint,
    rules,
    memoryUse: new MemoryUse(),
    streams: new Map(),
    pools: new Map(),
    harnesses: new Map(),
    workRequests: new Map(),
    retryTokens: new Map(),
    changes: [],
    rateLimiter: new RateLimiter(),
  };
}

const DAY_MS = 86_400_000;
const RETRY_TOKEN_LIFE_MS = DAY_MS;
/** A deleted resource stays listed for 90 days. */
const DELETED_KEPT_MS = 90 * DAY_MS;

/** The oldest is removed above this: memory must stay bounded in a long run with many changes. */
const MAX_WORK_REQUESTS = 10_000;

/** Completes the changes that are due at `now`, and removes old work requests, retry tokens and deleted resources. */
export function applyDueChanges(region: RegionState, now: number): void {
  if (region.changes.some(({ at }) => at <= now)) {
    const due = region.changes.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    region.changes = region.changes.filter(({ at }) => at > now);
    for (const change of due) completeChange(region, change);
  }
  if (region.workRequests.size > MAX_WORK_REQUESTS) {
    const [oldest] = region.workRequests.keys();
    region.workRequests.delete(oldest!);
  }
  for (const [token, made] of region.retryTokens) {
    if (now - made.at > RETRY_TOKEN_LIFE_MS) region.retryTokens.delete(token);
  }
  for (const resources of [region.streams, region.pools, region.harnesses]) {
    for (const [id, { timeDeleted }] of resources) {
      if (timeDeleted !== undefined && now - timeDeleted > DELETED_KEPT_MS) forgetResource(region, id);
    }
  }
}

/** Removes a deleted resource, with its messages and retry tokens. */
export function forgetResource({ streams, pools, harnesses, retryTokens }: RegionState, id: string): void {
  for (const log of streams.get(id)?.partitions ?? []) log.expire(Infinity);
  for (const resources of [streams, pools, harnesses]) resources.delete(id);
  for (const [token, { resourceId }] of retryTokens) if (resourceId === id) retryTokens.delete(token);
}

function completeChange(region: RegionState, { at, workRequestId, ends }: PendingChange): void {
  const work = region.workRequests.get(workRequestId);
  const resource = work === undefined ? undefined : resourceOf(region, work);
  if (work === undefined || resource === undefined) return;
  work.timeFinished = at;
  if (ends === 'failed') {
    resource.lifecycleState = 'FAILED';
    resource.lifecycleStateDetails = 'The creation failed (a fault rule of the emulator).';
    work.status = 'FAILED';
    work.errors.push({ code: 'InternalServerError', message: resource.lifecycleStateDetails, timestamp: at });
    return;
  }
  resource.lifecycleState = work.action === 'DELETE' ? 'DELETED' : 'ACTIVE';
  if (work.action === 'DELETE') resource.timeDeleted = at;
  work.status = 'SUCCEEDED';
  work.logs.push({ message: `${work.action} of ${resource.id} is done`, timestamp: at });
}

function resourceOf(region: RegionState, { kind, resourceId }: WorkRequest): Resource | undefined {
  switch (kind) {
    case 'STREAM':
      return region.streams.get(resourceId);
    case 'STREAM_POOL':
      return region.pools.get(resourceId);
    case 'CONNECT_HARNESS':
      return region.harnesses.get(resourceId);
  }
}
