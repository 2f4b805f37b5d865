import { sizeProblem } from '../core/index.ts';
import { HaError } from '../errors.ts';
import type { EncodedMessage } from '../region.ts';

/** What a program sends. Text is sent as UTF-8. Messages of one key keep their order; a message without a key has none. */
export interface Message {
  readonly key?: string | Uint8Array | null | undefined;
  readonly value: string | Uint8Array;
}

/**
 * Base64 once, as the service takes it (standard, padded; the SDK does not encode).
 * @throws HaError `BAD_MESSAGE`: neither text nor bytes, or over a limit of the service (key 256 bytes, value 1 MiB).
 */
export function encodeMessage(message: Message): EncodedMessage {
  if (typeof message !== 'object' || message === null) {
    const given = message === null ? 'null' : typeof message;
    throw new HaError('BAD_MESSAGE', `The message is not sent: ${given} is no message; give { key, value }.`);
  }
  const key = message.key === undefined || message.key === null ? null : bytesOf(message.key, 'key');
  const value = bytesOf(message.value, 'value');
  const keyBytes = key?.byteLength ?? 0;
  const problem = sizeProblem(keyBytes, value.byteLength);
  if (problem !== undefined) throw new HaError('BAD_MESSAGE', `The message is not sent: ${problem}.`);
  return {
    key: key === null ? null : key.toString('base64'),
    value: value.toString('base64'),
    bytes: keyBytes + value.byteLength,
  };
}

function bytesOf(given: unknown, part: string): Buffer {
  if (typeof given === 'string') return Buffer.from(given, 'utf8');
  if (given instanceof Uint8Array) return Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  throw new HaError(
    'BAD_MESSAGE',
    `The message is not sent: its ${part} is ${given === null ? 'null' : typeof given}; give a string or a Uint8Array.`,
  );
}
