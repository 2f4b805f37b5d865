/** Limits of the service (API 20180418): key 256 bytes, value and request 1 MiB, all decoded. */
export const MAX_KEY_BYTES = 256;
export const MAX_VALUE_BYTES = 1_048_576;
export const MAX_REQUEST_BYTES = 1_048_576;

/**
 * Why a message of these sizes (decoded bytes) can never be stored; undefined when it can. The size of a request is the
 * sum of its keys and values, so a value of 1 MiB leaves no room for a key.
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

/** What limits the size of one request. */
export interface BatchLimits {
  readonly maxBatchMessages: number;
  /** Keys plus values, decoded. */
  readonly maxBatchBytes: number;
}

/** A message that waits for a request. */
interface Waiting {
  readonly key: string | null;
  readonly bytes: number;
  /** The region refused it, while it took others. */
  readonly wasRefused: boolean;
}

/** What limits a request after refusals. */
export interface RefusalRules {
  /** So that no message of a key can be stored while an earlier one in the same request is refused. */
  readonly oneMessagePerKey: boolean;
  /** Most messages that were refused before. */
  readonly mostRefused: number;
}

/** How many waiting messages are considered, for each that a request may hold, when it passes messages over. */
const LOOK_AHEAD = 4;

/**
 * The messages of the next request, in order from the head of the lane; at least one, however large, because sizes are
 * checked at `send`. When it passes a message over, it passes over all later ones of its key.
 */
export function takeBatch<M extends Waiting>(
  waiting: readonly M[],
  limits: BatchLimits,
  { oneMessagePerKey, mostRefused }: RefusalRules,
): M[] {
  const batch: M[] = [];
  const passedOver = new Set<string>();
  const { maxBatchMessages, maxBatchBytes } = limits;
  const end = Math.min(waiting.length, LOOK_AHEAD * maxBatchMessages);
  let refused = 0;
  let bytes = 0;
  for (let index = 0; index < end && batch.length < maxBatchMessages; index++) {
    const message = waiting[index]!;
    const { key } = message;
    if (passedOver.size > 0 && key !== null && passedOver.has(key)) continue;
    if (message.wasRefused && refused === mostRefused) {
      if (key !== null) passedOver.add(key);
      continue;
    }
    bytes += message.bytes;
    if (batch.length > 0 && bytes > maxBatchBytes) break;
    if (message.wasRefused) refused++;
    if (oneMessagePerKey && key !== null) passedOver.add(key);
    batch.push(message);
  }
  return batch;
}

/** Where a region refuses most of what it refused before, it gets so many of those in a request all the same. */
const FEWEST_REFUSED = 8;

/**
 * `mostRefused` of the next request of a lane, after one that held `sent` messages that were refused before, of which `stored`
 * are stored now. Without it, a full request would be sent for each few messages that a throttled partition takes.
 */
export function nextMostRefused(
  before: number,
  { sent, stored }: { readonly sent: number; readonly stored: number },
  { maxBatchMessages }: BatchLimits,
): number {
  if (stored === sent && sent > 0) return 2 * before < maxBatchMessages ? 2 * before : Infinity;
  if (2 * stored >= sent) return before;
  return Math.min(before, Math.max(2 * stored, FEWEST_REFUSED));
}

/**
 * What the answer to a put says about one message. OCI answers 200 with `failures > 0` when it refused some entries, so
 * the status alone does not tell whether a message is stored. `unnamed`: there is no result for the message.
 */
interface EntryResult {
  readonly type: 'stored' | 'refused' | 'unnamed';
  readonly status?: number;
  readonly message?: string;
}

export type AnswerMeaning =
  | { readonly type: 'stored' }
  /**
   * Some entries are stored, some refused. The refused ones are sent again, paced; that is no evidence against the
   * region.
   */
  | { readonly type: 'partly-stored'; readonly refused: number; readonly status: number }
  /** Nothing is stored, everything refused: as if the whole call had been answered with this status. */
  | { readonly type: 'all-refused'; readonly status: number; readonly message: string }
  /** No result says `stored`, and some messages have none: the answer breaks the protocol, and some may be stored. */
  | { readonly type: 'unnamed' };

export function answerMeaning(results: readonly EntryResult[]): AnswerMeaning {
  let stored = 0;
  let refused = 0;
  // In a mixed refusal 429 is taken rather than 500: it is the weaker evidence.
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
 * The positions of entries that are not stored although a later message of their key is. Their order is lost, because
 * OCI cannot insert a message before another. Messages without a key have no order.
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
