import fc from 'fast-check';
import { expect, test } from 'vitest';

import { activeRole, type CallFailure, type Role } from '../../../../runtime/core/index.ts';
import { cases, isUnderMutation } from '../../../support/cases.ts';
import { hang, refusedConnection, status } from '../failures.ts';
import { P, S, S2, started } from './fixtures.ts';
import { Observer, type Move } from './observer.ts';

const failures = fc.constantFrom<CallFailure>(
  ...[401, 403, 404, 429, 503].map((code) => status(code)),
  hang,
  refusedConnection,
);
const pick = fc.nat(30);
const secondaries = fc.constantFrom(S, S2);

const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('pass'),
      ms: fc.constantFrom(0, 1, 50, 200, 900, 2_500, 31_000, 200_000, 4_000_000),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ type: 'lease' } as const) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('report'),
      pick,
      what: fc.constantFrom('stored', 'stored', 'refused', 'failed', 'used-up', 'gone', 'trial-ended'),
      failure: failures,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('probe-answer'),
      pick,
      failure: fc.option(failures, { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('locate-answer'),
      pick,
      stream: fc.option(secondaries, { nil: undefined }),
      retryInMs: fc.constantFrom(0, 10_000, 60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { type: 'standby-answer', stream: S, problem: undefined } as const,
      { type: 'standby-answer', stream: undefined, problem: undefined } as const,
      { type: 'standby-answer', stream: undefined, problem: 'not subscribed' } as const,
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('record'),
      active: fc.constantFrom<Role>('primary', 'secondary'),
      secondary: secondaries,
    }),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'written' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('command'),
      command: fc.constantFrom('failover', 'failback', 'hold', 'release', 'release'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('outage'), calls: fc.constantFrom(3, 12, 25) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('recovery'),
      probes: fc.constantFrom(2, 13, 20),
      sends: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'cut-off', probes: 20 } as const) },
  { weight: 1, arbitrary: fc.constantFrom({ type: 'written' } as const, { type: 'close' } as const) },
) as fc.Arbitrary<Move>;

const starts = fc
  .record({
    active: fc.constantFrom<Role>('primary', 'secondary'),
    knowsPrimary: fc.boolean(),
    knowsSecondary: fc.boolean(),
    isRecorded: fc.boolean(),
    isHeld: fc.boolean(),
  })
  .map(({ active, knowsPrimary, knowsSecondary, isRecorded, isHeld }) =>
    started({
      active,
      streams: { primary: knowsPrimary ? P : undefined, secondary: knowsSecondary ? S : undefined },
      recorded: isRecorded ? { active, secondary: S } : undefined,
      hold: isHeld ? { by: 'anna', why: 'a drill' } : undefined,
    }),
  );

test('R1, R2, R3, R4, R5, R6, R7: after every step of any history', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(starts, fc.array(moves, { maxLength: 60 }), (start, history) => {
      const world = new Observer(start);
      seen.add(world.state.type);
      for (const move of history) {
        world.move(move);
        seen.add(world.state.type);
        if (world.failbacks.length > 0) seen.add('failback');
        if (world.failbacks.length > 1) seen.add('second failback');
        if (world.unfollowed > 0) seen.add('unfollowed');
      }
    }),
    { numRuns: RUNS },
  );
  // The few cases under mutation may miss some: that would count as a kill.
  if (isUnderMutation) return;
  // Each state, both kinds of switch and a record that cannot be followed were met.
  expect([...seen]).toEqual(
    expect.arrayContaining(['on-primary', 'on-secondary', 'switching', 'closed', 'failback', 'unfollowed']),
  );
});

const RUNS = cases(2_000, 150);

test('R3: whatever has happened, a target that answers takes over within moments', () => {
  fc.assert(
    fc.property(
      starts,
      fc.array(moves, { maxLength: 40 }),
      fc.constantFrom<Role>('primary', 'secondary'),
      (start, history, well) => {
        const world = new Observer(start);
        for (const move of history) if (move.type !== 'close') world.move(move);
        if (world.state.type !== 'switching' || world.state.arriving !== undefined) return;
        world.move({ type: 'command', command: 'release' });
        // From now on one region answers everything, and the other one refuses everything.
        for (let n = 0; n < 400 && world.state.type === 'switching'; n++) {
          const [asked] = world.asked;
          if (asked === undefined) {
            world.move({ type: 'pass', ms: 1_000 });
            continue;
          }
          const ok = asked.role === well;
          if (asked.type === 'probe')
            world.move({ type: 'probe-answer', pick: 0, failure: ok ? undefined : status(503) });
          else world.move({ type: 'locate-answer', pick: 0, stream: ok ? S : undefined, retryInMs: 1_000 });
        }
        expect(activeRole(world.state)).toBe(well);
      },
    ),
    { numRuns: RUNS },
  );
});
