/** The service refuses what is signed more than 5 minutes off; below a minute, a 401 has another reason. */
const TOLERANCE_MS = 60_000;

/** How far the region's clock is ahead of ours, learnt from the `Date` header of a 401 (C3). One a region. */
export class ClockSkew {
  #ms = 0;

  /** Milliseconds to add to the wall clock when signing. */
  get ms(): number {
    return this.#ms;
  }

  /**
   * Looks at the `Date` of a refusal that was received at `wallMs` (ms since 1970). Gives by how much the skew changed,
   * in ms, or undefined when time is not what was wrong.
   */
  learn(date: string | undefined, wallMs: number): number | undefined {
    const off = Date.parse(date ?? '') - (wallMs + this.#ms);
    if (!(Math.abs(off) > TOLERANCE_MS)) return undefined;
    this.#ms += off;
    return off;
  }
}
