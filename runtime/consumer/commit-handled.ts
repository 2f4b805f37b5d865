import type { GroupPosition, Region, StoredMessage } from '../region.ts';
import type { ConsumedStream } from './consumed-region.ts';

/**
 * Commits messages that are handled when no cursor stands for exactly them: a cursor is opaque and all or nothing. So they
 * are read once more, with a cursor that commits nothing by itself, never more at a time than are to be committed; and an
 * answer that holds nothing else is committed. Anything unexpected ends it: an uncommitted message comes again, a message
 * that is committed too early is lost.
 */
export async function commitHandled(
  region: Region,
  stream: ConsumedStream,
  position: Omit<GroupPosition, 'commitOnGet'>,
  handled: readonly StoredMessage[],
  signal: AbortSignal,
): Promise<void> {
  const left = offsetsOf(handled);
  let cursor = await region.groupCursor(stream, { ...position, commitOnGet: false }, { signal });
  // The service goes round the partitions: others may answer first, empty or not, each at most once.
  for (let others = 0; left.size > 0 && others < stream.partitions;) {
    const limit = Math.min(...[...left.values()].map((offsets) => offsets.size));
    const { messages, nextCursor } = await region.read(stream, cursor, { limit, signal });
    if (messages.length > 0 && messages.every(({ partition, offset }) => left.get(partition)?.has(offset))) {
      cursor = await region.commit(stream, nextCursor, { signal });
      remove(left, messages);
      others = 0;
    } else others += 1;
  }
}

function offsetsOf(messages: readonly StoredMessage[]): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const { partition, offset } of messages) {
    const offsets = found.get(partition);
    if (offsets === undefined) found.set(partition, new Set([offset]));
    else offsets.add(offset);
  }
  return found;
}

function remove(left: Map<string, Set<number>>, messages: readonly StoredMessage[]): void {
  for (const { partition, offset } of messages) {
    const offsets = left.get(partition);
    offsets?.delete(offset);
    if (offsets?.size === 0) left.delete(partition);
  }
}
