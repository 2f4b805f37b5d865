import { type Limits, RELAXED } from './limits.ts';
import { StoredTotal } from './partition-log.ts';
import { Throttle } from './rate-limiter.ts';
import type { ConnectHarness, Resource, Stream, StreamPool, WorkRequest } from './resources.ts';

/** How long changes take, and what the region is strict about. */
export interface RegionRules {
  /** CREATING takes so long. */
  readonly createDelayMs: number;
  /** UPDATING takes so long. */
  readonly updateDelayMs: number;
  /** DELETING takes so long. */
  readonly deleteDelayMs: number;
  /** Offsets leave a gap of 1 to 9 with this probability before a message: the service promises no dense ones. */
  readonly offsetGapProbability: number;
  readonly limits: Limits;
  /** Whether a 429 carries a `retry-after` header. */
  readonly retryAfter: boolean;
  /** What the region may hold in memory, roughly. */
  readonly maxStoredBytes: number;
  /** What becomes of a put when it holds that: it is refused, or the oldest messages go, as if retention took them. */
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

/** A change that is under way: it ends at the first look at the region after `at`. */
export interface PendingChange {
  readonly at: number;
  readonly workRequestId: string;
  readonly ends: 'well' | 'failed';
}

/** What a call with an `opc-retry-token` made. */
export interface RetryToken {
  readonly resourceId: string;
  readonly workRequestId: string;
  /** The call's body as JSON: a token does not serve for another call. */
  readonly asked: string;
  readonly at: number;
}

/** Everything that one region knows. Operations read and change it; nothing else does. */
export interface RegionState {
  readonly name: string;
  /** Base URL of the streams' `messagesEndpoint`. */
  messagesEndpoint: string;
  rules: RegionRules;
  /** What the messages of its streams take. */
  readonly stored: StoredTotal;
  readonly streams: Map<string, Stream>;
  readonly pools: Map<string, StreamPool>;
  readonly harnesses: Map<string, ConnectHarness>;
  readonly workRequests: Map<string, WorkRequest>;
  /** `opc-retry-token` to the resource that it made. */
  readonly retryTokens: Map<string, RetryToken>;
  /** Changes that are under way and will end. */
  changes: PendingChange[];
  readonly throttle: Throttle;
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
    stored: new StoredTotal(),
    streams: new Map(),
    pools: new Map(),
    harnesses: new Map(),
    workRequests: new Map(),
    retryTokens: new Map(),
    changes: [],
    throttle: new Throttle(),
  };
}

const DAY_MS = 86_400_000;
const RETRY_TOKEN_LIFE_MS = DAY_MS;
/** A deleted resource stays listed for 90 days. */
const DELETED_KEPT_MS = 90 * DAY_MS;

/** Older ones go: a long run with many changes must not grow. */
const MAX_WORK_REQUESTS = 10_000;

/** Brings the region up to `now`: changes that are due are done, records whose time is over go. */
export function settle(region: RegionState, now: number): void {
  if (region.changes.some(({ at }) => at <= now)) {
    const due = region.changes.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    region.changes = region.changes.filter(({ at }) => at > now);
    for (const change of due) finish(region, change);
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
      if (timeDeleted !== undefined && now - timeDeleted > DELETED_KEPT_MS) forget(region, id);
    }
  }
}

/** Nothing is known any more of a resource that was deleted. */
export function forget({ streams, pools, harnesses, retryTokens }: RegionState, id: string): void {
  for (const log of streams.get(id)?.partitions ?? []) log.expire(Infinity);
  for (const resources of [streams, pools, harnesses]) resources.delete(id);
  for (const [token, { resourceId }] of retryTokens) if (resourceId === id) retryTokens.delete(token);
}

function finish(region: RegionState, { at, workRequestId, ends }: PendingChange): void {
  const work = region.workRequests.get(workRequestId);
  const resource = work === undefined ? undefined : resourceOf(region, work);
  if (work === undefined || resource === undefined) return;
  work.timeFinished = at;
  if (ends === 'failed') {
    resource.lifecycleState = 'FAILED';
    resource.lifecycleStateDetails = 'It could not be created (asked of the emulator by a fault).';
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
