import { describe, expect, test } from 'vitest';

import type { RoutingState } from '../../../../runtime/core/index.ts';
import { status } from '../failures.ts';
import {
  actsIn,
  after,
  answered,
  as,
  command,
  expectUnchanged,
  failed,
  leaseIn,
  LIMITS,
  located,
  newsIn,
  notLocated,
  onSecondary,
  P,
  passTime,
  probed,
  recordChanged,
  S,
  S2,
  step,
  suspectEnough,
  T,
  usedUp,
  type State,
} from './fixtures.ts';

const ready = (over: Partial<State<'on-secondary'>> = {}): State<'on-secondary'> => ({
  ...onSecondary(),
  recovery: { type: 'ready' },
  ...over,
});
const wanted = { type: 'lease-wanted' } as const;
const inTrial = (over: Partial<State<'on-secondary'>> = {}): RoutingState => after(ready(over), wanted);
const stored = answered('primary', { trial: true });

describe('G1: the way back', () => {
  test('G1: a lease for one trial, when the primary is ready; all others are for the secondary', () => {
    const first = step(ready(), wanted);
    expect(leaseIn(first)).toEqual({ epoch: 1, role: 'primary', stream: P, trial: true });
    expect(first.state).toMatchObject({ type: 'on-secondary', recovery: { type: 'trial' } });
    expect(leaseIn(step(first.state, wanted))).toEqual({
      epoch: 1,
      role: 'secondary',
      stream: S,
      trial: false,
    });
  });

  test('G1: none before it is ready, nor while it is not known where the stream is', () => {
    for (const recovery of [
      { type: 'silent', probes: 0 },
      { type: 'healing', since: T },
      { type: 'trial' },
    ] as const)
      expect(leaseIn(step(ready({ recovery }), wanted))).toMatchObject({ trial: false });
    const unknown = onSecondary({ streams: { primary: undefined, secondary: S } });
    expect(leaseIn(step({ ...unknown, recovery: { type: 'ready' } }, wanted))).toMatchObject({
      trial: false,
    });
  });

  test('G5: none with failback off', () => {
    expect(leaseIn(step(ready(), wanted, { ...LIMITS, failback: false }))).toMatchObject({ trial: false });
  });

  test('G6: none while somebody holds the secondary', () => {
    expect(leaseIn(step(after(ready(), command('hold')), wanted))).toMatchObject({ trial: false });
  });

  test('G3: none within an hour of the last failback, and one after that', () => {
    expect(leaseIn(step(ready({ lastFailbackAt: T - 3_599_999 }), wanted))).toMatchObject({ trial: false });
    expect(leaseIn(step(ready({ lastFailbackAt: T - 3_600_000 }), wanted))).toMatchObject({ trial: true });
  });

  test('G1, R4, R6: a trial that stored something is the failback: told, recorded, remembered', () => {
    const { state, effects } = step(inTrial({ leftAt: T - 90_000 }), { ...stored, at: T + 50 });
    expect(state).toMatchObject({
      type: 'on-primary',
      epoch: 2,
      since: T + 50,
      storedSince: false,
      lastFailbackAt: T + 50,
      standbyCheckAt: T + 50 + 180_000,
      recorded: { active: 'primary', secondary: S },
      targets: { primary: { health: { type: 'healthy' }, problem: undefined } },
    });
    expect(effects).toEqual([
      { type: 'end-epoch', epoch: 1 },
      {
        type: 'announce',
        news: { type: 'failback-done', from: 'sa-vinhedo-1', to: P, awayMs: 90_050 },
      },
      {
        type: 'remember',
        lastFailbackAt: T + 50,
        reason: 'failback: sa-saopaulo-1 is healthy again',
        hold: undefined,
      },
      { type: 'wake' },
      { type: 'write-record', record: { active: 'primary', secondary: S } },
    ]);
  });

  test('B13: a trial that stored nothing is none', () => {
    const { state, effects } = step(inTrial(), answered('primary', { trial: true, stored: 0, refused: 3 }));
    expect(state).toMatchObject({ type: 'on-secondary', recovery: { type: 'healing', since: T } });
    expect(newsIn({ effects })).toEqual([
      { type: 'trial-failed', region: 'sa-saopaulo-1', failure: 'every entry was refused' },
    ]);
  });

  test('G2: a trial that fails starts the minute again, and says why', () => {
    const stepped = step(inTrial(), failed('primary', status(503), { trial: true, at: T + 7 }));
    expect(stepped.state).toMatchObject({ recovery: { type: 'healing', since: T + 7 } });
    expect(newsIn(stepped)).toEqual([{ type: 'trial-failed', region: 'sa-saopaulo-1', failure: '503' }]);
    expect(stepped.state.targets).toEqual(inTrial().targets);
  });

  test('G2: so does one that ends without a report', () => {
    const stepped = step(inTrial(), { type: 'trial-ended', epoch: 1, role: 'primary' });
    expect(newsIn(stepped)).toEqual([
      { type: 'trial-failed', region: 'sa-saopaulo-1', failure: 'it was not finished' },
    ]);
  });

  test('G2: after a trial that failed, another one a minute later', () => {
    let state = after(inTrial(), failed('primary', status(503), { trial: true }));
    for (const ms of [5_000, 59_999]) {
      state = after(state, probed('primary', 'recovery', undefined, { at: T + ms }));
      expect(leaseIn(step(state, { ...wanted, at: T + ms }))).toMatchObject({ trial: false });
    }
    state = after(state, probed('primary', 'recovery', undefined, { at: T + 60_000 }));
    expect(leaseIn(step(state, { ...wanted, at: T + 60_000 }))).toMatchObject({ trial: true });
  });

  test('G6: a hold that comes while a trial is out keeps the secondary active', () => {
    const stepped = step(after(inTrial(), command('hold')), stored);
    expect(stepped.state.type).toBe('on-secondary');
    expect(newsIn(stepped)).toEqual([
      { type: 'trial-failed', region: 'sa-saopaulo-1', failure: 'anna holds the active region' },
    ]);
  });

  test('R1: a trial of another epoch, or that nobody waits for, changes nothing', () => {
    expectUnchanged(inTrial(), { ...stored, epoch: 0 });
    expectUnchanged(inTrial(), failed('primary', status(503), { trial: true, epoch: 2 }));
    expectUnchanged(inTrial(), { type: 'trial-ended', epoch: 2, role: 'primary' });
    expectUnchanged(ready(), stored);
    expectUnchanged(ready(), failed('primary', status(503), { trial: true }));
    expectUnchanged(ready(), { type: 'trial-ended', epoch: 1, role: 'primary' });
  });
});

