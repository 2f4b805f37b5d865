import type { StreamClient } from 'oci-streaming';

import type { EncodedMessage, PutResult } from '../region.ts';
import type { BulkOperation } from './call.ts';
import type { Clean } from './foreign-text.ts';
import { isOffset, wordOf } from './message-calls.ts';

export function putMessages(
  streamId: string,
  messages: readonly EncodedMessage[],
): BulkOperation<StreamClient, PutResult[]> {
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
      at = putKey(body, at, key);
      at = put(body, at, BETWEEN);
    }
    at += body.write(value, at, 'latin1');
    at = put(body, at, AFTER_VALUE);
  });
  return body.subarray(0, put(body, at, AFTER_ENTRIES));
}

/** Up to so many characters a loop is faster than a call of Node. */
const SHORT = 32;

function putKey(target: Buffer, at: number, key: string): number {
  const { length } = key;
  if (length > SHORT) return at + target.write(key, at, 'latin1');
  for (let index = 0; index < length; index++) target[at + index] = key.charCodeAt(index);
  return at + length;
}

/** Gives where the next byte goes. For a few bytes faster than `set`. */
function put(target: Buffer, at: number, bytes: Buffer): number {
  for (let index = 0; index < bytes.length; index++) target[at + index] = bytes[index]!;
  return at + bytes.length;
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
 * Unused fields may be null or absent (unconfirmed): refused is what carries a non-empty `error`. Undefined for an `error`
 * that is no text: it says neither stored nor refused. Texts that are those of
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
  if (error !== undefined && error !== null && error !== '') return undefined;
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
