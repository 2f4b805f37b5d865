/** Numbers in [0, 1), one after the other. */
export type Random = () => number;

/**
 * Chance by purpose. Under a seed each purpose draws from a row of its own, so that what happens elsewhere (another
 * region, one more call of another kind) does not shift its numbers: what is played again goes the same way.
 */
export type Chance = (purpose: string) => Random;

/** Without a seed there is one source for everything. */
export function chanceOf(seed: number | undefined, source: Random): Chance {
  return seed === undefined ? () => source : (purpose) => seededRandom(hashOf(`${seed} ${purpose}`));
}

/** A generator of chance that gives the same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 32 bits that tell texts apart, the same at every run: FNV-1a over code units, with a last mix. */
export function hashOf(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
