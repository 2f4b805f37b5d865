/** Limits of the service (API 20180418): key 256 bytes, value and request 1 MiB, all decoded. */
export const MAX_KEY_BYTES = 256;
export const MAX_VALUE_BYTES = 1_048_576;
export const MAX_REQUEST_BYTES = 1_048_576;

/**
 * Why a message of these sizes (bytes, decoded) can never be stored; undefined when it can.
 * A request's size is the sum of keys and values, so a message must leave room for its own key.
 */
export function sizeProblem(keyBytes: number, valueBytes: number): string | undefined {
  if (keyBytes > MAX_KEY_BYTES) return `the key has ${keyBytes} bytes; the limit is ${MAX_KEY_BYTES}`;
  if (valueBytes > MAX_VALUE_BYTES)
    return `the value has ${valueBytes} bytes; the limit is ${MAX_VALUE_BYTES} (1 MiB)`;
  const together = keyBytes + valueBytes;
  if (together > MAX_REQUEST_BYTES) {
    return `key and value have ${together} bytes together; the limit of a request is ${MAX_REQUEST_BYTES} (1 MiB)`;
  }
  return undefined;
}
