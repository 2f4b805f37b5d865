import type { Clock } from '../clock.ts';
import { CALL_SPACING_MS } from '../core/index.ts';
import type { Region } from '../region.ts';
import type { ConsumedStream } from './consumed-region.ts';

/** Offsets of a partition, both included. Not all of them need have been messages: offsets are not dense. */
export interface LostRange {
  readonly partition: string;
  readonly from: number;
  readonly to: number;
}

interface Asked {
  readonly region: Region;
  readonly stream: ConsumedStream;
  readonly group: string;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
}

/**
 * What retention took from a group: what lies between its last commit and the oldest message that is kept. A partition
 * that never saw a commit, or that is empty by now, tells nothing.
 */
export async function lostToRetention({ region, stream, group, clock, signal }: Asked): Promise<LostRange[]> {
  const committed = await region.committedOffsets(stream, group, { signal });
  const lost: LostRange[] = [];
  for (const [index, [partition, offset]] of [...committed].entries()) {
    if (index > 0) await clock.sleep(CALL_SPACING_MS, { signal });
    const cursor = await region.oldestCursor(stream, partition, { signal });
    const { messages } = await region.read(stream, cursor, { limit: 1, signal });
    const oldest = messages[0]?.offset ?? 0;
    if (oldest > offset + 1) lost.push({ partition, from: offset + 1, to: oldest - 1 });
  }
  return lost;
}
