import { expect, test } from 'vitest';

import { upperBound } from './upper-bound.ts';

// Exact Poisson limits, as in tables (one-sided, 95 %).
test.each([
  [0, 2.996],
  [1, 4.744],
  [2, 6.296],
  [20, 29.062],
])('A10: %i verdicts are compatible with at most %f', (verdicts, bound) => {
  expect(upperBound({ verdicts, hours: 1 })).toBeCloseTo(bound, 2);
  expect(upperBound({ verdicts, hours: 100 })).toBeCloseTo(bound / 100, 4);
});
