import { describe, expect, test } from 'vitest';

import { activeRole, nextTime } from '../../../../runtime/core/index.ts';
import { refusedConnection } from '../failures.ts';
import { after, closed, failed, onPrimary, P, passTime, S, started, step, switching, T } from './fixtures.ts';

const unknown = { primary: undefined, secondary: S };

describe('G7, R6: as a process begins', () => {
  test('G7: on the recorded active region, without a new verdict', () => {
    const recorded = { active: 'secondary', secondary: S } as const;
    expect(
      started({ active: 'secondary', recorded, lastFailbackAt: -5, hold: { by: 'a', why: 'b' } }),
    ).toMatchObject({
      type: 'on-secondary',
      epoch: 1,
      since: T,
      storedSince: true,
      leftAt: T,
      recovery: { type: 'silent', probes: 0 },
      probeAt: T + 5_000,
      recorded,
      hold: { by: 'a', why: 'b' },
      lastFailbackAt: -5,
    });
  });

  test('R6: on the primary when nothing is recorded', () => {
    expect(started()).toMatchObject({
      type: 'on-primary',
      epoch: 1,
      since: T,
      storedSince: true,
      hold: undefined,
      lastFailbackAt: undefined,
      standbyCheckAt: T + 500,
      targets: {
        primary: { region: 'sa-saopaulo-1', stream: P, health: { type: 'healthy' }, problem: undefined },
        secondary: { region: 'sa-vinhedo-1', stream: S, health: { type: 'healthy' }, probing: undefined },
      },
    });
  });

  test('A17: with looking for a target when it is not known where the active one is', () => {
    const start = started({ streams: unknown });
    expect(start).toMatchObject({
      type: 'switching',
      from: 'primary',
      since: T,
      leftAt: T,
      epoch: 1,
      arriving: undefined,
      announced: false,
      reason: { type: 'start', problem: 'the stream in sa-saopaulo-1 is not known' },
    });
    expect(step(start, { type: 'time' }).effects).toEqual([
      { type: 'probe', role: 'secondary', stream: S, purpose: 'switch' },
      { type: 'locate', role: 'primary' },
    ]);
  });

  test('A17: with a verdict, when the primary failed while it was looked for', () => {
    const { health } = after(onPrimary(), failed('primary', refusedConnection)).targets.primary;
    const start = started({ streams: unknown, primaryHealth: health });
    expect(start).toMatchObject({
      reason: { type: 'verdict', evidence: { latest: 'connection refused' } },
      targets: { primary: { health }, secondary: { health: { type: 'healthy' } } },
    });
  });

  test('R6: what was seen of a primary that is known counts', () => {
    const { health } = after(onPrimary(), failed('primary', refusedConnection)).targets.primary;
    expect(started({ primaryHealth: health }).targets.primary.health).toBe(health);
  });
});

test('R2: a target is active, or none is', () => {
  expect([started(), started({ active: 'secondary' }), switching(), closed()].map(activeRole)).toEqual([
    'primary',
    'secondary',
    undefined,
    undefined,
  ]);
});

test('I1: a closed router has no timers, and remembers what it was', () => {
  expect(nextTime(closed())).toBe(Infinity);
  expect(closed()).toMatchObject({
    standbyCheckAt: Infinity,
    recorded: undefined,
    targets: onPrimary().targets,
  });
  expect(passTime(closed(), T + 1e9).effects).toEqual([]);
});
