/** Only of throttling it is documented that it concerns a partition. */
const THROTTLED = 429;
/** For so long after a single entry was refused, requests hold one message per key (ms). */
const REMEMBERED_MS = 10_000;

/**
 * Which entries of a request a region refuses. `of-partitions`: all that follows in a partition, which takes no more bytes; then
 * messages of a key stay in order however many of them a request holds. `single`: of two messages of a key only the later one may
 * be stored. `unclear`: the partition of a refused key is not known, or the answer does not reach a message.
 */
export type Refusals = 'none' | 'of-partitions' | 'unclear' | 'single';

/** As `EntryResult`; what is stored names its partition. */
type PlacedResult =
  | { readonly type: 'stored'; readonly partition: string }
  | { readonly type: 'refused'; readonly status: number }
  | { readonly type: 'unnamed' };

/** Messages without a key have no order, and do not count. `partitionOf`: that of a key, where it is known. */
export function refusalsIn(
  keys: readonly (string | null)[],
  results: readonly PlacedResult[],
  partitionOf: (key: string) => string | undefined,
): Refusals {
  const refusing = new Set<string>();
  let isUnclear = false;
  for (const [index, result] of results.entries()) {
    const key = keys[index] ?? null;
    if (result.type === 'stored') {
      if (refusing.has(result.partition)) return 'single';
    } else if (key !== null) {
      if (result.type === 'refused' && result.status !== THROTTLED) return 'single';
      const partition = result.type === 'refused' ? partitionOf(key) : undefined;
      if (partition === undefined) isUnclear = true;
      else refusing.add(partition);
    }
  }
  if (isUnclear) return 'unclear';
  return refusing.size > 0 ? 'of-partitions' : 'none';
}

/** What is remembered of a region's refusals. */
export interface SingleRefusals {
  /** Single entries may have been refused: until then (monotonic ms) requests hold one message per key. */
  readonly until: number;
  /** They were, so each further refusal may be a single one. */
  readonly isCertain: boolean;
}

export const NO_SINGLE_REFUSALS: SingleRefusals = { until: -Infinity, isCertain: false };

/** After an answer. */
export function afterRefusals(before: SingleRefusals, refusals: Refusals, at: number): SingleRefusals {
  const wereCertain = before.isCertain && at < before.until;
  const isCertain = refusals === 'single' || (wereCertain && refusals !== 'none');
  if (isCertain || refusals === 'unclear') return { until: at + REMEMBERED_MS, isCertain };
  return before;
}
