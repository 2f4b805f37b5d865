import type { RegionState } from '../state/index.ts';
import type { Receipt } from './history.ts';

/** What retention took: of each partition, all below an offset. */
export class Taken {
  /** By stream and partition; those of which it took nothing are not in it. */
  readonly #before = new Map<string, number>();

  constructor(regions: Iterable<RegionState>) {
    for (const { streams } of regions) {
      for (const { id, partitions } of streams.values()) {
        for (const [partition, { lostBefore }] of partitions.entries())
          if (lostBefore > 0) this.#before.set(`${id} ${partition}`, lostBefore);
      }
    }
  }

  get nothing(): boolean {
    return this.#before.size === 0;
  }

  has({ streamId, partition, offset }: Receipt): boolean {
    return offset < (this.#before.get(`${streamId} ${partition}`) ?? 0);
  }
}
