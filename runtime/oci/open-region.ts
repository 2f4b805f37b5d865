import type { HttpClient } from 'oci-common';
import type { StreamAdminClient, StreamClient } from 'oci-streaming';

import type { Clock } from '../clock.ts';
import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { CallOptions, Region, StreamRef, StreamState } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { cursorValue, putEntries, readReply, streamState, streamStates } from './answers/index.ts';
import type { Auth } from './auth/index.ts';
import { Caller } from './caller.ts';
import { ClockSkew } from './clock-skew.ts';
import { openConnections } from './http/index.ts';
import type { Operation } from './permissions.ts';
import {
  createStreamDetails,
  groupCursorDetails,
  putMessagesDetails,
  updateGroupDetails,
} from './questions/index.ts';
import { queryValue } from './query-value.ts';
import { loadSdk, type Sdk } from './sdk.ts';

export interface RegionOptions {
  /** For example `sa-saopaulo-1`. */
  readonly name: string;
  readonly auth: Auth;
  readonly settings: Pick<Settings, 'endpoints' | 'requestTimeoutMs'>;
  readonly clock: Clock;
  /** Hears `clock-corrected`. */
  readonly emit: EventListener;
}

/** The most that ListStreams gives in a page. */
const PAGE_LIMIT = 50;

/** A region over HTTP, by the official clients. No connection is opened and no SDK loaded before the first call. */
export function openRegion({ name, auth, settings, clock, emit }: RegionOptions): Region {
  const dispatcher = openConnections(settings.requestTimeoutMs, clock);
  const line = { region: name, auth, clock, emit, dispatcher, skew: new ClockSkew() };
  const caller = new Caller(line, settings);
  let loading: Promise<Sdk> | undefined;
  let closing: Promise<void> | undefined;

  async function sdk(): Promise<Sdk> {
    if (closing !== undefined) throw new HaError('CLOSED', `the connections to ${name} are closed`);
    return (loading ??= loadSdk());
  }

  /** A call to the messages endpoint of a stream. */
  async function data<A, R>(
    operation: Operation,
    { endpoint }: StreamRef,
    options: CallOptions | undefined,
    ask: (client: StreamClient) => Promise<A>,
    read: (answer: A) => R | undefined,
  ): Promise<R> {
    const clients = await sdk();
    const asked = (origin: string, http: HttpClient): Promise<A> => ask(clients.data(origin, http));
    return caller.call({ operation, endpoint, ask: asked, read }, options);
  }

  /** A call to the region's control plane. */
  async function admin<A, R>(
    operation: Operation,
    options: CallOptions | undefined,
    ask: (client: StreamAdminClient) => Promise<A>,
    read: (answer: A) => R | undefined,
  ): Promise<R> {
    const clients = await sdk();
    const endpoint = settings.endpoints[name] ?? clients.adminEndpoint(name);
    const asked = (origin: string, http: HttpClient): Promise<A> => ask(clients.admin(origin, http));
    return caller.call({ operation, endpoint, ask: asked, read }, options);
  }

  async function streamsNamed(
    where: { compartmentId: string; name: string },
    options?: CallOptions,
  ): Promise<StreamState[]> {
    const found: StreamState[] = [];
    let page: string | undefined;
    do {
      const asked = {
        compartmentId: queryValue(where.compartmentId),
        name: queryValue(where.name),
        limit: PAGE_LIMIT,
        ...(page === undefined ? {} : { page: queryValue(page) }),
      };
      const answer = await admin(
        'ListStreams',
        options,
        (client) => client.listStreams(asked),
        ({ items, opcNextPage }) => {
          const states = streamStates(name, items);
          // A page that names itself as the next one would be read for ever.
          if (states === undefined || (opcNextPage !== undefined && opcNextPage === page)) return undefined;
          return { states, next: opcNextPage };
        },
      );
      found.push(...answer.states);
      page = answer.next;
    } while (page !== undefined);
    return found;
  }

  return {
    name,
    put: (stream, messages, options) =>
      data(
        'PutMessages',
        stream,
        options,
        (client) =>
          client.putMessages({
            streamId: stream.ocid,
            putMessagesDetails: putMessagesDetails(messages),
          }),
        ({ putMessagesResult }) => putEntries(putMessagesResult),
      ),
    groupCursor: (stream, group, options) =>
      data(
        'CreateGroupCursor',
        stream,
        options,
        (client) =>
          client.createGroupCursor({
            streamId: stream.ocid,
            createGroupCursorDetails: groupCursorDetails(group),
          }),
        ({ cursor }) => cursorValue(cursor),
      ),
    read: (stream, cursor, options) =>
      data(
        'GetMessages',
        stream,
        options,
        (client) =>
          client.getMessages({
            streamId: stream.ocid,
            cursor: queryValue(cursor),
            limit: options.limit,
          }),
        ({ items, opcNextCursor }) => readReply(items, opcNextCursor),
      ),
    commit: (stream, cursor, options) =>
      data(
        'ConsumerCommit',
        stream,
        options,
        (client) => client.consumerCommit({ streamId: stream.ocid, cursor: queryValue(cursor) }),
        (answer) => cursorValue(answer.cursor),
      ),
    heartbeat: (stream, cursor, options) =>
      data(
        'ConsumerHeartbeat',
        stream,
        options,
        (client) => client.consumerHeartbeat({ streamId: stream.ocid, cursor: queryValue(cursor) }),
        (answer) => cursorValue(answer.cursor),
      ),
    resetGroup: async (stream, group, to, options) => {
      await data(
        'UpdateGroup',
        stream,
        options,
        (client) =>
          client.updateGroup({
            streamId: stream.ocid,
            groupName: group,
            updateGroupDetails: updateGroupDetails(to),
          }),
        () => null, // it has no body
      );
    },
    stream: (ocid, options) =>
      admin(
        'GetStream',
        options,
        (client) => client.getStream({ streamId: ocid }),
        (answer) => streamState(name, answer.stream),
      ),
    streamsNamed,
    createStream: (wanted, options) =>
      admin(
        'CreateStream',
        options,
        (client) => client.createStream({ createStreamDetails: createStreamDetails(wanted) }),
        (answer) => streamState(name, answer.stream),
      ),
    close: () => (closing ??= dispatcher.close()),
  };
}
