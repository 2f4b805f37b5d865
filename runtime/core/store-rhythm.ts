/**
 * How often a region stores something, so that a partition that refuses can be told from a region that does. A refused
 * entry does not name its partition; but while other messages are stored as often as before, the region is well.
 */
export interface StoreRhythm {
  /** When a message was stored last (monotonic ms); undefined: never. */
  readonly lastAt: number | undefined;
  /** Mean time between two answers that stored something, in ms; undefined before the second. */
  readonly meanGapMs: number | undefined;
}

export const NEVER_STORED: StoreRhythm = Object.freeze({ lastAt: undefined, meanGapMs: undefined });

/** The weight of the latest gap in the mean. */
const LATEST = 0.1;
/** Silence for so many usual gaps is no chance any more. */
const GAPS = 3;
/** What is taken for a gap before there was one, in ms. */
const FIRST_GAP_MS = 1_000;
const SHORTEST_MS = 1_500;
const LONGEST_MS = 120_000;

export function afterStore(rhythm: StoreRhythm, now: number): StoreRhythm {
  const { lastAt, meanGapMs } = rhythm;
  if (lastAt === undefined) return { lastAt: now, meanGapMs: undefined };
  const gap = Math.max(0, now - lastAt);
  return { lastAt: now, meanGapMs: meanGapMs === undefined ? gap : meanGapMs + (gap - meanGapMs) * LATEST };
}

/** Whether nothing was stored for so long that refused entries speak of the whole region. */
export function hasStoppedStoring(rhythm: StoreRhythm, now: number): boolean {
  if (rhythm.lastAt === undefined) return true;
  const usual = GAPS * (rhythm.meanGapMs ?? FIRST_GAP_MS);
  return now - rhythm.lastAt >= Math.min(Math.max(usual, SHORTEST_MS), LONGEST_MS);
}
