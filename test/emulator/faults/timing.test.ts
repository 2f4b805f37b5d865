import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isInForce, isOver, nextChange, type Timing } from '../../../emulator/faults/timing.ts';

const ms = fc.integer({ min: 1, max: 50 });
const timing: fc.Arbitrary<Timing> = fc.record({
  afterMs: fc.option(fc.nat(50), { nil: undefined }),
  forMs: fc.option(ms, { nil: undefined }),
  flap: fc.option(fc.record({ downMs: ms, upMs: ms }), { nil: undefined }),
});
const SINCE = 1_000;

/** What the words of a rule say, moment by moment. */
function saysAt({ afterMs = 0, forMs = Infinity, flap }: Timing, now: number): boolean {
  let elapsed = now - SINCE - afterMs;
  if (elapsed < 0 || elapsed >= forMs) return false;
  if (flap === undefined) return true;
  for (;;) {
    if (elapsed < flap.downMs) return true;
    elapsed -= flap.downMs;
    if (elapsed < flap.upMs) return false;
    elapsed -= flap.upMs;
  }
}

test('a rule is in force as it says, at every moment, whether the clock ran there or was moved', () => {
  fc.assert(
    fc.property(timing, fc.nat(300), (rule, later) => {
      expect(isInForce(rule, SINCE, SINCE + later)).toBe(saysAt(rule, SINCE + later));
    }),
  );
});

test('who looks only when told to misses no turn', () => {
  fc.assert(
    fc.property(timing, (rule) => {
      let now = SINCE;
      let known = isInForce(rule, SINCE, now);
      while (now < SINCE + 300) {
        const next = nextChange(rule, SINCE, now);
        for (let each = now; each < Math.min(next, SINCE + 300); each++)
          expect(saysAt(rule, each)).toBe(known);
        expect(next).toBeGreaterThan(now);
        now = next;
        known = isInForce(rule, SINCE, now);
      }
    }),
  );
});

test('a rule that is over is not in force, then or ever again', () => {
  fc.assert(
    fc.property(timing, fc.nat(300), fc.nat(300), (rule, when, later) => {
      fc.pre(isOver(rule, SINCE, SINCE + when));
      expect(isInForce(rule, SINCE, SINCE + when + later)).toBe(false);
      expect(nextChange(rule, SINCE, SINCE + when)).toBe(Infinity);
    }),
  );
});
