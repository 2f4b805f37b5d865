import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type CallBudget,
  countCall,
  canSpendCall,
  newCallBudget,
  spendCall,
} from '../../../runtime/core/backoff.ts';
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

const START = 1_000_000;

/** The budget after `seconds` of `perSecond` calls a second to a region that is well. */
function budgetAfter(seconds: number, perSecond: number): { budget: CallBudget; now: number } {
  let budget = newCallBudget(START);
  const calls = seconds * perSecond;
  for (let n = 1; n <= calls; n++) budget = countCall(budget, START + (n * 1_000) / perSecond);
  return { budget, now: START + seconds * 1_000 };
}

/** How many of these calls have had their turn `ms` after the first of them. */
function turnsWithin(ms: number, budget: CallBudget, now: number, wanted: number): number {
  let after = budget;
  let within = 0;
  for (let n = 0; n < wanted; n++) {
    const turn = spendCall(after, now);
    after = turn.budget;
    if (turn.waitMs <= ms) within++;
  }
  return within;
}

describe('INV-9: calls to a suspect region', () => {
  test('INV-9: stay at the rate of before, however many want to call', () => {
    const { budget, now } = budgetAfter(30, 100);
    expect(budget.perSecond).toBeGreaterThan(95);
    expect(budget.perSecond).toBeLessThan(105);
    expect(turnsWithin(1_000, budget, now, 10_000)).toBeLessThan(110);
    expect(turnsWithin(1_000, budget, now, 10_000)).toBeGreaterThan(90);
  });

  test('INV-9: may be ten a second, however thin the traffic was before', () => {
    const { budget, now } = budgetAfter(30, 1);
    expect(turnsWithin(1_000, budget, now, 1_000)).toBe(11);
    expect(turnsWithin(2_000, budget, now, 1_000)).toBe(21);
  });

  test('INV-9: wait in a queue, each until its own turn', () => {
    let budget = newCallBudget(START);
    const waits: number[] = [];
    for (let n = 0; n < 4; n++) {
      const turn = spendCall(budget, START);
      waits.push(turn.waitMs);
      ({ budget } = turn);
    }
    expect(waits).toEqual([0, 100, 200, 300]);
    // 150 ms later half of that queue has gone.
    expect(spendCall(budget, START + 150).waitMs).toBeCloseTo(250);
    expect(spendCall(budget, START + 400).waitMs).toBeCloseTo(0);
  });

  test('INV-9: save up one turn at most', () => {
    const first = spendCall(newCallBudget(START), START + 3_600_000);
    expect(first.waitMs).toBe(0);
    expect(spendCall(first.budget, START + 3_600_000).waitMs).toBeCloseTo(100);
  });

  test('INV-9: take turns at the rate of before, also a high one', () => {
    const { budget, now } = budgetAfter(30, 200);
    const second = spendCall(spendCall(budget, now).budget, now);
    expect(second.waitMs).toBeCloseTo(5, 0);
    expect(spendCall(budget, now).budget.perSecond).toBe(budget.perSecond);
  });

  test('INV-9: whatever the pattern, no more have their turn in a while than the rate allows', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { minLength: 2, maxLength: 80 }), (gaps) => {
        let budget = newCallBudget(START);
        let now = START;
        const turns: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const turn = spendCall(budget, now);
          ({ budget } = turn);
          expect(turn.waitMs).toBeGreaterThanOrEqual(0);
          turns.push(now + turn.waitMs);
        }
        turns.forEach((at, index) => {
          const next = turns[index + 1];
          if (next !== undefined) expect(next - at).toBeGreaterThanOrEqual(0);
          const tenth = turns[index + 10];
          // One that was saved up, then one each 100 ms.
          if (tenth !== undefined) expect(tenth - at).toBeGreaterThanOrEqual(899);
        });
      }),
    );
  });
});

describe('INV-9: calls to a region that is well', () => {
  test('INV-9: are counted as a moving average over five seconds', () => {
    const once = countCall(newCallBudget(START), START + 50);
    expect(once).toEqual({ perSecond: 0.2, tokens: 1, at: START + 50 });
    expect(countCall(once, START + 50).perSecond).toBeCloseTo(0.4);
    expect(countCall(once, START + 5_050).perSecond).toBeCloseTo(0.2 / Math.E + 0.2);
    expect(countCall(once, START + 3_600_000).perSecond).toBeCloseTo(0.2);
  });

  test('INV-9: find the turn free that a queue of before had taken', () => {
    let budget = newCallBudget(START);
    for (let n = 0; n < 50; n++) ({ budget } = spendCall(budget, START));
    expect(canSpendCall(budget, START + 100)).toBe(false);
    expect(canSpendCall(countCall(budget, START + 100), START + 100)).toBe(true);
  });
});

test('INV-9: a probe takes a turn only when one is free', () => {
  const budget = newCallBudget(START);
  expect(canSpendCall(budget, START)).toBe(true);
  const taken = spendCall(budget, START).budget;
  expect(canSpendCall(taken, START)).toBe(false);
  expect(canSpendCall(taken, START + 99)).toBe(false);
  expect(canSpendCall(taken, START + 100)).toBe(true);
});
