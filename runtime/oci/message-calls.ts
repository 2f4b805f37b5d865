import type { models, responses, StreamClient } from 'oci-streaming';

import type {
  EncodedMessage,
  GroupPosition,
  PartitionPosition,
  PutResult,
  ReadReply,
  Reservation,
  StoredMessage,
} from '../region.ts';
import type { BulkOperation, ModelOperation } from './call.ts';
import type { Clean } from './foreign-text.ts';
import { headerOf } from './http/exchange.ts';
import { queryValue } from './sdk.ts';

/** A call to the messages endpoint of a stream. */
type MessageCall<Answer, Result> = ModelOperation<StreamClient, Answer, Result>;
type BulkCall<Result> = BulkOperation<StreamClient, Result>;

export function putMessages(streamId: string, messages: readonly EncodedMessage[]): BulkCall<PutResult[]> {
  return {
    type: 'bulk',
    name: 'PutMessages',
    ask: (client) => client.putMessages({ streamId, putMessagesDetails: { messages: [] } }),
    sharedAs: streamId,
    body: putBody(messages),
    read: (result, _, clean) => putResults(messages.length, result, clean),
  };
}

const BEFORE_ENTRIES = Buffer.from('{"messages":[');
const BEFORE_KEY = Buffer.from('{"key":"');
const BETWEEN = Buffer.from('","value":"');
const BEFORE_VALUE = Buffer.from('{"value":"');
const AFTER_VALUE = Buffer.from('"}');
const COMMA = Buffer.from(',');
const AFTER_ENTRIES = Buffer.from(']}');

/**
 * As `JSON.stringify` writes it. Base64 needs no escapes, and each of its characters is one byte; written in place, because a
 * text of the whole would be twice its size in garbage.
 */
function putBody(messages: readonly EncodedMessage[]): Buffer {
  let most = BEFORE_ENTRIES.length + AFTER_ENTRIES.length;
  for (const { key, value } of messages) {
    const around = key === null ? BEFORE_VALUE.length : BEFORE_KEY.length + key.length + BETWEEN.length;
    most += COMMA.length + around + value.length + AFTER_VALUE.length;
  }
  const body = Buffer.allocUnsafe(most);
  let at = put(body, 0, BEFORE_ENTRIES);
  messages.forEach(({ key, value }, index) => {
    if (index > 0) at = put(body, at, COMMA);
    if (key === null) at = put(body, at, BEFORE_VALUE);
    else {
      at = put(body, at, BEFORE_KEY);
      at += body.write(key, at, 'latin1');
      at = put(body, at, BETWEEN);
    }
    at += body.write(value, at, 'latin1');
    at = put(body, at, AFTER_VALUE);
  });
  return body.subarray(0, put(body, at, AFTER_ENTRIES));
}

/** Gives where the next byte goes. For a few bytes faster than `set`. */
function put(target: Buffer, at: number, bytes: Buffer): number {
  for (let index = 0; index < bytes.length; index++) target[at + index] = bytes[index]!;
  return at + bytes.length;
}

export function getMessages(streamId: string, cursor: string, limit: number): BulkCall<ReadReply> {
  return {
    type: 'bulk',
    name: 'GetMessages',
    ask: (client) => client.getMessages({ streamId, cursor: queryValue(cursor), limit }),
    sharedAs: undefined,
    body: undefined,
    read: (items, reply) => readReply(items, headerOf(reply, 'opc-next-cursor')),
  };
}

export function createGroupCursor(
  streamId: string,
  { group, instance, from, timeoutMs, commitOnGet }: GroupPosition,
): MessageCall<responses.CreateGroupCursorResponse, string> {
  return {
    type: 'model',
    name: 'CreateGroupCursor',
    ask: (client) => {
      const details: object = {
        ...start(from),
        groupName: group,
        instanceName: instance,
        timeoutInMs: timeoutMs,
        commitOnGet,
      };
      const createGroupCursorDetails = details as models.CreateGroupCursorDetails;
      return client.createGroupCursor({ streamId, createGroupCursorDetails });
    },
    read: ({ cursor }) => cursorValue(cursor),
  };
}

