import type { Clock } from '../clock.ts';
import { EnvelopeWriter, isTraceparent, producerName, sizeProblem } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EncodedMessage } from '../region.ts';
import type { Settings } from '../settings/index.ts';

/** What a program sends. Text is sent as UTF-8. Messages of one key keep their order; a message without a key has none. */
export interface Message {
  readonly key?: string | Uint8Array | null | undefined;
  readonly value: string | Uint8Array;
}

/** A message of the command line. */
export interface GivenMessage extends Message {
  /** It comes out of an outbox, where messages are as they go on the wire: in an envelope, or meant to have none. */
  readonly isExported?: boolean;
}

/** Encodes the messages of one producer, in the order of `send`. */
export type MessageEncoder = (message: Message, traceparent: string | undefined) => EncodedMessage;

/** Values go on the wire as they are, or in envelope mode each in an envelope of its own. */
export function messageEncoder({ envelope }: Pick<Settings, 'envelope'>, clock: Clock): MessageEncoder {
  if (!envelope) {
    return (message, traceparent) => {
      if (traceparent !== undefined) throw refused('a traceparent needs an envelope (option `envelope`)');
      return encode(message, undefined);
    };
  }
  const writer = new EnvelopeWriter(producerName(() => clock.random()));
  return (message, traceparent) => {
    if (traceparent !== undefined && !isTraceparent(traceparent)) {
      throw refused('its traceparent is not in the form of W3C trace context: 00-<32 hex>-<16 hex>-<2 hex>');
    }
    return encode(message, (key, value) => writer.wrap({ key, value, traceparent }, clock.wall()));
  };
}

/** Whatever the settings say of envelopes. @throws HaError `BAD_MESSAGE` */
export function encodeAsItIs(message: Message): EncodedMessage {
  return encode(message, undefined);
}

/**
 * Base64 once, as the service takes it (standard, padded; the SDK does not encode).
 * @throws HaError `BAD_MESSAGE`: neither text nor bytes, or over a limit of the service (key 256 bytes, value 1 MiB).
 */
function encode(
  message: Message,
  wrap: ((key: string | Uint8Array | null, value: Buffer) => string) | undefined,
): EncodedMessage {
  if (typeof message !== 'object' || message === null) {
    const given = message === null ? 'null' : typeof message;
    throw refused(`${given} is no message; give { key, value }`);
  }
  const key = message.key ?? null;
  const { value } = message;
  const keyBytes = key === null ? 0 : sizeOf(key, 'key');
  const valueBytes = sizeOf(value, 'value');
  const problem = sizeProblem(keyBytes, valueBytes);
  if (problem !== undefined) throw refused(problem);
  const key64 = key === null ? null : base64Of(key, keyBytes);
  if (wrap === undefined) {
    return { key: key64, value: base64Of(value, valueBytes), bytes: keyBytes + valueBytes };
  }
  const wrapped = wrap(key, bufferOf(value));
  const wrappedBytes = Buffer.byteLength(wrapped, 'base64');
  const grown = sizeProblem(keyBytes, wrappedBytes);
  if (grown === undefined) return { key: key64, value: wrapped, bytes: keyBytes + wrappedBytes };
  throw refused(`in its envelope ${grown}; without the envelope the value has ${valueBytes} bytes`);
}

/** @throws HaError as `encode` does, with the index of the message: then none of them is sent. */
export function encodeBatch(
  messages: readonly Message[],
  encode: (message: Message) => EncodedMessage,
): EncodedMessage[] {
  if (!Array.isArray(messages)) {
    throw new HaError('BAD_MESSAGE', 'Nothing is sent: sendBatch takes an array of messages.');
  }
  // `map` passes over the holes of an array.
  return Array.from(messages, (message: Message, index) => {
    try {
      return encode(message);
    } catch (error) {
      if (!(error instanceof HaError)) throw error;
      const words = `No message of the batch is sent, because of the one at index ${index}. ${error.message}`;
      throw new HaError(error.code, words, { cause: error });
    }
  });
}

function refused(why: string): HaError {
  return new HaError('BAD_MESSAGE', `The message is not sent: ${why}.`);
}

/** Bytes of a part of a message, in UTF-8 for text. @throws HaError for what would be stored as other bytes. */
function sizeOf(given: unknown, part: string): number {
  if (typeof given === 'string') {
    const bytes = Buffer.byteLength(given);
    if (bytes === given.length || given.isWellFormed()) return bytes;
    throw refused(
      `its ${part} has half of a surrogate pair, which is no character; \`toWellFormed()\` replaces it`,
    );
  }
  if (given instanceof Uint8Array) {
    if (given.byteLength > 0 || !isDetached(given)) return given.byteLength;
    throw refused(`its ${part} was transferred to another thread, so its bytes are not here`);
  }
  throw refused(`its ${part} is ${given === null ? 'null' : typeof given}; give a string or a Uint8Array`);
}

function isDetached({ buffer }: Uint8Array): boolean {
  return 'detached' in buffer && buffer.detached;
}

function bufferOf(part: string | Uint8Array): Buffer {
  if (typeof part === 'string') return Buffer.from(part);
  return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}

function base64Of(part: string | Uint8Array, bytes: number): string {
  if (Buffer.isBuffer(part)) return part.toString('base64');
  // Text of ASCII alone: a third of the time of the way through a buffer.
  if (typeof part === 'string' && bytes === part.length) return btoa(part);
  return bufferOf(part).toString('base64');
}
