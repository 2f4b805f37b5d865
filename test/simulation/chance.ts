import { hashOf, seededRandom } from '../../emulator/random.ts';

/** What a seed decides, one draw after another. */
export class Chance {
  readonly random: () => number;

  constructor(seed: number, purpose = 'schedule') {
    this.random = seededRandom(hashOf(`${purpose} ${seed}`));
  }

  is(share: number): boolean {
    return this.random() < share;
  }

  between([low, high]: readonly [number, number]): number {
    return low + this.random() * (high - low);
  }

  whole(low: number, high: number): number {
    return Math.floor(this.between([low, high + 1]));
  }

  one<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)]!;
  }
}