describe('G1: probes of the primary', () => {
  test('G1: one is due after probeIntervalMs; a lost answer does not end them', () => {
    const { state, effects } = passTime(onSecondary(), T + 5_000);
    expect(effects).toEqual([{ type: 'probe', role: 'primary', stream: P, purpose: 'recovery' }]);
    expect(as('on-secondary', state).probeAt).toBe(T + 35_000);
    expect(passTime(state, T + 35_000).effects).toHaveLength(1);
  });

  test('G1: each is told with its phase', () => {
    const answer = step(onSecondary(), probed('primary', 'recovery', undefined));
    expect(newsIn(answer)).toEqual([
      { type: 'probe', region: 'sa-saopaulo-1', answered: true, detail: 'answered', phase: 'healing' },
    ]);
    const silence = step(answer.state, probed('primary', 'recovery', status(503)));
    expect(newsIn(silence)).toEqual([
      { type: 'probe', region: 'sa-saopaulo-1', answered: false, detail: '503', phase: 'silent' },
    ]);
    expect(silence.state).toMatchObject({ recovery: { type: 'silent', probes: 0 }, probeAt: T + 5_000 });
    const second = step(silence.state, probed('primary', 'recovery', status(503)));
    expect(second.state).toMatchObject({ recovery: { type: 'silent', probes: 1 }, probeAt: T + 7_500 });
  });

  test('G1: a primary whose stream is not known is looked for instead', () => {
    const unknown = onSecondary({ streams: { primary: undefined, secondary: S } });
    expect(passTime(unknown, T + 5_000).effects).toEqual([{ type: 'locate', role: 'primary' }]);
    expect(step(unknown, notLocated('primary')).state).toMatchObject({
      recovery: { type: 'silent', probes: 1 },
      probeAt: T + 7_500,
    });
  });

  test('R1: those of an earlier epoch, of another stream or purpose say nothing', () => {
    const state = onSecondary();
    expectUnchanged(state, probed('primary', 'recovery', undefined, { startedAt: T - 1 }));
    expectUnchanged(state, probed('primary', 'recovery', undefined, { ocid: S.ocid }));
    expectUnchanged(state, probed('primary', 'switch', undefined));
    expectUnchanged(state, probed('secondary', 'standby', status(403)));
    expectUnchanged(state, probed('secondary', 'recovery', undefined));
  });

  test('A19: those for a verdict are of the secondary', () => {
    const state = after(onSecondary(), failed('secondary', status(503)), failed('secondary', status(503)));
    expect(passTime(state, T + 120).effects).toEqual([
      { type: 'probe', role: 'secondary', stream: S, purpose: 'verdict' },
    ]);
    const more = after(state, probed('secondary', 'verdict', status(503)));
    expect(more.targets.secondary.health).toMatchObject({ evidence: { failures: 3 } });
  });

  test('G1: a look that found the secondary is no news of the primary', () => {
    expect(step(onSecondary(), located('secondary', S2))).toEqual({ state: onSecondary(), effects: [] });
    expectUnchanged(onSecondary(), notLocated('secondary'));
  });
});

