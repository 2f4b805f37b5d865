/** Returns a number in [0, 1). */
export type Random = () => number;

/**
 * A generator of random numbers for each purpose. With a seed each purpose has a sequence of its own. So more calls of another kind, or to
 * another region, do not change its numbers, and a scenario gives the same results in each run.
 */
export type RandomByPurpose = (purpose: string) => Random;

/** Without a seed all purposes share `source`. */
export function randomByPurpose(seed: number | undefined, source: Random): RandomByPurpose {
  return seed === undefined ? () => source : (purpose) => seededRandom(hashOf(`${seed} ${purpose}`));
}

/** Gives the same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A 32-bit hash, the same in every run: FNV-1a over code units, with a final mix. */
export function hashOf(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
