interface Bucket {
  readonly perSecond: number;
  /** What may still be taken; below zero it is a debt that time pays. */
  level: number;
  at: number;
}

/**
 * Rates, each under a name of its own. A bucket holds one second's worth, so that after a pause twice as much may come in
 * the first second; the last taker may overdraw it, so that one large message is not refused for ever. How the
 * service counts its seconds is not documented. (unconfirmed)
 */
export class Throttle {
  /** How many are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  readonly #buckets = new Map<string, Bucket>();
  #sweepAt = 1_000;

  /** Milliseconds until something may be taken; 0 when it may be now. */
  wait(name: string, perSecond: number, now: number): number {
    const { level } = this.#filled(name, perSecond, now);
    return level > 0 ? 0 : Math.floor((-level / perSecond) * 1000) + 1;
  }

  take(name: string, amount: number, perSecond: number, now: number): void {
    this.#filled(name, perSecond, now).level -= amount;
  }

  #filled(name: string, perSecond: number, now: number): Bucket {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      this.#sweep(now);
      this.#buckets.set(name, (bucket = { perSecond, level: perSecond, at: now }));
    }
    bucket.level = levelAt(bucket, now);
    bucket.at = now;
    return bucket;
  }

  /** A full bucket is the same as none. Now and then, so that it costs next to nothing. */
  #sweep(now: number): void {
    if (this.#buckets.size < this.#sweepAt) return;
    for (const [name, bucket] of this.#buckets) {
      if (levelAt(bucket, now) === bucket.perSecond) this.#buckets.delete(name);
    }
    this.#sweepAt = Math.max(1_000, this.#buckets.size * 2);
  }
}

function levelAt({ perSecond, level, at }: Bucket, now: number): number {
  const grown = (Math.max(0, now - at) / 1000) * perSecond;
  return Math.min(perSecond, level + grown);
}
