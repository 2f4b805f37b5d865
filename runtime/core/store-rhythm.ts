/**
 * How often a region stores something, so that a partition that refuses can be told from a region that does. A refused
 * entry does not name its partition; but while other messages are stored as often as before, the region is well.
 */
export interface StoreRhythm {
  /** When a message was stored last (monotonic ms); undefined: never. */
  readonly lastAt: number | undefined;
  /** Times between two answers that stored something (ms), and their squares; the older, the less they count. */
  readonly gaps: number;
  readonly squares: number;
}

export const NEVER_STORED: StoreRhythm = Object.freeze({ lastAt: undefined, gaps: 0, squares: 0 });

/** How much the sums keep with each answer. */
const KEPT = 0.9;
/** Silence for so many usual gaps is no chance any more. */
const GAPS = 3;
/** What is taken for a gap before there was one, in ms. */
const FIRST_GAP_MS = 1_000;
const SHORTEST_MS = 1_500;
const LONGEST_MS = 120_000;

export function afterStore({ lastAt, gaps, squares }: StoreRhythm, now: number): StoreRhythm {
  if (lastAt === undefined) return { lastAt: now, gaps, squares };
  const gap = Math.min(Math.max(0, now - lastAt), LONGEST_MS / GAPS);
  return { lastAt: Math.max(lastAt, now), gaps: gaps * KEPT + gap, squares: squares * KEPT + gap * gap };
}

/**
 * The time between two answers as a clock sees it: each gap weighs as much as it lasts. A plain mean would take two keys that
 * are stored in the same instant every 30 s for one that is stored every 15 s.
 */
function usualGapMs({ gaps, squares }: StoreRhythm): number {
  return gaps > 0 ? squares / gaps : FIRST_GAP_MS;
}

/** Whether nothing was stored for so long that refused entries speak of the whole region. */
export function hasStoppedStoring(rhythm: StoreRhythm, now: number): boolean {
  if (rhythm.lastAt === undefined) return true;
  const usual = GAPS * usualGapMs(rhythm);
  return now - rhythm.lastAt >= Math.min(Math.max(usual, SHORTEST_MS), LONGEST_MS);
}
