import * as fc from 'fast-check';

/** `npm run mutate` runs each test hundreds of times. */
export const isUnderMutation = process.env['STRYKER_MUTATOR_WORKER'] !== undefined;

/** How many cases a test tries. */
export function cases(usually: number, perMutant: number): number {
  return isUnderMutation ? perMutant : usually;
}

const character = fc
  .oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 0x7f }) },
    { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xff }) },
    { weight: 2, arbitrary: fc.integer({ min: 0x100, max: 0xd7ff }) },
    { weight: 2, arbitrary: fc.integer({ min: 0xe000, max: 0x10ffff }) },
  )
  .map((point) => String.fromCodePoint(point));

/** Text of any characters. Not fast-check's unit `binary`: it takes 2 s to set up, in each process. */
export function anyText(maxLength = 30): fc.Arbitrary<string> {
  return fc.string({ unit: character, maxLength });
}
