import type { responses, StreamAdminClient } from 'oci-streaming';

import { checkStream, type AddressTrust } from '../core/index.ts';
import type { LifecycleState, NewStream, StreamState } from '../region.ts';
import type { ModelOperation } from './call.ts';
import type { Clean } from './foreign-text.ts';
import { queryValue } from './sdk.ts';

/** A call to the control plane of a region. */
type StreamCall<Answer, Result> = ModelOperation<StreamAdminClient, Answer, Result>;

/** The most that ListStreams gives in a page. */
const PAGE_LIMIT = 50;

export interface StreamPage {
  readonly streams: readonly StreamState[];
  readonly next: string | undefined;
}

export function getStream(
  streamId: string,
  trust: AddressTrust,
): StreamCall<responses.GetStreamResponse, StreamState> {
  return {
    type: 'model',
    name: 'GetStream',
    ask: (client) => client.getStream({ streamId }),
    read({ stream }, clean) {
      const state = streamState(stream, trust, clean);
      const isAnother = state?.address.trusted === true && state.address.stream.ocid !== streamId;
      if (state === undefined || !isAnother) return state;
      const problem = 'is not the one that was asked for';
      return { ...state, address: { trusted: false, about: 'ocid', problem } };
    },
  };
}

/** With a compartment and no pool the stream joins the compartment's default pool, which is made on demand. */
export function createStream(
  { name, partitions, retentionInHours, compartmentId, tags }: NewStream,
  trust: AddressTrust,
): StreamCall<responses.CreateStreamResponse, StreamState> {
  return {
    type: 'model',
    name: 'CreateStream',
    ask: (client) =>
      client.createStream({
        createStreamDetails: {
          name,
          partitions,
          retentionInHours,
          compartmentId,
          freeformTags: { ...tags },
        },
      }),
    read({ stream }, clean) {
      const state = streamState(stream, trust, clean);
      return state?.name === name ? state : undefined;
    },
  };
}

/** One page of the streams of a name. An unreadable stream makes it unreadable: a name that is missed may be created twice. */
export function listStreams(
  where: { compartmentId: string; name: string },
  page: string | undefined,
  trust: AddressTrust,
): StreamCall<responses.ListStreamsResponse, StreamPage> {
  return {
    type: 'model',
    name: 'ListStreams',
    ask: (client) =>
      client.listStreams({
        compartmentId: queryValue(where.compartmentId),
        name: queryValue(where.name),
        limit: PAGE_LIMIT,
        ...(page === undefined ? {} : { page: queryValue(page) }),
      }),
    read({ items, opcNextPage }, clean) {
      if (!Array.isArray(items)) return undefined;
      const streams: StreamState[] = [];
      for (const item of items as unknown[]) {
        const state = streamState(item, trust, clean);
        if (state === undefined) return undefined;
        if (state.name === where.name) streams.push(state);
      }
      return { streams, next: opcNextPage };
    },
  };
}

/** The status of the newest work request about a stream; null when there is none. */
export function newestWorkRequest(
  compartmentId: string,
  resourceId: string,
): StreamCall<responses.ListWorkRequestsResponse, string | null> {
  return {
    type: 'model',
    name: 'ListWorkRequests',
    ask: (client) =>
      client.listWorkRequests({
        compartmentId: queryValue(compartmentId),
        resourceId: queryValue(resourceId),
      }),
    read({ workRequestSummaryCollection }, clean) {
      const { items } = (workRequestSummaryCollection ?? {}) as { items?: unknown };
      if (!Array.isArray(items)) return undefined;
      // Newest first by the documentation, which does not promise it: looked at here.
      let newest: { accepted: string; status: string } | undefined;
      for (const item of items as unknown[]) {
        const { status, timeAccepted } = (item ?? {}) as Record<string, unknown>;
        if (typeof status !== 'string' || typeof timeAccepted !== 'string') return undefined;
        if (newest === undefined || Date.parse(timeAccepted) > Date.parse(newest.accepted)) {
          newest = { accepted: timeAccepted, status };
        }
      }
      return newest === undefined ? null : clean(newest.status, 40);
    },
  };
}

const STATES: readonly string[] = ['CREATING', 'ACTIVE', 'DELETING', 'DELETED', 'FAILED', 'UPDATING'];

/**
 * A Stream (or StreamSummary, which has no retention); undefined when it lacks what identifies it. The address is checked as
 * it was sent: with its control characters removed, a wrong one could become a right one.
 */
function streamState(stream: unknown, trust: AddressTrust, clean: Clean): StreamState | undefined {
  const given = (stream ?? {}) as Record<string, unknown>;
  const { id, name, partitions, lifecycleState } = given;
  if (typeof id !== 'string' || typeof name !== 'string') return undefined;
  if (typeof lifecycleState !== 'string' || !isCount(partitions)) return undefined;
  const endpoint = given['messagesEndpoint'];
  const address = checkStream({ ocid: id, endpoint: typeof endpoint === 'string' ? endpoint : '' }, trust);
  const hours = given['retentionInHours'];
  return {
    region: trust.region,
    ocid: identifier(id, clean),
    address: address.trusted ? address : { ...address, problem: clean(address.problem) },
    name: clean(name, 255),
    state: (STATES.includes(lifecycleState) ? lifecycleState : 'UNKNOWN') as LifecycleState,
    partitions,
    ...(isCount(hours) ? { retentionInHours: hours } : {}),
    compartmentId: identifier(given['compartmentId'], clean),
    streamPoolId: identifier(given['streamPoolId'], clean),
    tags: cleanTags(given['freeformTags'], clean),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

const OCID = /^ocid1\.[a-z]{1,40}\.[a-z0-9-]{1,20}\.[a-z0-9-]{0,40}\.[a-z0-9]{1,80}$/;

/** An OCID is used in further calls, so it stays to the letter. */
function identifier(given: unknown, clean: Clean): string {
  return typeof given === 'string' && OCID.test(given) ? given : cleanText(given, clean);
}

function cleanText(given: unknown, clean: Clean): string {
  return typeof given === 'string' ? clean(given, 255) : '';
}

function cleanTags(given: unknown, clean: Clean): Record<string, string> {
  const tags = Object.entries((given ?? {}) as Record<string, unknown>);
  return Object.fromEntries(tags.map(([name, value]) => [clean(name, 100), cleanText(value, clean)]));
}
