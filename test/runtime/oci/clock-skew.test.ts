import { expect, it } from 'vitest';

import { ClockSkew } from '../../../runtime/oci/clock-skew.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

it('C3: learns how far their clock is ahead, and adds to it', () => {
  const skew = new ClockSkew();
  expect(skew.learn('Mon, 23 Nov 2026 12:10:00 GMT', NOW)).toBe(600_000);
  expect(skew.ms).toBe(600_000);
  expect(skew.learn('Mon, 23 Nov 2026 12:08:00 GMT', NOW)).toBe(-120_000);
  expect(skew.ms).toBe(480_000);
});

it('leaves it alone below a minute, and without a date that can be read', () => {
  const skew = new ClockSkew();
  expect(skew.learn('Mon, 23 Nov 2026 12:00:59 GMT', NOW)).toBeUndefined();
  expect(skew.learn('yesterday', NOW)).toBeUndefined();
  expect(skew.learn(undefined, NOW)).toBeUndefined();
  expect(skew.ms).toBe(0);
});
