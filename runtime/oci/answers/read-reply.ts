import type { ReadReply, StoredMessage } from '../../region.ts';

/**
 * The answer to GetMessages. Undefined when any part of it cannot be read: leaving one message out would skip it in
 * silence. `opc-next-cursor` is always sent, even with no messages.
 */
export function readReply(items: unknown, nextCursor: unknown): ReadReply | undefined {
  if (!Array.isArray(items) || typeof nextCursor !== 'string' || nextCursor === '') return undefined;
  const messages: StoredMessage[] = [];
  for (const item of items as unknown[]) {
    const message = storedMessage(item);
    if (message === undefined) return undefined;
    messages.push(message);
  }
  return { messages, nextCursor };
}

function storedMessage(item: unknown): StoredMessage | undefined {
  const { partition, offset, key, value, timestamp } = (item ?? {}) as Record<string, unknown>;
  if (typeof partition !== 'string' || !Number.isSafeInteger(offset) || typeof value !== 'string')
    return undefined;
  return {
    partition,
    offset: offset as number,
    // A message put without a key comes back with `key: null`.
    key: typeof key === 'string' ? Buffer.from(key, 'base64') : null,
    value: Buffer.from(value, 'base64'),
    timestamp: typeof timestamp === 'string' ? timestamp : '',
  };
}
