import { refusal } from './service-error.ts';
import { canonicalBase64, decodedBytes } from '../state/base64.ts';

const MAX_KEY_BYTES = 256;
/** Keys and values of one request, after base64 decoding. So also the limit of one message. */
const MAX_REQUEST_BYTES = 1024 * 1024;

/** The messages of a put, as columns. Keys and values are canonical base64. */
interface PutMessagesBody {
  readonly keys: readonly (string | null)[];
  readonly values: readonly string[];
  /** Decoded bytes of key and value. */
  readonly sizes: readonly number[];
}

/**
 * The check of a put's body. Not a schema, because it must check hundreds of thousands of messages per second.
 *
 * An empty list is accepted and answered with no entries. (unconfirmed: the service may refuse it)
 */
export function putMessagesBody(input: unknown): PutMessagesBody {
  if (!isObject(input)) throw refusal.missing('messages');
  const messages = input['messages'];
  if (messages === undefined || messages === null) throw refusal.missing('messages');
  if (!Array.isArray(messages)) throw refusal.invalid('messages: must be an array');

  const keys: (string | null)[] = [];
  const values: string[] = [];
  const sizes: number[] = [];
  let total = 0;
  for (let index = 0; index < messages.length; index++) {
    const message: unknown = messages[index];
    if (!isObject(message)) throw refusal.invalid(`messages.${index}: must be an object`);
    const { key, value } = message;
    if (value === undefined || value === null) throw refusal.missing(`messages.${index}.value`);
    const canonicalKey = key === undefined || key === null ? null : base64(key, index, 'key');
    const canonicalValue = base64(value, index, 'value');
    const keyBytes = canonicalKey === null ? 0 : decodedBytes(canonicalKey);
    if (keyBytes > MAX_KEY_BYTES) {
      throw refusal.invalid(`messages.${index}.key: is ${keyBytes} bytes, the limit is ${MAX_KEY_BYTES}`);
    }
    const size = keyBytes + decodedBytes(canonicalValue);
    total += size;
    if (total > MAX_REQUEST_BYTES) throw refusal.invalid('Request size is limited to 1 MiB');
    keys.push(canonicalKey);
    values.push(canonicalValue);
    sizes.push(size);
  }
  return { keys, values, sizes };
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

function base64(input: unknown, index: number, field: 'key' | 'value'): string {
  if (typeof input !== 'string') throw refusal.invalid(`messages.${index}.${field}: must be a base64 string`);
  return canonicalBase64(input) ?? throwUnparsable();
}

function throwUnparsable(): never {
  throw refusal.unparsable();
}
