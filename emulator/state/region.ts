import type { Transition } from './lifecycle.ts';
import { RELAXED, type Limits } from './limits.ts';
import type { ConnectHarness, StreamPool } from './stream-pool.ts';
import type { Stream } from './stream.ts';
import { Throttle } from './throttle.ts';
import type { WorkRequest } from './work-request.ts';

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
  readonly streams: Map<string, Stream>;
  readonly pools: Map<string, StreamPool>;
  readonly harnesses: Map<string, ConnectHarness>;
  readonly workRequests: Map<string, WorkRequest>;
  /** `opc-retry-token` to the resource that it made. */
  readonly retryTokens: Map<string, RetryToken>;
  transitions: Transition[];
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
    streams: new Map(),
    pools: new Map(),
    harnesses: new Map(),
    workRequests: new Map(),
    retryTokens: new Map(),
    transitions: [],
    throttle: new Throttle(),
  };
}

const DAY_MS = 86_400_000;
const RETRY_TOKEN_LIFE_MS = DAY_MS;
/** A deleted resource stays listed for 90 days. */
const DELETED_KEPT_MS = 90 * DAY_MS;

/** Brings the region up to `now`: changes that are due are done, records whose time is over go. */
export function settle(region: RegionState, now: number): void {
  while (region.transitions.some((transition) => transition.at <= now)) {
    const due = region.transitions.filter((transition) => transition.at <= now).sort((a, b) => a.at - b.at);
    region.transitions = region.transitions.filter((transition) => transition.at > now);
    for (const transition of due) transition.apply();
  }
  for (const [token, made] of region.retryTokens) {
    if (now - made.at > RETRY_TOKEN_LIFE_MS) region.retryTokens.delete(token);
  }
  for (const resources of [region.streams, region.pools, region.harnesses]) {
    for (const [id, { timeDeleted }] of resources) {
      if (timeDeleted !== undefined && now - timeDeleted > DELETED_KEPT_MS) resources.delete(id);
    }
  }
}