describe('R5: the secondary is left', () => {
  test('R5: by verdict, for the primary; when it was left first is kept', () => {
    const { state, effects } = step(
      suspectEnough({ ...onSecondary(), leftAt: T - 5_000 }),
      usedUp('secondary'),
    );
    expect(state).toMatchObject({ type: 'switching', from: 'secondary', epoch: 2, leftAt: T - 5_000 });
    expect(actsIn({ effects })).toEqual([
      { type: 'end-epoch', epoch: 1 },
      { type: 'probe', role: 'primary', stream: P, purpose: 'switch' },
    ]);
    expect(newsIn({ effects })).toMatchObject([
      { type: 'failover-started', role: 'secondary', from: 'sa-vinhedo-1', to: 'sa-saopaulo-1' },
    ]);
  });

  test('R5: not on reports of the trial', () => {
    expectUnchanged(suspectEnough(onSecondary()), usedUp('primary'));
  });

  test('G6: failover is so already; failback is obeyed', () => {
    expect(newsIn(step(onSecondary(), command('failover')))).toMatchObject([
      { type: 'switch-refused', region: 'sa-vinhedo-1' },
    ]);
    expect(after(onSecondary(), command('failback'))).toMatchObject({ reason: { type: 'operator' } });
    const held = after(onSecondary(), command('hold'));
    expect(newsIn(step(held, command('failback')))).toMatchObject([{ type: 'switch-refused' }]);
  });
});

describe('R7: the record, while the secondary is active', () => {
  test('INV-4, G9: that names another secondary is followed at once, in a new epoch', () => {
    const { state, effects } = step(
      suspectEnough(onSecondary({ lastFailbackAt: 7 })),
      recordChanged('secondary', S2),
    );
    expect(state).toMatchObject({
      type: 'on-secondary',
      epoch: 2,
      since: T,
      storedSince: false,
      recovery: { type: 'silent', probes: 0 },
      probeAt: T,
      recorded: { active: 'secondary', secondary: S2 },
      targets: { secondary: { stream: S2, health: { type: 'healthy' }, probing: undefined } },
    });
    expect(effects).toEqual([
      { type: 'end-epoch', epoch: 1 },
      {
        type: 'announce',
        news: {
          type: 'failover-done',
          from: 'sa-vinhedo-1',
          to: S2,
          role: 'secondary',
          tookMs: 0,
          because: 'the record names another stream',
        },
      },
      {
        type: 'remember',
        lastFailbackAt: 7,
        reason: 'moved to another stream in sa-vinhedo-1: the record names another stream',
        hold: undefined,
      },
    ]);
    expect(leaseIn(step(state, wanted))).toMatchObject({ epoch: 2, stream: S2 });
  });

  test('R7: that says what is so changes nothing', () => {
    expect(step(onSecondary(), recordChanged('secondary', S))).toEqual({ state: onSecondary(), effects: [] });
  });

  test('R7: that names no secondary is put right', () => {
    expect(step(onSecondary(), recordChanged('secondary', undefined)).effects).toEqual([
      { type: 'write-record', record: { active: 'secondary', secondary: S } },
    ]);
  });

  test('R7: that makes the primary active is followed, with the secondary that it names as the standby', () => {
    const { state, effects } = step(onSecondary(), recordChanged('primary', S2));
    expect(state).toMatchObject({
      type: 'switching',
      from: 'secondary',
      targets: { secondary: { stream: S2 } },
    });
    expect(actsIn({ effects })).toEqual([
      { type: 'end-epoch', epoch: 1 },
      { type: 'probe', role: 'primary', stream: P, purpose: 'switch' },
    ]);
  });
});

describe('A1: the first messages after a switch', () => {
  const arrived = { ...onSecondary(), since: T - 400, storedSince: false };

  test('A1: are told once', () => {
    const first = step(arrived, answered('secondary', { stored: 3 }));
    expect(newsIn(first)).toEqual([
      { type: 'first-stored', stream: S, role: 'secondary', messages: 3, sinceSwitchMs: 400 },
    ]);
    expect(step(first.state, answered('secondary', { stored: 3 })).effects).toEqual([]);
  });

  test('B13: are not those that were refused', () => {
    const refused = step(arrived, answered('secondary', { stored: 0, refused: 3 }));
    expect(refused.effects).toEqual([]);
    expect(newsIn(step(refused.state, answered('secondary')))).toHaveLength(1);
  });

  test('A1: are none after a start', () => {
    expect(step(onSecondary(), answered('secondary')).effects).toEqual([]);
  });
});
