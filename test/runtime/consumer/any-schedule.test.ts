import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { Life, type Happening } from './life.ts';

const region = fc.constantFrom('primary', 'secondary');

/** What can happen, as data, so that a failing schedule shrinks. */
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    to: region,
    what: fc.constant('store'),
    partition: fc.nat(2),
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ to: region, what: fc.constant('fail'), status: fc.constantFrom(429, 500, 503, 409, 404, 400) }),
  fc.record({ to: region, what: fc.constantFrom('cut', 'heal', 'spoil cursors', 'become active') }),
  fc.record({ to: fc.constant('consumer'), what: fc.constantFrom('kill', 'close') }),
);
const schedule = fc.array(fc.tuple(happening, fc.oneof(fc.nat(1_000), fc.nat(20_000))), { maxLength: 25 });

test('H6, INV-1: whatever happens, every message is handled in the end, and none is committed before', async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async (happenings) => {
      await using life = new Life();
      for (const [happening, ms] of happenings) {
        await life.let(happening);
        await life.world.clock.pass(ms);
        expect(life.committedTooEarly()).toEqual([]);
      }
      await life.heal();

      expect(new Set(life.handled)).toEqual(new Set(life.stored));
    }),
    { numRuns: 300 },
  );
});
