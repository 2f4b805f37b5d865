import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { backoffMs, retryHintMs } from '../../../runtime/core/index.ts';

const limits = { baseDelayMs: 250, maxDelayMs: 5_000 };
const now = Date.parse('2026-11-23T12:00:00Z');
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('A1: waits grow to 250, 500, 1000, 2000 ms at most, then to the cap', () => {
  const longest = [1, 2, 3, 4, 5, 6].map((failed) =>
    Math.ceil(backoffMs(failed, undefined, limits, 0.999_999_9)),
  );
  expect(longest).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000]);
});

test('B8: no wait is negative or longer than the cap, whatever is asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
      chance,
      (failed, hint, luck) => {
        const wait = backoffMs(failed, hint, limits, luck);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(limits.maxDelayMs);
      },
    ),
  );
});

describe('B8: the wait that a region names', () => {
  test.each([
    [{ retryAfter: '3' }, 3_000],
    [{ retryAfter: ' 0.5 ' }, 500],
    [{ retryAfter: '0.125' }, 125],
    [{ message: 'next request can be made in  80  ms' }, 80],
    [{ retryAfter: 'Mon, 23 Nov 2026 12:00:07 GMT' }, 7_000],
    [{ message: 'Too many requests, next request can be made in 120 ms' }, 120],
    [{ message: 'next request can be made in 80ms.' }, 80],
    [{ message: 'can be made in 80 ms', retryAfter: '9' }, 80],
  ])('B8: %j is %i ms', (failure, ms) => {
    expect(retryHintMs(failure, now)).toBe(ms);
  });

  test.each([
    '0',
    '-5',
    '',
    'soon',
    '1e9',
    'NaN',
    'Infinity',
    'Mon, 23 Nov 2026 11:00:00 GMT',
    '2026-11-24',
    'x Mon, 23 Nov 2026 12:00:07 GMT',
    'Mon, 23 Nov 2026 12:00:07 GMT+0000',
    '0.1234567',
    '2026-11-23',
    '١٢',
  ])('B8: %j makes no sense', (retryAfter) => {
    expect(retryHintMs({ retryAfter }, now)).toBeUndefined();
  });

  test('B8: any text gives a positive finite number or nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (retryAfter, message) => {
        const hint = retryHintMs({ retryAfter, message }, now);
        expect(hint === undefined || (Number.isFinite(hint) && hint > 0)).toBe(true);
      }),
    );
  });
});
