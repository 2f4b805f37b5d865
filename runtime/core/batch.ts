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

/** FNV-1a, 32 bits: spreads keys. Not the service's partitioner, which is not documented. */
export function hashOf(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** How many of the messages that wait in a lane go into one request, and which. */
export interface BatchLimits {
  readonly maxBatchMessages: number;
  /** Keys plus values, decoded. */
  readonly maxBatchBytes: number;
}

/** How many waiting messages are looked at to fill a request that holds one message of each key. */
const LOOK_AHEAD = 4;

/**
 * The next request: from the head of the lane, in order. With `oneMessagePerKey` later messages of a key that is in it are
 * passed over, so the order of each key holds and no refused entry can be overtaken within the request. At least one
 * message, however large: sizes were checked at `send`.
 */
export function takeBatch<M extends { readonly key: string | null; readonly bytes: number }>(
  waiting: Iterable<M>,
  limits: BatchLimits,
  oneMessagePerKey: boolean,
): M[] {
  const batch: M[] = [];
  const keys = new Set<string>();
  let bytes = 0;
  let looked = 0;
  for (const message of waiting) {
    if (batch.length >= limits.maxBatchMessages || looked >= LOOK_AHEAD * limits.maxBatchMessages) break;
    looked++;
    const { key } = message;
    if (oneMessagePerKey && key !== null) {
      if (keys.has(key)) continue;
      keys.add(key);
    }
    if (batch.length > 0 && bytes + message.bytes > limits.maxBatchBytes) break;
    bytes += message.bytes;
    batch.push(message);
  }
  return batch;
}

/**
 * What the answer to a put as a whole says about its region, and about the messages in it. OCI answers 200 with
 * `failures > 0` when some entries were refused, so the status alone says nothing about a message.
 */
interface EntryResult {
  readonly type: 'stored' | 'refused' | 'unnamed';
  readonly status?: number;
  readonly message?: string;
}

export type AnswerMeaning =
  | { readonly type: 'stored' }
  /** Some entries are stored, some refused: the refused ones go again, paced. That is no evidence against the region. */
  | { readonly type: 'partly-stored'; readonly refused: number; readonly status: number }
  /** Nothing is stored, everything refused: as if the whole call had been answered with this status. */
  | { readonly type: 'all-refused'; readonly status: number; readonly message: string }
  /** None is said to be stored, and not all are refused: the answer breaks the protocol, and some may be stored. */
  | { readonly type: 'unnamed' };

export function answerMeaning(results: readonly EntryResult[]): AnswerMeaning {
  let stored = 0;
  let refused = 0;
  // 429 wins over 500 in a mixed refusal: it is the weaker evidence.
  let first: EntryResult | undefined;
  for (const result of results) {
    if (result.type === 'stored') stored++;
    if (result.type !== 'refused') continue;
    refused++;
    if (first === undefined || (result.status === 429 && first.status !== 429)) first = result;
  }
  if (results.length > 0 && stored === results.length) return { type: 'stored' };
  if (stored === 0 && (first === undefined || refused < results.length)) return { type: 'unnamed' };
  if (refused === results.length) {
    return { type: 'all-refused', status: first?.status ?? 500, message: first?.message ?? '' };
  }
  return { type: 'partly-stored', refused, status: first?.status ?? 200 };
}

/**
 * The positions of entries that are not stored although a later message of their key is: their order is lost and cannot be
 * restored (OCI has no ordered put). Messages without a key have no order to lose.
 */
export function overtaken(
  keys: readonly (string | null)[],
  results: readonly { readonly type: EntryResult['type'] }[],
): number[] {
  const storedLater = new Set<string>();
  const found: number[] = [];
  for (let index = results.length - 1; index >= 0; index--) {
    const key = keys[index];
    if (key === null || key === undefined) continue;
    if (results[index]?.type === 'stored') storedLater.add(key);
    else if (storedLater.has(key)) found.push(index);
  }
  return found.toReversed();
}
