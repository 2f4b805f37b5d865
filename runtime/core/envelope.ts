import { isUtf8 } from 'node:buffer';

import { dataRoom, holds, readCloudEvent, readData, textOf, writeData } from './cloud-event.ts';

/** The `type` attribute of a message in an envelope. Any program may write CloudEvents of this type. */
export const ENVELOPE_TYPE = 'oci-streaming-ha.message';

/** What the envelope of a message says (envelope mode). */
export interface Envelope {
  /** The same for all copies of a message, in both regions. */
  readonly id: string;
  /** The producer that sent it; another one after each start of a process. */
  readonly producer: string;
  /** Grows with each message of a producer, and so with each message of a key, with gaps. */
  readonly sequence: number;
  /** When it was sent: RFC 3339, the producer's clock. */
  readonly time: string;
  /** W3C trace context, if the sender gave one. */
  readonly traceparent: string | undefined;
}

interface Unwrapped {
  readonly envelope: Envelope;
  readonly value: Uint8Array;
}

const TO_SOURCE = `"specversion":"1.0","type":"${ENVELOPE_TYPE}","source":"`;
const TO_ID = '","id":"';
const TO_SEQUENCE = '","sequence":"';
const TO_TIME = '","time":"';
/** CloudEvents compares sequences as text, so they have the same length: that of the largest safe integer. */
const SEQUENCE_DIGITS = 16;
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
const ID_LETTERS = '0123456789abcdefghijklmnopqrstuv';

/** The name of a producer: 100 random bits. */
export function producerName(random: () => number): string {
  return Array.from({ length: 20 }, () => ID_LETTERS[Math.floor(random() * ID_LETTERS.length)]).join('');
}

/** W3C trace context, version 00 and later ones of the same form. */
export function isTraceparent(text: unknown): text is string {
  return typeof text === 'string' && TRACEPARENT.test(text);
}

/**
 * Makes the envelopes of one producer, in the order of `send`. The sequence counts the messages of the producer, not those
 * of each key: that orders each key too, and the memory does not grow with the number of keys.
 */
export class EnvelopeWriter {
  readonly #start: string;
  #sequence = 0;
  #at = -1;
  #time = '';
  /** The latest event. The next one begins like it, but for one digit, nine times of ten. */
  #event = Buffer.alloc(0);
  #headBytes = 0;
  /** The last digits of the sequence: in the id, and in the sequence itself. */
  #digits: readonly [number, number] = [0, 0];

  constructor(producer: string) {
    this.#start = `{${TO_SOURCE}${producer}${TO_ID}${producer}-`;
  }

  /** Gives the envelope in base64. `now`: milliseconds since 1970. `traceparent` must be one. */
  wrap({ key, value, traceparent }: Wrapped, now: number): string {
    const room = MAX_HEAD_BYTES + dataRoom(value.byteLength);
    const isNew = this.#event.byteLength < room;
    if (isNew) this.#event = Buffer.allocUnsafe(room);
    const event = this.#event;
    const digit = ++this.#sequence % 10;
    if (isNew || digit === 0 || now !== this.#at) this.#writeHead(now);
    else {
      const [inId, inSequence] = this.#digits;
      event[inId] = ZERO + digit;
      event[inSequence] = ZERO + digit;
    }
    const trace = traceparent === undefined ? '' : `"traceparent":"${traceparent}",`;
    const more = key === null ? trace : `${partitionKeyOf(key)}${trace}`;
    const dataAt = this.#headBytes + (more === '' ? 0 : event.write(more, this.#headBytes));
    return event.toString('base64', 0, writeData(event, dataAt, value));
  }

  #writeHead(now: number): void {
    if (now !== this.#at) {
      this.#at = now;
      this.#time = new Date(now).toISOString();
    }
    const digits = String(this.#sequence);
    const toSequence = `${this.#start}${digits}${TO_SEQUENCE}${digits.padStart(SEQUENCE_DIGITS, '0')}`;
    this.#headBytes = this.#event.write(`${toSequence}${TO_TIME}${this.#time}",`, 'latin1');
    this.#digits = [this.#start.length + digits.length - 1, toSequence.length - 1];
  }
}

interface Wrapped {
  readonly key: string | Uint8Array | null;
  readonly value: Buffer;
  readonly traceparent?: string | undefined;
}

/** All before the value. A key has 256 bytes, each of them six characters of JSON. */
const MAX_HEAD_BYTES = 2_048;
const ZERO = 0x30;
const PLAIN_TEXT = /^[ !#-[\]-~]+$/;

/** CloudEvents allows no empty attribute and only text. */
function partitionKeyOf(key: string | Uint8Array): string {
  const text =
    typeof key === 'string'
      ? key.toWellFormed()
      : textOf(Buffer.from(key.buffer, key.byteOffset, key.byteLength));
  if (text === undefined || text === '') return '';
  return PLAIN_TEXT.test(text) ? `"partitionkey":"${text}",` : `"partitionkey":${JSON.stringify(text)},`;
}

/** The message in an envelope; undefined for a value that is no envelope, or not a whole one. */
export function unwrap(value: Uint8Array): Unwrapped | undefined {
  const bytes = Buffer.isBuffer(value)
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const own = readWritten(bytes);
  if (own !== undefined) return own;
  const event = readCloudEvent(bytes, ENVELOPE_TYPE);
  if (event === undefined) return undefined;
  const { id, source: producer, sequence: digits, time, traceparent } = event.attributes;
  return envelope({ id, producer, digits, time, traceparent }, event.value);
}

const SOURCE_AT = Buffer.from(`{${TO_SOURCE}`);
const [ID_AT, SEQUENCE_AT, TIME_AT] = [TO_ID, TO_SEQUENCE, TO_TIME].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
];
const PARTITION_KEY_AT = Buffer.from('"partitionkey":"');
const TRACEPARENT_AT = Buffer.from('"traceparent":"');
const END = Buffer.from('",');
/** Bytes that stand in JSON text as they are: `PLAIN` if all of the text is UTF-8. */
const PLAIN = tableOf((byte) => byte >= 0x20 && byte !== 0x22 && byte !== 0x5c);
const ASCII = tableOf((byte) => byte < 0x80 && PLAIN[byte] === 1);

function tableOf(isIn: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(isIn(byte)));
}

