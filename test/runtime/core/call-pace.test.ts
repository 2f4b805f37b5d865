import { describe, expect, test } from 'vitest';

import { afterCall, callLimitMs, UNKNOWN_PACE, type CallPace } from '../../../runtime/core/call-pace.ts';

const TIMEOUT_MS = 2_000;

const after = (pace: CallPace, times: number, ms: number): CallPace =>
  Array.from({ length: times }).reduce<CallPace>((before) => afterCall(before, ms, TIMEOUT_MS), pace);

describe('A16: a region is slow', () => {
  test('A16: when the median of ten calls takes half of their time, and not before there are ten', () => {
    expect(after(UNKNOWN_PACE, 9, 1_000).slow).toBe(false);
    expect(after(UNKNOWN_PACE, 10, 1_000)).toMatchObject({ slow: true, medianMs: 1_000 });
    expect(after(UNKNOWN_PACE, 10, 999).slow).toBe(false);
  });

  test('A16: not for a few slow calls: the median is that of the latest ten', () => {
    const prompt = after(UNKNOWN_PACE, 10, 5);
    expect(after(prompt, 4, 60_000).slow).toBe(false);
    expect(after(prompt, 5, 60_000).slow).toBe(true);
    expect(after(prompt, 30, 1_200).latestMs).toEqual(Array.from({ length: 10 }, () => 1_200));
  });

  test('A16: the median is that of numbers, in whatever order they came', () => {
    const mixed = [9, 1_000, 80, 700, 6, 2_000, 50, 11, 300, 1].reduce<CallPace>(
      (pace, ms) => afterCall(pace, ms, TIMEOUT_MS),
      UNKNOWN_PACE,
    );
    expect(mixed.medianMs).toBe(80);
  });

  test('A16: and prompt again below a quarter: in between it stays what it was', () => {
    const slow = after(UNKNOWN_PACE, 10, 1_500);
    expect(after(slow, 20, 600).slow).toBe(true);
    expect(after(slow, 20, 500).slow).toBe(true);
    expect(after(slow, 20, 499).slow).toBe(false);
    expect(after(after(slow, 20, 499), 20, 600).slow).toBe(false);
  });

  test('A16: nothing is known before ten calls', () => {
    expect(after(UNKNOWN_PACE, 9, 7)).toEqual({
      ...UNKNOWN_PACE,
      latestMs: Array.from({ length: 9 }, () => 7),
    });
  });
});

describe('A8: how long a call may take', () => {
  test.each([
    [0, 2_000],
    [262_143, 2_000],
    [262_144, 3_000],
    [524_287, 3_000],
    [524_288, 4_000],
    [1_398_104, 7_000],
  ])('A8: with %i bytes of body, %i ms', (bytes, ms) => {
    expect(callLimitMs(TIMEOUT_MS, bytes)).toBe(ms);
  });
});
