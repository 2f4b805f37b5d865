import type { Clock } from '../clock.ts';
import { CALL_SPACING_MS } from '../core/index.ts';
import type { Answer, GroupPosition, StoredMessage, StreamRef } from '../region.ts';
import type { ReadCalls } from './read-calls.ts';

interface CommitParts {
  readonly calls: Pick<ReadCalls, 'groupCursor' | 'read' | 'commit'>;
  readonly stream: StreamRef;
  readonly position: GroupPosition;
  /** How many the stream has. */
  readonly partitions: number;
  readonly clock: Pick<Clock, 'after'>;
  readonly signal: AbortSignal;
}

/**
 * Commits messages that are handled when no cursor stands for exactly them: a cursor is opaque and all or nothing. So they
 * are read once more, with a cursor that commits nothing by itself, never more at a time than are to be committed; and an
 * answer that holds nothing else is committed. Anything unexpected ends it: an uncommitted message is delivered again, a
 * message that is committed too early is lost.
 */
export async function commitHandled(
  handled: readonly StoredMessage[],
  { calls, stream, position, partitions, clock, signal }: CommitParts,
): Promise<Answer<null>> {
  const left = offsetsOf(handled);
  const made = await calls.groupCursor(stream, { ...position, commitOnGet: false }, { signal });
  if (!made.ok) return made;
  let cursor = made.value;
  // The service goes round the partitions: others may answer first, empty or not, each at most once.
  for (let others = 0; left.size > 0 && others < partitions;) {
    const limit = Math.min(...[...left.values()].map((offsets) => offsets.size));
    const reply = await calls.read(stream, cursor, { limit, signal });
    if (!reply.ok) return reply;
    const { messages, nextCursor } = reply.value;
    if (messages.length > 0 && messages.every(({ partition, offset }) => left.get(partition)?.has(offset))) {
      const committed = await calls.commit(stream, nextCursor, { signal });
      if (!committed.ok) return committed;
      cursor = committed.value;
      remove(left, messages);
      others = 0;
    } else {
      // Not `nextCursor`: from now on a commit with that would commit this answer too.
      others += 1;
    }
    // Reads and commits are limited.
    if (left.size > 0) await new Promise<void>((resolve) => void clock.after(CALL_SPACING_MS, resolve));
  }
  return { ok: true, value: null };
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
