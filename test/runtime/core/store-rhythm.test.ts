import { describe, expect, test } from 'vitest';

import {
  afterStore,
  hasStoppedStoring,
  NEVER_STORED,
  type StoreRhythm,
} from '../../../runtime/core/store-rhythm.ts';

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

  test('A18: a night without traffic is forgotten with the next few hundred messages', () => {
    let rhythm = afterStore(NEVER_STORED, START);
    const at = START + 8 * 3_600_000;
    rhythm = afterStore(rhythm, at);
    expect(patienceMs({ rhythm, at })).toBe(120_000);
    for (let n = 1; n <= 300; n++) rhythm = afterStore(rhythm, at + n * 10);
    expect(patienceMs({ rhythm, at: at + 3_000 })).toBe(1_500);
  });

  test('A18: two answers that are reported in the other order are no gap', () => {
    const rhythm = afterStore(afterStore(NEVER_STORED, START), START - 5);
    expect(patienceMs({ rhythm, at: START })).toBe(3_000);
  });
});
