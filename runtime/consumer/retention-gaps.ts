import type { Clock } from '../clock.ts';
import { CALL_SPACING_MS } from '../core/index.ts';
import type { StreamRef } from '../region.ts';
import type { ReadCalls } from './read-calls.ts';

/** Offsets of a partition, both included. Offsets are not dense: there may have been fewer messages. */
export interface Gap {
  readonly partition: string;
  readonly from: number;
  /** Undefined: whether there were any is not known. */
  readonly to: number | undefined;
}

interface GapParts {
  readonly calls: Pick<ReadCalls, 'group' | 'partitionCursor' | 'read'>;
  readonly stream: StreamRef;
  readonly group: string;
  readonly clock: Pick<Clock, 'after'>;
  readonly signal: AbortSignal;
}

/**
 * The messages that retention removed before the group read them: those between its last commit and the oldest message. In a
 * partition that is empty now, or cannot be read, there may have been some. Partitions without a commit are left out.
 */
export async function retentionGaps({ calls, stream, group, clock, signal }: GapParts): Promise<Gap[]> {
  const reservations = await calls.group(stream, group, { signal });
  if (!reservations.ok) return [];
  const gaps: Gap[] = [];
  for (const { partition, committedOffset } of reservations.value) {
    if (signal.aborted) break;
    if (committedOffset === undefined) continue;
    // The service limits the creation of cursors to 5 a second.
    await new Promise<void>((resolve) => void clock.after(CALL_SPACING_MS, resolve));
    const from = committedOffset + 1;
    const oldest = await oldestIn(partition, { calls, stream, signal });
    if (oldest === undefined || oldest > from)
      gaps.push({ partition, from, to: oldest === undefined ? undefined : oldest - 1 });
  }
  return gaps;
}

/** An offset; undefined: there is no message, or it cannot be read. */
async function oldestIn(
  partition: string,
  { calls, stream, signal }: Pick<GapParts, 'calls' | 'stream' | 'signal'>,
): Promise<number | undefined> {
  const cursor = await calls.partitionCursor(stream, partition, 'TRIM_HORIZON', { signal });
  if (!cursor.ok) return undefined;
  const reply = await calls.read(stream, cursor.value, { limit: 1, signal });
  return reply.ok ? reply.value.messages[0]?.offset : undefined;
}
