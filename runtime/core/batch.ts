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