export function createCursor(
  streamId: string,
  partition: string,
  from: PartitionPosition,
): MessageCall<responses.CreateCursorResponse, string> {
  return {
    type: 'model',
    name: 'CreateCursor',
    ask: (client) => {
      const details: object = { partition, ...start(from) };
      return client.createCursor({ streamId, createCursorDetails: details as models.CreateCursorDetails });
    },
    read: ({ cursor }) => cursorValue(cursor),
  };
}

export function consumerCommit(
  streamId: string,
  cursor: string,
): MessageCall<responses.ConsumerCommitResponse, string> {
  return {
    type: 'model',
    name: 'ConsumerCommit',
    ask: (client) => client.consumerCommit({ streamId, cursor: queryValue(cursor) }),
    read: (answer) => cursorValue(answer.cursor),
  };
}

export function consumerHeartbeat(
  streamId: string,
  cursor: string,
): MessageCall<responses.ConsumerHeartbeatResponse, string> {
  return {
    type: 'model',
    name: 'ConsumerHeartbeat',
    ask: (client) => client.consumerHeartbeat({ streamId, cursor: queryValue(cursor) }),
    read: (answer) => cursorValue(answer.cursor),
  };
}

export function getGroup(
  streamId: string,
  groupName: string,
): MessageCall<responses.GetGroupResponse, readonly Reservation[]> {
  return {
    type: 'model',
    name: 'GetGroup',
    ask: (client) => client.getGroup({ streamId, groupName }),
    read: ({ group }, clean) => reservations(group, clean),
  };
}

export function updateGroup(
  streamId: string,
  groupName: string,
  to: GroupPosition['from'],
): MessageCall<responses.UpdateGroupResponse, null> {
  return {
    type: 'model',
    name: 'UpdateGroup',
    ask: (client) => client.updateGroup({ streamId, groupName, updateGroupDetails: start(to) }),
    read: () => null, // it has no body
  };
}

/** The SDK's enums have these very strings; naming their members would load the SDK here. */
function start(from: PartitionPosition): object {
  if (typeof from === 'string') return { type: from };
  if ('atOffset' in from) return { type: 'AT_OFFSET', offset: from.atOffset };
  if ('afterOffset' in from) return { type: 'AFTER_OFFSET', offset: from.afterOffset };
  const time = new Date(from.time);
  if (Number.isNaN(time.getTime())) throw new Error('the time to read from is not an RFC 3339 time');
  return { type: 'AT_TIME', time };
}

