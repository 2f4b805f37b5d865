import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  afterFailure,
  evidenceOf,
  HEALTHY,
  isDown,
  type CallFailure,
  type RegionHealth,
} from '../../../runtime/core/index.ts';
import { afterSuccess, DOWN_AT, MIN_SPAN_MS, onProbation } from '../../../runtime/core/region-health.ts';
import { cases } from '../../support/cases.ts';
import { hang, local, misconfigured, refusedConnection, status, unreadable } from './failures.ts';

const LIMIT_MS = 2_000;
const START = 1_000_000;

function failed(health: RegionHealth, failure: CallFailure, startedAt: number, tookMs = 5): RegionHealth {
  return afterFailure(health, { failure, startedAt, tookMs, limitMs: LIMIT_MS });
}

/** Health after these results, one each `everyMs`; null is a success. */
function healthAfter(results: readonly (CallFailure | null)[], everyMs: number, tookMs = 5): RegionHealth {
  return results.reduce<RegionHealth>(
    (health, result, index) =>
      result === null ? afterSuccess(health) : failed(health, result, START + index * everyMs, tookMs),
    HEALTHY,
  );
}

function run(failure: CallFailure, length: number): (CallFailure | null)[] {
  return Array.from({ length }, () => failure);
}

/** A linear congruential generator: the same numbers on each run. */
function chances(): () => number {
  let seed = 20_261_123;
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

describe('down is judged on evidence', () => {
  test.each<[string, CallFailure, number, number]>([
    ['A1: quick 5xx', status(503), 5, 19],
    ['A3: slow 504', status(504), 1_900, 17],
    ['A5: refusals', refusedConnection, 5, 17],
    ['A8: silences', hang, 2_000, 17],
    ['A4: 429', status(429), 5, 26],
    ['A24: 408', status(408), 2_000, 38],
  ])('%s: a run over more than two seconds is needed, and enough', (_, failure, tookMs, needed) => {
    const down = (length: number): boolean => {
      const health = healthAfter(run(failure, length), 500, tookMs);
      return isDown(health, START + length * 500);
    };
    expect(down(needed - 1)).toBe(false);
    expect(down(needed)).toBe(true);
  });

  test('A12: failures must span two seconds: any number in one instant is one hiccup', () => {
    const spanning = (ms: number): RegionHealth =>
      failed(healthAfter(run(status(500), 60), 0), status(500), START + ms);
    expect(isDown(spanning(MIN_SPAN_MS - 1), START + MIN_SPAN_MS)).toBe(false);
    expect(isDown(spanning(MIN_SPAN_MS), START + MIN_SPAN_MS)).toBe(true);
  });

  test('A12: the span counts from the start of the first failing attempt, whichever ends first', () => {
    const late = failed(healthAfter(run(hang, 20), 0), hang, START - MIN_SPAN_MS);
    expect(isDown(late, START)).toBe(true);
    expect(late).toMatchObject({ evidence: { firstAt: START - MIN_SPAN_MS, lastAt: START } });
  });

  test('A2: any number of failures within less than two seconds is one hiccup', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (length, spread) => {
          const health = healthAfter(run(status(500), length), (spread * (MIN_SPAN_MS - 1)) / length);
          expect(isDown(health, START + MIN_SPAN_MS)).toBe(false);
        },
      ),
    );
  });

  test("INV-10, C12: what is the caller's fault, the configuration's or this machine's says nothing", () => {
    const silent: CallFailure[] = [
      ...[301, 400, 401, 403, 404, 409, 412, 413].map((code) => status(code)),
      local,
      misconfigured,
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...silent), { maxLength: 200 }), (results) => {
        expect(healthAfter(results, 1_000, 2_000)).toBe(HEALTHY);
      }),
    );
  });

  test('INV-6: more failures never make a region look better', () => {
    const result = fc.option(fc.constantFrom(status(500), status(429), hang, refusedConnection), {
      nil: null,
      freq: 2,
    });
    const down = (results: (CallFailure | null)[]): number =>
      Number(isDown(healthAfter(results, 300), START + results.length * 300));
    fc.assert(
      fc.property(fc.array(result, { maxLength: 60 }), fc.nat(59), (results, at) => {
        const was = results[at] ?? null;
        if (was !== null) return;
        const worse = results.map((each, index) => (index === at ? status(500) : each));
        expect(down(worse)).toBeGreaterThanOrEqual(down(results));
      }),
    );
  });

  test('A12: successes make a suspect region healthy again: each takes away 2.6', () => {
    const suspect = healthAfter(run(status(500), 13), 100);
    const after = (successes: number): RegionHealth =>
      Array.from({ length: successes }).reduce<RegionHealth>((health) => afterSuccess(health), suspect);
    expect(after(4)).toMatchObject({ type: 'suspect', evidence: { sum: expect.closeTo(2.6) as number } });
    expect(after(5)).toBe(HEALTHY);
    expect(afterSuccess(HEALTHY)).toBe(HEALTHY);
  });
});

