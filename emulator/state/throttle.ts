interface Bucket {
  /** What may still be taken; below zero it is a debt that time pays. */
  level: number;
  at: number;
}

/**
 * Rates, each under a name of its own. A bucket holds one second's worth; the last taker may overdraw it, so that one
 * large message is not refused for ever.
 */
export class Throttle {
  readonly #buckets = new Map<string, Bucket>();

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
    if (bucket === undefined) this.#buckets.set(name, (bucket = { level: perSecond, at: now }));
    const grown = (Math.max(0, now - bucket.at) / 1000) * perSecond;
    bucket.level = Math.min(perSecond, bucket.level + grown);
    bucket.at = now;
    return bucket;
  }
}