/** Text that may be a partition or a time of the service: short, no spaces, no control characters. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value);
}

/** The word that `value` is: `last` when it is the same, so that one text is kept for both. */
function wordOf(value: unknown, last: string | undefined): string | undefined {
  if (value === last) return last;
  return isWord(value) ? value : undefined;
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * One result per message, in request order; undefined when the answer breaks the protocol, so that nothing in it can be
 * believed. Messages that the answer does not reach are unnamed, and so is every message when it has more entries than there
 * were messages: no entry can be said to be of one of them.
 */
function putResults(sent: number, result: unknown, clean: Clean): PutResult[] | undefined {
  const { entries } = (result ?? {}) as { entries?: unknown };
  if (!Array.isArray(entries)) return undefined;
  const trusted = entries.length <= sent ? (entries as unknown[]) : [];
  const results: PutResult[] = [];
  let lastStored: StoredResult | undefined;
  for (const entry of trusted) {
    const read = putResult(entry, lastStored, clean);
    if (read === undefined) return undefined;
    if (read.type === 'stored') lastStored = read;
    results.push(read);
  }
  while (results.length < sent) results.push({ type: 'unnamed' });
  return results;
}

type StoredResult = Extract<PutResult, { readonly type: 'stored' }>;

/**
 * Unused fields may be null or absent (unconfirmed): refused is what carries a non-empty `error`. Texts that are those of
 * `last` are shared with it: most entries of an answer have the same time, and are kept as receipts.
 */
function putResult(entry: unknown, last: StoredResult | undefined, clean: Clean): PutResult | undefined {
  const { error, errorMessage, partition, offset, timestamp } = (entry ?? {}) as Record<string, unknown>;
  if (typeof error === 'string' && error !== '') {
    const words = typeof errorMessage === 'string' ? errorMessage : '';
    return {
      type: 'refused',
      status: refusalStatus(error, words),
      error: clean(error, 80),
      message: clean(words),
    };
  }
  const place = wordOf(partition, last?.partition);
  const time = wordOf(timestamp, last?.timestamp);
  if (place === undefined || time === undefined || !isOffset(offset)) return undefined;
  return { type: 'stored', partition: place, offset, timestamp: time };
}

const THROTTLED = /\b429\b|too\s*many\s*requests|throttl/i;

/** The values that `error` takes are nowhere documented: words for throttling, else a status in it, else 500. */
function refusalStatus(error: string, message: string): number {
  if (THROTTLED.test(error)) return 429;
  const status = /\b[45]\d\d\b/.exec(error)?.[0];
  if (status !== undefined) return Number(status);
  return THROTTLED.test(message) ? 429 : 500;
}

/**
 * The answer to GetMessages. Undefined when any part of it cannot be read: leaving one message out would skip it in
 * silence. `opc-next-cursor` is always sent, even with no messages.
 */
function readReply(items: unknown, nextCursor: unknown): ReadReply | undefined {
  if (!Array.isArray(items) || typeof nextCursor !== 'string' || nextCursor === '') return undefined;
  const messages: StoredMessage[] = [];
  for (const item of items as unknown[]) {
    const message = storedMessage(item);
    if (message === undefined) return undefined;
    messages.push(message);
  }
  return { messages, nextCursor };
}

function storedMessage(item: unknown): StoredMessage | undefined {
  const { partition, offset, key, value, timestamp } = (item ?? {}) as Record<string, unknown>;
  if (!isWord(partition) || !isOffset(offset) || !isWord(timestamp)) return undefined;
  const bytes = fromBase64(value);
  // A message put without a key comes back with `key: null`.
  const keyBytes = key === null || key === undefined ? null : fromBase64(key);
  if (bytes === undefined || keyBytes === undefined) return undefined;
  return { partition, offset, key: keyBytes, value: bytes, timestamp };
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Undefined for what is not standard base64; `Buffer.from` would pass over what it does not know. */
function fromBase64(text: unknown): Buffer | undefined {
  if (typeof text !== 'string' || text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

/**
 * Where a group stands. What stands in `committedOffset` before the first commit is unconfirmed (nothing, null or a negative
 * number): each of them says that nothing is committed.
 */
function reservations(group: unknown, clean: Clean): Reservation[] | undefined {
  const { reservations: given } = (group ?? {}) as { reservations?: unknown };
  if (!Array.isArray(given)) return undefined;
  const found: Reservation[] = [];
  for (const reservation of given as unknown[]) {
    const { partition, committedOffset, reservedInstance, timeReservedUntil } = (reservation ?? {}) as Record<
      string,
      unknown
    >;
    const offset = committedOffset ?? -1;
    if (!isWord(partition) || !Number.isSafeInteger(offset)) return undefined;
    found.push({
      partition,
      committedOffset: isOffset(offset) ? offset : undefined,
      instance:
        typeof reservedInstance === 'string' && reservedInstance !== '' ? clean(reservedInstance) : undefined,
      until: isWord(timeReservedUntil) ? timeReservedUntil : undefined,
    });
  }
  return found;
}

/** The `value` of a Cursor; undefined when there is none. */
function cursorValue(cursor: unknown): string | undefined {
  const { value } = (cursor ?? {}) as { value?: unknown };
  return typeof value === 'string' && value !== '' ? value : undefined;
}
