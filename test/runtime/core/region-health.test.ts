import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  afterFailure,
  afterSuccess,
  looksDown,
  WELL,
  type CallFailure,
  type RegionHealth,
} from '../../../runtime/core/index.ts';
import { hang, refusedConnection, status } from '../../support/fake-region.ts';

const MIN_SPAN_MS = 2_000;

/** Health after these results, one each `everyMs`; null is a success. */
function healthAfter(results: readonly (CallFailure | null)[], everyMs: number): RegionHealth {
  return results.reduce<RegionHealth>(
    (health, result, index) =>
      result === null ? afterSuccess(health) : afterFailure(health, result, index * everyMs),
    WELL,
  );
}

describe('down is judged on evidence', () => {
  test.each([
    ['5xx', status(503), 19],
    ['refusals', refusedConnection, 10],
    ['silences', hang, 6],
  ])('a run of %s over more than two seconds is needed, and enough', (_, failure, needed) => {
    const run = (length: number): RegionHealth =>
      healthAfter(
        Array.from({ length }, () => failure),
        500,
      );
    expect(looksDown(run(needed - 1))).toBe(false);
    expect(looksDown(run(needed))).toBe(true);
  });

  test('any number of failures in one instant is one hiccup', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (length, spread) => {
          const health = healthAfter(
            Array.from({ length }, () => status(500)),
            (spread * (MIN_SPAN_MS - 1)) / length,
          );
          expect(looksDown(health)).toBe(false);
        },
      ),
    );
  });

  test("what is the caller's fault, the configuration's or this machine's says nothing", () => {
    const silent: CallFailure[] = [
      ...[301, 400, 401, 403, 404, 409, 412, 413].map((code) => status(code)),
      { type: 'local', detail: 'EMFILE' },
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...silent), { maxLength: 200 }), (results) => {
        expect(healthAfter(results, 1_000)).toBe(WELL);
      }),
    );
  });

  test('more failures never make a region look better', () => {
    const result = fc.option(fc.constantFrom(status(500), status(429), hang, refusedConnection), {
      nil: null,
      freq: 2,
    });
    fc.assert(
      fc.property(fc.array(result, { maxLength: 60 }), fc.nat(59), (results, at) => {
        const worse = results.map((each, index) => (index === at ? status(500) : each));
        const was = results[at] ?? null;
        if (was !== null) return;
        expect(Number(looksDown(healthAfter(worse, 300)))).toBeGreaterThanOrEqual(
          Number(looksDown(healthAfter(results, 300))),
        );
      }),
    );
  });

  test('successes make a suspect region well again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 18 }), (failures) => {
        const results = [
          ...Array.from({ length: failures }, () => status(500)),
          ...Array.from({ length: 8 }, () => null),
        ];
        expect(healthAfter(results, 100)).toBe(WELL);
      }),
    );
  });
});

test('A10: ten million calls at 30 % random errors never look like an outage', () => {
  let health: RegionHealth = WELL;
  let seed = 20_261_123;
  const chance = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const failure = status(500);
  let downs = 0;
  // One call a second: the span is always long enough, so only the sum can hold it back.
  for (let n = 0; n < 10_000_000; n++) {
    health = chance() < 0.3 ? afterFailure(health, failure, n * 1_000) : afterSuccess(health);
    if (looksDown(health)) downs++;
  }
  expect(downs).toBe(0);
});