/**
 * An envelope as `EnvelopeWriter` writes it; undefined for any other value. It gives what parsing the JSON would, and is
 * several times faster.
 */
export function readWritten(bytes: Buffer): Unwrapped | undefined {
  if (!holds(bytes, 0, SOURCE_AT)) return undefined;
  const sourceAt = SOURCE_AT.length;
  const sourceEnd = endOf(bytes, sourceAt, ASCII);
  if (!holds(bytes, sourceEnd, ID_AT)) return undefined;
  const idAt = sourceEnd + ID_AT.length;
  const idEnd = endOf(bytes, idAt, ASCII);
  if (!holds(bytes, idEnd, SEQUENCE_AT)) return undefined;
  const digitsAt = idEnd + SEQUENCE_AT.length;
  const digitsEnd = endOf(bytes, digitsAt, ASCII);
  if (!holds(bytes, digitsEnd, TIME_AT)) return undefined;
  const timeAt = digitsEnd + TIME_AT.length;
  const timeEnd = endOf(bytes, timeAt, ASCII);
  if (!holds(bytes, timeEnd, END)) return undefined;
  let dataAt = timeEnd + END.length;
  if (holds(bytes, dataAt, PARTITION_KEY_AT)) {
    const asciiEnd = endOf(bytes, dataAt + PARTITION_KEY_AT.length, ASCII);
    const keyEnd = endOf(bytes, asciiEnd, PLAIN);
    if (!holds(bytes, keyEnd, END) || (keyEnd > asciiEnd && !isUtf8(bytes))) return undefined;
    dataAt = keyEnd + END.length;
  }
  let traceparent: string | undefined;
  if (holds(bytes, dataAt, TRACEPARENT_AT)) {
    const from = dataAt + TRACEPARENT_AT.length;
    const end = endOf(bytes, from, ASCII);
    if (!holds(bytes, end, END)) return undefined;
    traceparent = bytes.toString('latin1', from, end);
    dataAt = end + END.length;
  }
  const sequence = numberIn(bytes, digitsAt, digitsEnd);
  if (sourceEnd === sourceAt || idEnd === idAt || timeEnd === timeAt || sequence === undefined)
    return undefined;
  const value = readData(bytes, dataAt);
  if (value === undefined) return undefined;
  const id = bytes.toString('latin1', idAt, idEnd);
  const producer = producers.textOf(bytes, sourceAt, sourceEnd);
  const time = times.textOf(bytes, timeAt, timeEnd);
  return { envelope: { id, producer, sequence, time, traceparent }, value };
}

/** Makes no new text for the same bytes: messages that follow one another have their producer and their time in common. */
class LatestText {
  #bytes = Buffer.alloc(0);
  #text = '';

  textOf(bytes: Buffer, from: number, to: number): string {
    if (to - from !== this.#bytes.length || !holds(bytes, from, this.#bytes)) {
      this.#text = bytes.toString('latin1', from, to);
      this.#bytes = Buffer.from(this.#text, 'latin1');
    }
    return this.#text;
  }
}

const producers = new LatestText();
const times = new LatestText();

/** Undefined: there are not only digits, or too many. */
function numberIn(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (to === from || to - from > SEQUENCE_DIGITS) return undefined;
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Where the first byte from `at` on is that is not in the table. */
function endOf(bytes: Uint8Array, at: number, table: Uint8Array): number {
  let end = at;
  while (table[bytes[end]!] === 1) end++;
  return end;
}

interface GivenFields {
  readonly id: unknown;
  readonly producer: unknown;
  readonly digits: unknown;
  readonly time: unknown;
  readonly traceparent: unknown;
}

function envelope(
  { id, producer, digits, time, traceparent }: GivenFields,
  value: Uint8Array,
): Unwrapped | undefined {
  if (!isName(id) || !isName(producer) || !isName(time)) return undefined;
  if (typeof digits !== 'string' || !/^\d{1,16}$/.test(digits)) return undefined;
  if (traceparent !== undefined && typeof traceparent !== 'string') return undefined;
  const sequence = Number(digits);
  if (!Number.isSafeInteger(sequence)) return undefined;
  return { envelope: { id, producer, sequence, time, traceparent }, value };
}

function isName(given: unknown): given is string {
  return typeof given === 'string' && given !== '';
}