describe('INV-6: the verdict carries its evidence', () => {
  test('INV-6: how many, since when, of which kinds, the latest in words', () => {
    const health = healthAfter([status(503), status(503), null, hang, refusedConnection], 1_000);
    expect(health).toEqual({
      type: 'suspect',
      evidence: {
        sum: expect.closeTo(2.3) as number,
        failures: 2,
        firstAt: START + 3_000,
        lastAt: START + 4_000,
        kinds: { ambiguous: 1, unreachable: 1 },
        latest: 'connection refused',
        neverReached: false,
      },
    });
  });

  test('INV-6: failures of one kind are counted', () => {
    expect(healthAfter(run(status(503), 7), 100)).toMatchObject({
      evidence: { failures: 7, sum: 7, kinds: { 'region-fault': 7 }, latest: '503' },
    });
  });

  test('C8: a region was never reached while every failure is one of the network', () => {
    expect(healthAfter(run(refusedConnection, 3), 100)).toMatchObject({ evidence: { neverReached: true } });
    const mixed = [refusedConnection, status(500), refusedConnection];
    expect(healthAfter(mixed, 100)).toMatchObject({ evidence: { neverReached: false } });
  });
});

describe('A23: evidence ages', () => {
  const HOUR_MS = 3_600_000;

  test('A23: 17 failures, three hours without any, 2 failures: no verdict', () => {
    const before = healthAfter(run(status(503), 17), 500);
    const at = START + 3 * HOUR_MS;
    const after = failed(failed(before, status(503), at), status(503), at + 2_500);
    expect(isDown(after, at + 2_500)).toBe(false);
    expect(after).toMatchObject({ evidence: { failures: 2, sum: 2, firstAt: at } });
  });

  test('A23: what was enough once is not enough after a while', () => {
    const down = healthAfter(run(status(503), 20), 500);
    const lastAt = START + 19 * 500;
    expect(isDown(down, lastAt + 10_000)).toBe(true);
    expect(isDown(down, lastAt + 12_000)).toBe(false);
    expect(isDown(down, lastAt + HOUR_MS)).toBe(false);
  });

  test('A23: it keeps its weight for ten seconds, then loses half of it in each fifteen', () => {
    const before = healthAfter(run(status(503), 16), 0);
    const sumAfter = (ms: number): number => {
      const health = failed(before, status(503), START + ms);
      return health.type === 'suspect' ? health.evidence.sum : 0;
    };
    expect([0, 10_000, 25_000, 40_000, 55_000].map(sumAfter)).toEqual([17, 17, 9, 5, 3]);
  });

  test('A23: evidence that is next to nothing is forgotten', () => {
    const one = healthAfter(run(status(503), 1), 0);
    const kept = failed(one, status(503), START + 10_000 + 4 * 15_000);
    const forgotten = failed(one, status(503), START + 10_000 + 5 * 15_000);
    expect(kept).toMatchObject({ evidence: { sum: 1.0625 } });
    expect(forgotten).toMatchObject({ evidence: { sum: 1 } });
  });

  test('A12, A23: failures of a minute ago do not make a fault of one second span more', () => {
    const before = healthAfter(run(refusedConnection, 12), 100);
    const at = START + 84_000;
    const series = (forMs: number): RegionHealth =>
      Array.from({ length: 20 }).reduce<RegionHealth>(
        (health, _, index) => failed(health, refusedConnection, at + (forMs * index) / 19),
        before,
      );
    expect(isDown(series(1_500), at + 1_500)).toBe(false);
    expect(series(1_500)).toMatchObject({ evidence: { failures: 20, firstAt: at } });
    expect(isDown(series(MIN_SPAN_MS), at + MIN_SPAN_MS)).toBe(true);
  });

  test('A19: calls half a minute apart never add up: it needs the probes in between', () => {
    const health = healthAfter(run(hang, 40), 30_000);
    expect(isDown(health, START + 40 * 30_000)).toBe(false);
  });
});

