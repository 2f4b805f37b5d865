import { refusal } from './service-error.ts';
import { canonicalBase64, decodedBytes } from '../state/base64.ts';

const MAX_KEY_BYTES = 256;
/** The sum of keys and values of a request after base64 decoding; so also the most that one message can be. */
const MAX_REQUEST_BYTES = 1024 * 1024;

/** The messages of a put, in columns. Keys and values are canonical base64. */
interface PutDetails {
  readonly keys: readonly (string | null)[];
  readonly values: readonly string[];
  /** Decoded bytes, key and value together. */
  readonly sizes: readonly number[];
}

/**
 * The check of a put's body. By hand, not by a schema: it runs for each of hundreds of thousands of messages a second.
 *
 * An empty list is let through and answered with no entries. (unconfirmed: the service may refuse it.)
 */
export function putDetails(input: unknown): PutDetails {
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
  return canonicalBase64(input) ?? refuse();
}

function refuse(): never {
  throw refusal.unparsable();
}
