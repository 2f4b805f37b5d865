interface Bucket {
  readonly perSecond: number;
  /** What may still be taken. Below zero, calls wait until it is above zero again. */
  level: number;
  at: number;
}

/**
 * Token buckets by name. A bucket holds the amount of one second, so the first second after a pause allows twice the rate. A take may
 * bring it below zero: else a message larger than the bucket would be refused for ever. How the service measures its rates is not
 * documented. (unconfirmed)
 */
export class RateLimiter {
  /** The number of buckets in memory. */
  get size(): number {
    return this.#buckets.size;
  }

  readonly #buckets = new Map<string, Bucket>();
  #removeFullAt = 1_000;

  /** Milliseconds until a take is allowed; 0 if it is allowed now. */
  waitMs(name: string, perSecond: number, now: number): number {
    const { level } = this.#filled(name, perSecond, now);
    return level > 0 ? 0 : Math.floor((-level / perSecond) * 1000) + 1;
  }

  take(name: string, amount: number, perSecond: number, now: number): void {
    this.#filled(name, perSecond, now).level -= amount;
  }

  #filled(name: string, perSecond: number, now: number): Bucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      this.#removeFull(now);
      this.#buckets.set(name, (bucket = { perSecond, level: perSecond, at: now }));
    }
    bucket.level = levelAt(bucket, now);
    bucket.at = now;
    return bucket;
  }

  /** Removes full buckets: a new bucket is full too. Runs only when the number of buckets has doubled. */
  #removeFull(now: number): void {
    if (this.#buckets.size < this.#removeFullAt) return;
    for (const [name, bucket] of this.#buckets) {
      if (levelAt(bucket, now) === bucket.perSecond) this.#buckets.delete(name);
    }
    this.#removeFullAt = Math.max(1_000, this.#buckets.size * 2);
  }
}

function levelAt({ perSecond, level, at }: Bucket, now: number): number {
  const grown = (Math.max(0, now - at) / 1000) * perSecond;
  return Math.min(perSecond, level + grown);
}
