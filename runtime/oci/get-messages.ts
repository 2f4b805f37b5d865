import { isAscii } from 'node:buffer';

import type { StreamClient } from 'oci-streaming';

import type { ReadOptions, ReadReply, StoredMessage } from '../region.ts';
import type { BulkOperation } from './call.ts';
import { headerOf, type ReplyHead } from './http/exchange.ts';
import { isOffset, wordOf } from './message-calls.ts';
import { queryValue } from './sdk.ts';

export function getMessages(
  streamId: string,
  cursor: string,
  { limit, onNextCursor }: Pick<ReadOptions, 'limit' | 'onNextCursor'>,
): BulkOperation<StreamClient, ReadReply> {
  return {
    type: 'bulk',
    name: 'GetMessages',
    ask: (client) => client.getMessages({ streamId, cursor: queryValue(cursor), limit }),
    sharedAs: undefined,
    body: undefined,
    onHead:
      onNextCursor &&
      ((head) => {
        const nextCursor = head.status === 200 ? nextCursorOf(head) : undefined;
        if (nextCursor !== undefined) onNextCursor(nextCursor);
      }),
    read: (items, reply) => readReply(items, nextCursorOf(reply), new Base64Decoder(reply.body)),
  };
}

/** The service always sends it, even with no messages. */
function nextCursorOf(reply: ReplyHead): string | undefined {
  return headerOf(reply, 'opc-next-cursor') || undefined;
}

/**
 * The answer to GetMessages. Undefined when any part of it cannot be read: leaving one message out would skip it in
 * silence.
 */
function readReply(
  items: unknown,
  nextCursor: string | undefined,
  decoder: Base64Decoder,
): ReadReply | undefined {
  if (!Array.isArray(items) || nextCursor === undefined) return undefined;
  const messages: StoredMessage[] = [];
  let last: StoredMessage | undefined;
  for (const item of items as unknown[]) {
    last = storedMessage(item, last, decoder);
    if (last === undefined) return undefined;
    messages.push(last);
  }
  return { messages, nextCursor };
}

/** Texts that are those of `last` are shared with it: most messages of an answer have the same partition and time. */
function storedMessage(
  item: unknown,
  last: StoredMessage | undefined,
  decoder: Base64Decoder,
): StoredMessage | undefined {
  const { partition, offset, key, value, timestamp } = (item ?? {}) as Record<string, unknown>;
  const place = wordOf(partition, last?.partition);
  const time = wordOf(timestamp, last?.timestamp);
  if (place === undefined || time === undefined || !isOffset(offset)) return undefined;
  // A message put without a key comes back with `key: null`.
  const keyText = key ?? null;
  if (keyText !== null && !(typeof keyText === 'string' && isBase64(keyText))) return undefined;
  const bytes = typeof value === 'string' ? decoder.append(value) : undefined;
  if (bytes === undefined) return undefined;
  return new ReadMessage(place, offset, time, keyText, decoder.buffer, decoder.end - bytes, bytes);
}

/** The views of its bytes are made when they are asked for: many programs look at no key. */
class ReadMessage implements StoredMessage {
  readonly partition: string;
  readonly offset: number;
  readonly timestamp: string;
  readonly #key: string | null;
  readonly #buffer: ArrayBuffer;
  readonly #start: number;
  readonly #bytes: number;

  constructor(
    partition: string,
    offset: number,
    timestamp: string,
    key: string | null,
    buffer: ArrayBuffer,
    start: number,
    bytes: number,
  ) {
    this.partition = partition;
    this.offset = offset;
    this.timestamp = timestamp;
    this.#key = key;
    this.#buffer = buffer;
    this.#start = start;
    this.#bytes = bytes;
  }

  get key(): Uint8Array | null {
    return this.#key === null ? null : Buffer.from(this.#key, 'base64');
  }

  get value(): Uint8Array {
    return Buffer.from(this.#buffer, this.#start, this.#bytes);
  }
}

/** As large as the pool of `Buffer.from`: a message that is kept keeps so much of its neighbours. */
const SHARED_BYTES = 8 * 1024;

/**
 * Decodes the values of one answer, one behind the other, into buffers that they share. To check a text costs as much as
 * to decode it, so both are done at once, before any message is handed over.
 */
class Base64Decoder {
  /** Only then does the length of what was decoded tell whether a text was base64 (see `append`). */
  readonly #isPlain: boolean;
  #buffer = Buffer.allocUnsafeSlow(0);
  #end = 0;

  constructor(json: Buffer) {
    this.#isPlain = isAscii(json) && !json.includes('\\');
  }

  /** What was decoded latest, and where it ends. */
  get buffer(): ArrayBuffer {
    return this.#buffer.buffer;
  }

  get end(): number {
    return this.#end;
  }

  /**
   * How many bytes the text is; undefined for what is not standard base64.
   *
   * Node passes over a character that is not base64, so a text with one gives fewer bytes than its length says. It takes the
   * URL's alphabet (`-`, `_`) too, and of a character above U+00FF the lower byte.
   */
  append(text: string): number | undefined {
    const { length } = text;
    if (length % 4 !== 0 || !(this.#isPlain || isBase64(text))) return undefined;
    const bytes = (length / 4) * 3 - paddingOf(text);
    if (this.#end + bytes > this.#buffer.length) {
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(SHARED_BYTES, bytes));
      this.#end = 0;
    }
    const written = this.#buffer.write(text, this.#end, 'base64');
    if (written !== bytes || text.includes('-') || text.includes('_')) return undefined;
    this.#end += bytes;
    return bytes;
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** By code: 1 for the characters of base64. */
const IN_ALPHABET = new Uint8Array(128);
for (const character of ALPHABET) IN_ALPHABET[character.charCodeAt(0)] = 1;

/** Quicker than a regular expression, and for a key than to decode it. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const end = text.length - paddingOf(text);
  for (let index = 0; index < end; index++) {
    if (IN_ALPHABET[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

function paddingOf(base64: string): number {
  if (!base64.endsWith('=')) return 0;
  return base64.endsWith('==') ? 2 : 1;
}
