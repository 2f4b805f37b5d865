import { describe, expect, test } from 'vitest';

import {
  afterCall,
  afterStore,
  callLimitMs,
  type CallPace,
  hasStoppedStoring,
  NEVER_STORED,
  type StoreRhythm,
  UNKNOWN_PACE,
} from '../../../runtime/core/region-pace.ts';

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

const START = 1_000_000;

/** `times` answers that stored something, one each `everyMs`; the last one at `at`. */
function storing(times: number, everyMs: number): { rhythm: StoreRhythm; at: number } {
  let rhythm = NEVER_STORED;
  for (let n = 0; n < times; n++) rhythm = afterStore(rhythm, START + n * everyMs);
  return { rhythm, at: START + (times - 1) * everyMs };
}

/** After how many ms without anything stored a refusal says something of the region. */
function patienceMs({ rhythm, at }: { rhythm: StoreRhythm; at: number }): number {
  for (let ms = 0; ms <= 200_000; ms++) if (hasStoppedStoring(rhythm, at + ms)) return ms;
  return Infinity;
}

describe('A18, A22: a refused entry speaks of the region only when nothing is stored any more', () => {
  test('B3: at once when nothing was ever stored', () => {
    expect(hasStoppedStoring(NEVER_STORED, START)).toBe(true);
  });

  test('A18: with 100 stored a second, after a second and a half', () => {
    expect(patienceMs(storing(1_000, 10))).toBe(1_500);
  });

  test('A22: with one stored a second, after three seconds: three usual gaps', () => {
    expect(patienceMs(storing(100, 1_000))).toBe(3_000);
  });

  test('A22: with one stored every ten seconds, after half a minute', () => {
    expect(patienceMs(storing(100, 10_000))).toBe(30_000);
  });

  test('A22: after two minutes at most, however rare messages are', () => {
    expect(patienceMs(storing(10, 600_000))).toBe(120_000);
  });

  test('A22: with one answer so far, a usual gap is a second', () => {
    expect(patienceMs(storing(1, 0))).toBe(3_000);
  });

  test('A22: two keys, a message a second, one of them refused: the other is stored often enough', () => {
    let rhythm = NEVER_STORED;
    for (let second = 0; second < 600; second++) {
      const at = START + second * 1_000;
      if (second % 2 === 0) rhythm = afterStore(rhythm, at);
      else expect(hasStoppedStoring(rhythm, at)).toBe(false);
    }
  });
});

describe('A18, A22: the usual gap', () => {
  test('A22: keys that are stored in the same instant are no sign of haste', () => {
    let rhythm = NEVER_STORED;
    for (let round = 0; round < 20; round++) {
      for (let key = 0; key < 5; key++) rhythm = afterStore(rhythm, START + round * 30_000);
    }
    expect(patienceMs({ rhythm, at: START + 19 * 30_000 })).toBe(90_000);
  });

  test('A18: a night without traffic is forgotten with the next hundred messages', () => {
    let rhythm = afterStore(NEVER_STORED, START);
    const at = START + 8 * 3_600_000;
    rhythm = afterStore(rhythm, at);
    expect(patienceMs({ rhythm, at })).toBe(120_000);
    for (let n = 1; n <= 110; n++) rhythm = afterStore(rhythm, at + n * 10);
    expect(patienceMs({ rhythm, at: at + 1_100 })).toBe(1_500);
  });

  test('A18: two answers that are reported in the other order are no gap', () => {
    const rhythm = afterStore(afterStore(NEVER_STORED, START), START - 5);
    expect(patienceMs({ rhythm, at: START })).toBe(3_000);
  });
});
