import { DamagedFile } from './disk-problem.ts';
import type { OutboxTotals, PageLimits } from './outbox-store.ts';
import { bitsFor, hasBit, Outline, sealOf, setBits, type Segment } from './segment.ts';

/** A segment as SQLite gives it, with what was removed of it. */
export interface StoredSegment {
  readonly first: number;
  readonly messages: number;
  readonly bytes: number;
  readonly seal: number;
  readonly outline: Uint8Array;
  readonly rows: Uint8Array;
  readonly which: Uint8Array | null;
}

/** @throws DamagedFile when it is not as it was written. */
export function checked({ seal, which, ...segment }: StoredSegment): Segment {
  if (sealOf(segment) !== seal) {
    const last = segment.first + segment.messages - 1;
    throw new DamagedFile(`messages ${segment.first} to ${last} are not as they were written`);
  }
  return { ...segment, without: which ?? undefined };
}

export function soundOutline({ first, messages, outline }: Omit<Segment, 'bytes' | 'rows'>): Outline {
  const sound = Outline.of(outline, messages);
  if (sound === undefined)
    throw new DamagedFile(`the outline of messages from ${first} on is not as it was written`);
  return sound;
}

/** What of a segment is left after `after`; up to `limits`, but at least one message. */
export function partAfter(
  segment: Segment,
  after: number,
  limits: PageLimits = { messages: Infinity, bytes: Infinity },
): OutboxTotals & { readonly segment: Segment } {
  const { first, messages, bytes } = segment;
  const isWhole = segment.without === undefined && after < first;
  if (isWhole && messages <= limits.messages && bytes <= limits.bytes) return { messages, bytes, segment };
  const without = segment.without ?? bitsFor(messages);
  setBits(without, 0, Math.max(0, after + 1 - first));
  const costs = soundOutline(segment);
  let count = 0;
  let cost = 0;
  for (let index = 0; index < messages; index++) {
    if (hasBit(without, index)) continue;
    if (count > 0 && (count === limits.messages || cost + costs.cost(index) > limits.bytes)) {
      setBits(without, index, messages);
      break;
    }
    count++;
    cost += costs.cost(index);
  }
  return { messages: count, bytes: cost, segment: { ...segment, without } };
}
