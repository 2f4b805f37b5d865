import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  afterProbe,
  mayFailBack,
  nextProbeMs,
  type PrimaryRecovery,
} from '../../../runtime/core/failback.ts';

const LIMITS = {
  probeIntervalMs: 5_000,
  failbackAfterMs: 60_000,
  failback: true,
  failbackMinIntervalMs: 3_600_000,
};
const NOW = 1_000_000;
const silent = (probes: number): PrimaryRecovery => ({ type: 'silent', probes });
const healing: PrimaryRecovery = { type: 'healing', since: NOW };
const ready: PrimaryRecovery = { type: 'ready' };
const trial: PrimaryRecovery = { type: 'trial' };

describe('G1: probes of the region that was left', () => {
  test('G1: are 5 s apart, growing to 30 s while it is silent', () => {
    const seconds = [0, 1, 2, 3, 4, 5, 50].map((probes) => nextProbeMs(silent(probes), LIMITS) / 1_000);
    expect(seconds).toEqual([5, 7.5, 11.25, 16.875, 25.3125, 30, 30]);
  });

  test('G1: are 5 s apart once it answers', () => {
    for (const recovery of [healing, ready, trial]) expect(nextProbeMs(recovery, LIMITS)).toBe(5_000);
  });
});

describe('G1, G2: what a probe says', () => {
  test.each<[string, PrimaryRecovery, boolean, number, PrimaryRecovery]>([
    ['G1: the first answer', silent(7), true, 0, healing],
    ['G1: a silence after others', silent(7), false, 0, silent(8)],
    ['G1: an answer within the minute', healing, true, 59_999, healing],
    ['G1: an answer after a minute', healing, true, 60_000, ready],
    ['G2: a silence within the minute', healing, false, 30_000, silent(0)],
    ['G2: a silence when it was ready', ready, false, 0, silent(0)],
    ['G2: a silence during the trial', trial, false, 0, silent(0)],
    ['G1: an answer when it is ready', ready, true, 5_000, ready],
    ['G1: an answer during the trial', trial, true, 5_000, trial],
  ])('%s', (_, before, answered, afterMs, after) => {
    expect(afterProbe(before, answered, NOW + afterMs, LIMITS)).toEqual(after);
  });

  test('G2: ready means that every probe of the last minute was answered', () => {
    const probes = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 30_000 })), { maxLength: 60 });
    fc.assert(
      fc.property(probes, (all) => {
        let recovery = silent(0);
        let now = NOW;
        let firstAnswer: number | undefined;
        for (const [answered, gapMs] of all) {
          now += gapMs;
          recovery = afterProbe(recovery, answered, now, LIMITS);
          firstAnswer = answered ? (firstAnswer ?? now) : undefined;
          const isReady = firstAnswer !== undefined && now - firstAnswer >= LIMITS.failbackAfterMs;
          expect(recovery.type === 'ready').toBe(isReady);
        }
      }),
    );
  });
});

describe('G3: when a trial may be made', () => {
  const may = (
    recovery: PrimaryRecovery,
    last: number | undefined,
    over: Partial<typeof LIMITS> = {},
  ): boolean => mayFailBack(recovery, last, NOW, { ...LIMITS, ...over });

  test('G1: only when the region is ready', () => {
    expect([silent(0), healing, ready, trial].map((recovery) => may(recovery, undefined))).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  test('G5: never with failback off', () => {
    expect(may(ready, undefined, { failback: false })).toBe(false);
  });

  test('G3: an hour after the last failback, and then again', () => {
    expect(may(ready, NOW - 3_599_999)).toBe(false);
    expect(may(ready, NOW - 3_600_000)).toBe(true);
    expect(may(ready, NOW)).toBe(false);
  });

  test('G3, G7: the last failback may be of an earlier process: its time is then negative', () => {
    expect(mayFailBack(ready, -3_000_000, 1_000, LIMITS)).toBe(false);
    expect(mayFailBack(ready, -3_600_000, 1_000, LIMITS)).toBe(true);
  });

  test('G3: failbackMinIntervalMs is what the user says', () => {
    expect(may(ready, NOW - 10, { failbackMinIntervalMs: 10 })).toBe(true);
    expect(may(ready, NOW - 9, { failbackMinIntervalMs: 10 })).toBe(false);
  });
});
