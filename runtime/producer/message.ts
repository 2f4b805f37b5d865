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

/**
 * Base64 once, as the service takes it (standard, padded; the SDK does not encode).
 * @throws HaError `BAD_MESSAGE`: neither text nor bytes, or over a limit of the service (key 256 bytes, value 1 MiB).
 */
function encode(
  message: Message,
  wrap: ((key: Buffer | null, value: Buffer) => Buffer) | undefined,
): EncodedMessage {
  if (typeof message !== 'object' || message === null) {
    const given = message === null ? 'null' : typeof message;
    throw refused(`${given} is no message; give { key, value }`);
  }
  const key = message.key === undefined || message.key === null ? null : bytesOf(message.key, 'key');
  const given = bytesOf(message.value, 'value');
  const keyBytes = key?.byteLength ?? 0;
  const problem = sizeProblem(keyBytes, given.byteLength);
  if (problem !== undefined) throw refused(problem);
  const value = wrap === undefined ? given : wrap(key, given);
  const wrapped = value === given ? undefined : sizeProblem(keyBytes, value.byteLength);
  if (wrapped !== undefined) {
    throw refused(`in its envelope ${wrapped}; without the envelope the value has ${given.byteLength} bytes`);
  }
  return {
    key: key === null ? null : key.toString('base64'),
    value: value.toString('base64'),
    bytes: keyBytes + value.byteLength,
  };
}

function refused(why: string): HaError {
  return new HaError('BAD_MESSAGE', `The message is not sent: ${why}.`);
}

function bytesOf(given: unknown, part: string): Buffer {
  if (typeof given === 'string') return Buffer.from(given, 'utf8');
  if (given instanceof Uint8Array) return Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  throw refused(`its ${part} is ${given === null ? 'null' : typeof given}; give a string or a Uint8Array`);
}
