/** How many of the messages at the head of a lane go into one request, and which. */
export interface BatchLimits {
  readonly maxBatchMessages: number;
  /** Keys plus values, decoded. */
  readonly maxBatchBytes: number;
  /** No two messages of one key in a request. */
  readonly strictOrder: boolean;
}

/** At least one message, however large: sizes were checked at `send`. */
export function batchLength(
  queue: readonly { readonly key: string | null; readonly bytes: number }[],
  limits: BatchLimits,
): number {
  const most = Math.min(queue.length, limits.maxBatchMessages);
  const keys = new Set<string>();
  let bytes = 0;
  for (let length = 0; length < most; length++) {
    const message = queue[length];
    if (message === undefined) return length;
    bytes += message.bytes;
    if (length > 0 && bytes > limits.maxBatchBytes) return length;
    if (!limits.strictOrder || message.key === null) continue;
    if (keys.has(message.key)) return length;
    keys.add(message.key);
  }
  return most;
}
