import { describe, expect, test } from 'vitest';

import { median, quantile, ratiosOf, spreadOf } from './statistics.ts';

describe('the statistics of a benchmark', () => {
  test('take the middle of an odd number of values, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  test('take the mean of the two in the middle of an even number', () => {
    expect(median([10, 1, 4, 2])).toBe(3);
  });

  test('tell the least and the most beside the median', () => {
    expect(spreadOf([3, 8, 2])).toEqual({ median: 3, least: 2, most: 8 });
  });

  test('leave the given values as they are', () => {
    const values = [3, 1, 2];
    spreadOf(values);
    quantile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });

  test.each([
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
    [0, 1],
  ])('find the quantile %d of 1 to 100 at the nearest rank: %d', (share, value) => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantile(values, share)).toBe(value);
  });

  test('take ratios round by round: a slow round of both changes nothing', () => {
    expect(ratiosOf([100, 10, 60], [50, 5, 20])).toEqual({ median: 2, least: 2, most: 3 });
  });

  test('refuse rounds that do not pair, and no values at all', () => {
    expect(() => ratiosOf([1, 2], [1])).toThrow('each round');
    expect(() => median([])).toThrow('no values');
    expect(() => quantile([], 0.5)).toThrow('no values');
  });
});
