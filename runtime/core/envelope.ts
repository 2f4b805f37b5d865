import { formOf, plainTextOf, readCloudEvent, textOf, writeCloudEvent } from './cloud-event.ts';

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

  constructor(producer: string) {
    this.#start = `"specversion":"1.0","type":"${ENVELOPE_TYPE}","source":"${producer}","id":"${producer}-`;
  }

  /** `now`: milliseconds since 1970. `traceparent` must be one. */
  wrap(
    { key, value, traceparent }: { key: Buffer | null; value: Buffer; traceparent?: string | undefined },
    now: number,
  ): Buffer {
    const sequence = String(++this.#sequence);
    if (now !== this.#at) {
      this.#at = now;
      this.#time = new Date(now).toISOString();
    }
    const partitionKey = key === null ? '' : partitionKeyOf(key);
    const trace = traceparent === undefined ? '' : `"traceparent":"${traceparent}",`;
    const padded = sequence.padStart(SEQUENCE_DIGITS, '0');
    const head = `${this.#start}${sequence}","sequence":"${padded}","time":"${this.#time}",${partitionKey}${trace}`;
    return writeCloudEvent(head, value);
  }
}

/** CloudEvents allows no empty attribute and only text. */
function partitionKeyOf(key: Buffer): string {
  if (key.byteLength === 0) return '';
  if (formOf(key, 0, key.byteLength) === 'ascii') return `"partitionkey":"${key.toString('latin1')}",`;
  const text = textOf(key);
  return text === undefined ? '' : `"partitionkey":${JSON.stringify(text)},`;
}

/** The head of an envelope as `EnvelopeWriter` writes it. This is three times faster than to parse the JSON. */
const OWN_HEAD = new RegExp(
  `^"specversion":"1\\.0","type":"${ENVELOPE_TYPE.replace('.', '\\.')}","source":"([\\w.:/-]+)","id":"([\\w.:/-]+)","sequence":"(\\d{16})",` +
    '"time":"([\\w.:+-]+)",(?:"partitionkey":"[ !#-\\[\\]-~]+",)?(?:"traceparent":"([\\da-f-]+)",)?$',
);

/** The message in an envelope; undefined for a value that is no envelope, or not a whole one. */
export function unwrap(value: Uint8Array): Unwrapped | undefined {
  const bytes = Buffer.isBuffer(value)
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = plainTextOf(bytes);
  const own = text === undefined ? null : OWN_HEAD.exec(text.head);
  if (text !== undefined && own !== null) {
    const [, producer, id, digits, time, traceparent] = own;
    return envelope({ id, producer, digits, time, traceparent }, text.value);
  }
  const event = readCloudEvent(bytes, ENVELOPE_TYPE);
  if (event === undefined) return undefined;
  const { id, source: producer, sequence: digits, time, traceparent } = event.attributes;
  return envelope({ id, producer, digits, time, traceparent }, event.value);
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