describe('A11: a region that is tried once more after it was judged down', () => {
  test('A11: keeps half of the evidence, at most half of what is enough: a relapse shows at once', () => {
    const many = healthAfter(run(status(503), 100), 100);
    expect(onProbation(many)).toMatchObject({
      type: 'suspect',
      evidence: { sum: DOWN_AT / 2, failures: 100 },
    });
    const few = healthAfter(run(status(503), 10), 100);
    expect(onProbation(few)).toMatchObject({ evidence: { sum: 5 } });
    expect(onProbation(HEALTHY)).toBe(HEALTHY);
  });

  test('A11: is not down by itself, and is after ten more failures', () => {
    const probation = onProbation(healthAfter(run(status(503), 100), 100));
    const again = (times: number): RegionHealth =>
      Array.from({ length: times }).reduce<RegionHealth>(
        (health, _, index) => failed(health, status(503), START + 10_000 + index * 100),
        probation,
      );
    expect(isDown(again(9), START + 11_000)).toBe(false);
    expect(isDown(again(10), START + 11_000)).toBe(true);
  });
});

describe('A10: random errors are no outage', () => {
  const CALLS = cases(1_000_000, 20_000);

  /** One call a second: the span is always long enough, so only the sum can prevent a verdict. */
  function downs(calls: number, failing: number, failure: CallFailure, tookMs: number): number {
    const chance = chances();
    let health: RegionHealth = HEALTHY;
    let found = 0;
    for (let n = 0; n < calls; n++) {
      const at = START + n * 1_000;
      health = chance() < failing ? failed(health, failure, at, tookMs) : afterSuccess(health);
      if (isDown(health, at)) found++;
    }
    return found;
  }

  test.each([0.05, 0.1, 0.2, 0.3])('A10: a million calls with %d of quick errors: no verdict', (failing) => {
    expect(downs(CALLS, failing, status(500), 5)).toBe(0);
  });

  test.each<[number, CallFailure]>([
    [0.1, status(504)],
    [0.3, status(504)],
    [0.3, hang],
    [0.3, unreadable],
  ])('A10: a million calls with %d of them as slow as silence (%j): no verdict', (failing, failure) => {
    expect(downs(CALLS, failing, failure, 1_900)).toBe(0);
  });

  test.each([status(500), status(504), hang, unreadable, status(408), status(429)])(
    'A10: at 30 %% of %j a run of chance has no chance to grow: its likelihood ratio is at most 1',
    (failure) => {
      const weight = evidenceOf(failure, 2_000, LIMIT_MS);
      expect(0.3 * Math.exp(weight) + 0.7 * Math.exp(-2.6)).toBeLessThanOrEqual(1.0001);
    },
  );
});
