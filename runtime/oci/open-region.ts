import type { HttpClient } from 'oci-common';
import type { StreamAdminClient, StreamClient } from 'oci-streaming';

import { HaError } from '../errors.ts';
import type { CallOptions, Region, StreamRef, StreamState } from '../region.ts';
import {
  committedOffsets,
  cursorValue,
  putEntries,
  readReply,
  reservations,
  streamState,
  streamStates,
} from './answers/index.ts';
import { CallsUnderWay } from './calls-under-way.ts';
import type { Operation } from './permissions.ts';
import {
  createStreamDetails,
  groupCursorDetails,
  oldestCursorDetails,
  partitionCursorDetails,
  putMessagesDetails,
  updateGroupDetails,
} from './questions/index.ts';
import { queryValue } from './query-value.ts';
import type { RegionOptions } from './region-options.ts';
import { openWire, type Wire } from './wire.ts';

/** The most that ListStreams gives in a page. */
const PAGE_LIMIT = 50;

/** A region over HTTP, by the official clients. No connection is opened and no SDK loaded before the first call. */
export function openRegion(options: RegionOptions): Region {
  const { name, settings } = options;
  let opening: Promise<Wire> | undefined;
  let closing: Promise<void> | undefined;
  const underWay = new CallsUnderWay();

  /** Runs a call while the region is open; closing waits for it. */
  function open<R>(call: (wire: Wire) => Promise<R>): Promise<R> {
    if (closing !== undefined) {
      return Promise.reject(new HaError('CLOSED', `the connections to ${name} are closed`));
    }
    opening ??= openWire(options);
    return underWay.track(opening.then(call));
  }

  /** A call to the messages endpoint of a stream. */
  function data<A, R>(
    operation: Operation,
    { endpoint }: StreamRef,
    limits: CallOptions | undefined,
    ask: (client: StreamClient) => Promise<A>,
    read: (answer: A) => R | undefined,
  ): Promise<R> {
    return open(({ caller, sdk }) => {
      const asked = (origin: string, http: HttpClient): Promise<A> => ask(sdk.data(origin, http));
      return caller.call({ operation, endpoint, ask: asked, read }, limits);
    });
  }

  /** A call to the region's control plane. */
  function admin<A, R>(
    operation: Operation,
    limits: CallOptions | undefined,
    ask: (client: StreamAdminClient) => Promise<A>,
    read: (answer: A) => R | undefined,
  ): Promise<R> {
    return open(({ caller, sdk }) => {
      const endpoint = settings.endpoints[name] ?? sdk.adminEndpoint(name);
      const asked = (origin: string, http: HttpClient): Promise<A> => ask(sdk.admin(origin, http));
      return caller.call({ operation, endpoint, ask: asked, read }, limits);
    });
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

  async function close(): Promise<void> {
    await underWay.end();
    await (await opening)?.close();
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
    committedOffsets: (stream, group, options) =>
      data(
        'GetGroup',
        stream,
        options,
        (client) => client.getGroup({ streamId: stream.ocid, groupName: group }),
        (answer) => committedOffsets(answer.group),
      ),
    oldestCursor: (stream, partition, options) =>
      data(
        'CreateCursor',
        stream,
        options,
        (client) =>
          client.createCursor({
            streamId: stream.ocid,
            createCursorDetails: oldestCursorDetails(partition),
          }),
        ({ cursor }) => cursorValue(cursor),
      ),
    partitionCursor: (stream, partition, from, options) =>
      data(
        'CreateCursor',
        stream,
        options,
        (client) =>
          client.createCursor({
            streamId: stream.ocid,
            createCursorDetails: partitionCursorDetails(partition, from),
          }),
        ({ cursor }) => cursorValue(cursor),
      ),
    reservations: (stream, group, options) =>
      data(
        'GetGroup',
        stream,
        options,
        (client) => client.getGroup({ streamId: stream.ocid, groupName: group }),
        (answer) => reservations(answer.group),
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
    close: () => (closing ??= close()),
  };
}
