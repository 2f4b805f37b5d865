import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { cases } from '../../support/cases.ts';
import { unhandledRejections } from '../../support/unhandled-rejections.ts';
import { Life, type Happening, type Outcome } from './life.ts';

const unhandled = unhandledRejections();

const role = fc.constantFrom('primary' as const, 'secondary' as const);
const outcome = fc.constantFrom<Outcome>(
  'ok',
  'slow',
  'timeout',
  'reset',
  'stored, then reset',
  'connection refused',
  'no such name',
  'local fault',
  'unreadable',
  'every second refused',
  'all refused',
  'every third unnamed',
  400,
  401,
  403,
  404,
  408,
  409,
  413,
  429,
  500,
  503,
);
const outcomes = fc.oneof(
  fc.array(outcome, { minLength: 1, maxLength: 6 }),
  outcome.map((only) => [only]),
);
const send = fc.record({
  type: fc.constant('send' as const),
  count: fc.integer({ min: 1, max: 8 }),
  key: fc.constantFrom('a', 'b', 'c', null),
  bytes: fc.constantFrom(0, 1, 1, 900, 3_000),
  abortAfterMs: fc.option(fc.constantFrom(0, 3, 50, 2_000), { nil: undefined, freq: 4 }),
});

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: send },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('region' as const), role, outcomes }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('control plane' as const), role, outcomes }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('record' as const),
      active: role,
      secondary: fc.constantFrom('known' as const, 'other' as const, 'none' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('command' as const),
      command: fc.constantFrom('failover' as const, 'failback' as const, 'hold' as const, 'release' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('disk' as const),
      mode: fc.constantFrom('works' as const, 'is slow' as const, 'rejects' as const, 'hangs' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'secondary deleted' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'close' as const }) },
  { weight: 2, arbitrary: fc.constant({ type: 'restart' as const }) },
);
const schedule = fc.array(fc.tuple(happening, fc.oneof(fc.nat(20), fc.nat(1_000), fc.nat(20_000))), {
  maxLength: 30,
});
const settings = fc.record({
  lanes: fc.integer({ min: 1, max: 3 }),
  maxBatchMessages: fc.constantFrom(1, 3, 1_000),
  maxBufferBytes: fc.constantFrom(1_024, 6_000, 1_048_576),
  maxBlockMs: fc.constantFrom(0, 3_000, 60_000),
  deliveryTimeoutMs: fc.constantFrom(5_000, 120_000),
  closeTimeoutMs: fc.constantFrom(0, 2_000),
  strictOrder: fc.constantFrom('auto' as const, 'yes' as const, 'no' as const),
  failbackAfterMs: fc.constant(2_000),
  failbackMinIntervalMs: fc.constantFrom(0, 30_000),
  probeIntervalMs: fc.constant(500),
});

/** From the last fault on: the longest pause (a creation that was refused), and some attempts. */
const HEALED_MS = 75_000;
/** The largest message, with what it costs besides. */
const ONE_MESSAGE = 3_000 + 1 + 1_024;

test('INV-1, INV-2, INV-5, INV-11, G1, G4, R2, R3, R4: whatever happens, every message settles once, and what is told is true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), settings, schedule, async (seed, options, happenings) => {
      const life = new Life(seed, options);
      const { clock } = life;
      for (const [happening, ms] of happenings) {
        life.let(happening);
        await clock.pass(ms);
        expect(life.stats().bufferedBytes).toBeLessThanOrEqual(Math.max(options.maxBufferBytes, ONE_MESSAGE));
      }
      life.heal();
      for (let passed = 0; passed < HEALED_MS; passed += 5_000) {
        life.sendOne('a');
        await clock.pass(5_000);
      }

      // Liveness: nothing waits any more, and new messages are stored.
      expect(life.sent.filter(({ settled }) => settled === undefined)).toEqual([]);
      life.sendOne('b');
      await clock.pass(1_000);
      expect(life.sent.at(-1)).toMatchObject({ settled: { receipt: {} } });

      // Every promise settled once, in a receipt that its region vouches for or in a typed error.
      expect(life.sent.filter(({ timesSettled }) => timesSettled !== 1)).toEqual([]);
      expect(life.forged).toEqual([]);
      expect(life.untyped).toEqual([]);

      // Order, but for what was told.
      const told = life.events.reduce(
        (sum, each) => sum + (each.type === 'reordered' ? each.messages : 0),
        0,
      );
      expect(life.outOfOrder).toBeLessThanOrEqual(told);

      // One region is active, and the record says which.
      const { active } = life.status;
      if (!life.refusesRecord) {
        expect(active?.role).toBe(life.record?.active ?? 'primary');
        if (active?.role === 'secondary') expect(life.record?.secondary).toEqual(active.stream);
      }

      // It was well for long enough.
      expect(active?.role).toBe('primary');

      // Nothing is held.
      const stats = life.stats();
      expect([stats.bufferedMessages, stats.bufferedBytes]).toEqual([0, 0]);
      const stored = Object.values(stats.storedByRegion).reduce((sum, each) => sum + each, 0);
      expect(stats.sent).toBe(stored + stats.failed);
      await clock.passUntil(life.end(), 10_000);
      expect(life.status.active).toBeUndefined();
      expect(await unhandled()).toEqual([]);
    }),
    { numRuns: cases(200, 25) },
  );
});
