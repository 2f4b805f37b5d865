import { describe, expect, test } from 'vitest';

import { nextTime, type CallFailure, type Role, type RoutingState } from '../../../../runtime/core/index.ts';
import { hang, refusedConnection, status } from '../failures.ts';
import {
  actsIn,
  after,
  as,
  command,
  expectUnchanged,
  failed,
  located,
  newsIn,
  notLocated,
  onPrimary,
  onSecondary,
  P,
  passTime,
  probed,
  recordChanged,
  S,
  S2,
  started,
  step,
  suspectEnough,
  switching,
  T,
  usedUp,
  type State,
} from './fixtures.ts';

const probe = (role: Role) => ({
  type: 'probe',
  role,
  stream: role === 'primary' ? P : S,
  purpose: 'switch',
});
const answers = (role: Role, over: object = {}) => probed(role, 'switch', undefined, over);
const silent = (role: Role, failure: CallFailure = status(503), over: object = {}) =>
  probed(role, 'switch', failure, over);
const unknownSecondary = { streams: { primary: P, secondary: undefined } };
const checks = (state: RoutingState): State<'switching'>['checks'] => as('switching', state).checks;
/** The record makes the other region active, and nothing is wrong with this one. */
const asked = (): RoutingState => after(onPrimary(), recordChanged('secondary', S));

describe('F9, A1: who is asked, and when', () => {
  test('A1: the other region at once, the one that is left after two seconds', () => {
    expect(nextTime(switching())).toBe(T + 2_000);
    expect(passTime(switching(), T + 1_999).effects).toEqual([]);
    expect(passTime(switching(), T + 2_000).effects).toEqual([probe('primary')]);
  });

  test('A1: the other region again 100 ms after its first failure, then each second', () => {
    const once = after(switching(), silent('secondary'));
    expect(checks(once).secondary).toMatchObject({ asking: false, failures: 1, nextAt: T + 100 });
    const twice = after(passTime(once, T + 100).state, silent('secondary', status(503), { at: T + 100 }));
    expect(checks(twice).secondary).toMatchObject({ failures: 2, nextAt: T + 1_100 });
  });

  test('F9: the one that is left as soon as the other one has failed twice', () => {
    const once = after(switching(), silent('secondary'));
    expect(actsIn(step(once, silent('secondary')))).toEqual([probe('primary')]);
    const third = after(once, silent('secondary'));
    expect(actsIn(step(third, silent('secondary')))).toEqual([]);
  });

  test('F9: the one that is left is not asked sooner because of its own failures', () => {
    const both = passTime(switching(), T + 2_000).state;
    const failing = after(both, silent('primary', status(503), { at: T + 2_000 }));
    const more = step(failing, silent('primary', status(503), { at: T + 2_050 }));
    expect(more.effects).toEqual([]);
    expect(checks(more.state)).toMatchObject({
      primary: { asking: false, failures: 2, nextAt: T + 3_050 },
      secondary: { asking: true, failures: 0 },
    });
  });

  test('D9: a wait that the search names is kept, also beyond the other look', () => {
    const state = after(switching(unknownSecondary), notLocated('secondary', { retryInMs: 60_000 }));
    expect(checks(state).secondary.nextAt).toBe(T + 60_000);
    expect(passTime(state, T + 59_999).effects).toEqual([probe('primary')]);
    expect(passTime(state, T + 60_000).effects).toContainEqual({ type: 'locate', role: 'secondary' });
  });

  test('R3: a search that takes ten minutes keeps nobody from the primary', () => {
    const searching = switching(unknownSecondary);
    const { state, effects } = passTime(searching, T + 2_000);
    expect(effects).toEqual([probe('primary')]);
    const arrived = after(state, answers('primary', { at: T + 2_300 }));
    expect(arrived.type).toBe('on-primary');
  });

  test('A1: one whose stream is not known is looked for', () => {
    const stepped = step(suspectEnough(onPrimary(unknownSecondary)), usedUp('primary'));
    expect(actsIn(stepped)).toContainEqual({ type: 'locate', role: 'secondary' });
    expect(checks(stepped.state)).toMatchObject({ secondary: { asking: true }, primary: { asking: false } });
  });

  test('F9: from the secondary, the primary comes first', () => {
    const leaving = step(suspectEnough(onSecondary()), usedUp('secondary'));
    expect(actsIn(leaving)).toContainEqual(probe('primary'));
    expect(checks(leaving.state).secondary).toMatchObject({ asking: false, nextAt: T + 2_000 });
  });
});

describe('R1: what says nothing', () => {
  test('R1: an answer from before this switch, of another stream or for another purpose', () => {
    const state = switching();
    expectUnchanged(state, answers('secondary', { startedAt: T - 1 }));
    expectUnchanged(state, answers('secondary', { ocid: S2.ocid }));
    expectUnchanged(state, silent('secondary', status(503), { ocid: S2.ocid }));
    for (const purpose of ['verdict', 'recovery', 'standby'] as const)
      expectUnchanged(state, probed('secondary', purpose, undefined));
  });

  test('C19: that there is no standby, or one when it is known', () => {
    const problem = { type: 'standby-checked', stream: undefined, problem: 'x' } as const;
    expectUnchanged(switching(), problem);
    expectUnchanged(switching(unknownSecondary), problem);
    expectUnchanged(switching(), { ...problem, stream: S2, problem: undefined });
  });
});

describe('D15, E9: a stream that answers 404', () => {
  test('E9: of the secondary: it is looked for anew', () => {
    const state = after(switching(), silent('secondary', status(404)));
    expect(state.targets.secondary).toMatchObject({ stream: undefined, problem: 'sa-vinhedo-1: 404' });
    expect(passTime(state, T + 100).effects).toEqual([{ type: 'locate', role: 'secondary' }]);
  });

  test('C5: of the primary: the runtime makes none, so it is asked again', () => {
    const both = passTime(switching(), T + 2_000).state;
    const state = after(both, silent('primary', status(404), { at: T + 2_000 }));
    expect(state.targets.primary.stream).toBe(P);
  });

  test('D13: other failures leave the stream', () => {
    expect(after(switching(), silent('secondary', hang)).targets.secondary.stream).toBe(S);
  });
});

describe('R4: arriving', () => {
  const arriving = (): RoutingState => after(switching(), answers('secondary'));

  test('R4: the record is written first, and waited for 200 ms at most', () => {
    const { state, effects } = step(switching(), answers('secondary'));
    const record = { active: 'secondary', secondary: S };
    expect(effects).toEqual([{ type: 'write-record', record }]);
    expect(state).toMatchObject({
      type: 'switching',
      arriving: { role: 'secondary', until: T + 200 },
      recorded: record,
    });
    expect(nextTime(state)).toBe(T + 200);
    expect(passTime(state, T + 199)).toEqual({ state, effects: [] });
    expect(passTime(state, T + 200).state).toMatchObject({ type: 'on-secondary', since: T + 200 });
    expect(after(state, { type: 'record-written', at: T + 3 })).toMatchObject({
      type: 'on-secondary',
      since: T + 3,
    });
  });

  test('R4, R6: then the target is active: told, remembered; those who wait go on', () => {
    const state = { ...arriving(), lastFailbackAt: 77 };
    const stepped = step(state, { type: 'record-written', at: T + 3 });
    expect(stepped.state).toMatchObject({
      type: 'on-secondary',
      epoch: 2,
      leftAt: T,
      since: T + 3,
      storedSince: false,
      recovery: { type: 'silent', probes: 0 },
      probeAt: T + 3,
      lastFailbackAt: 77,
      standbyCheckAt: T + 180_000,
      targets: {
        secondary: { health: { type: 'healthy' }, problem: undefined, singleRefusals: { until: -Infinity } },
      },
    });
    const because = as('switching', state).reason;
    expect(stepped.effects).toEqual([
      {
        type: 'announce',
        news: {
          type: 'failover-done',
          from: 'sa-saopaulo-1',
          to: S,
          role: 'secondary',
          tookMs: 3,
          because: because.type === 'verdict' && because.evidence,
        },
      },
      {
        type: 'remember',
        lastFailbackAt: 77,
        reason: 'switched to sa-vinhedo-1: 503',
        hold: undefined,
      },
      { type: 'wake' },
    ]);
  });

  test('R4: nothing is waited for when the record says so already', () => {
    const recorded = { active: 'secondary', secondary: S } as const;
    const leaving = { ...switching(), recorded };
    expect(after(leaving, answers('secondary')).type).toBe('on-secondary');
  });

  test('R4: nor for the primary, when there was never a record', () => {
    const both = passTime(switching(), T + 2_000).state;
    const stepped = step(both, answers('primary', { at: T + 2_010 }));
    expect(stepped.state).toMatchObject({ type: 'on-primary', recorded: undefined });
    expect(actsIn(stepped).map(({ type }) => type)).toEqual(['remember', 'wake']);
  });

  test('R3: while a target is arrived at nobody is asked, and later answers change nothing', () => {
    const both = passTime(switching(), T + 2_000).state;
    const state = after(both, answers('secondary', { at: T + 2_000 }));
    expect(as('switching', after(state, answers('primary', { at: T + 2_001 }))).arriving?.role).toBe(
      'secondary',
    );
    expect(step(state, answers('primary', { at: T + 2_001 })).effects).toEqual([]);
    expect(step(state, silent('primary', status(503), { at: T + 2_001 })).effects).toEqual([]);
    expect(after(state, located('secondary', S2)).targets.secondary.stream).toBe(S);
    expect(after(state, recordChanged('secondary', S2)).targets.secondary.stream).toBe(S);
  });

  test('R3: while the primary is arrived at, a secondary that is found is not probed', () => {
    const recorded = { active: 'secondary', secondary: undefined } as const;
    const both = passTime({ ...switching(unknownSecondary), recorded }, T + 2_000).state;
    const arriving = after(both, answers('primary', { at: T + 2_001 }));
    expect(arriving).toMatchObject({ arriving: { role: 'primary' } });
    const found = step(arriving, located('secondary', S));
    expect(found.effects).toEqual([{ type: 'write-record', record: { active: 'primary', secondary: S } }]);
    expect(checks(found.state).secondary.asking).toBe(false);
  });

  test('R3: a target whose stream is gone meanwhile is not arrived at; both are asked again', () => {
    const both = passTime(switching(), T + 2_000).state;
    const state = after(both, answers('secondary', { at: T + 2_000 }), answers('primary', { at: T + 2_001 }));
    const secondary = { ...state.targets.secondary, stream: undefined };
    const without = { ...state, targets: { ...state.targets, secondary } };
    const failing = step(without, { type: 'record-written', at: T + 2_010 });
    expect(failing.state).toMatchObject({
      type: 'switching',
      arriving: undefined,
      checks: { secondary: { failures: 1, problem: 'its stream is gone', unreachable: false } },
    });
    expect(actsIn(failing)).toEqual([probe('primary')]);
    expect(passTime(failing.state, T + 2_110).effects).toContainEqual({ type: 'locate', role: 'secondary' });
  });

  test('R4: that the record is written says nothing while no target is arrived at', () => {
    expectUnchanged(switching(), { type: 'record-written' });
  });
});

describe('A11: the region that was left answers first', () => {
  const both = (): RoutingState => passTime(switching(), T + 2_000).state;

  test('A11: it stays active in a new epoch, on probation', () => {
    const stepped = step(both(), answers('primary', { at: T + 2_030 }));
    expect(stepped.state).toMatchObject({
      type: 'on-primary',
      epoch: 2,
      since: T + 2_030,
      storedSince: false,
      targets: { primary: { health: { type: 'suspect', evidence: { sum: 9.5 } }, problem: undefined } },
    });
    expect(newsIn(stepped)).toEqual([{ type: 'stayed', stream: P, afterMs: 2_030 }]);
    expect(actsIn(stepped)).toEqual([
      {
        type: 'remember',
        lastFailbackAt: undefined,
        reason: 'stayed on sa-saopaulo-1: 503',
        hold: undefined,
      },
      { type: 'wake' },
    ]);
  });

  test('A11: from the secondary, the record is written only when it would say something new', () => {
    const leaving = after(suspectEnough(onSecondary()), usedUp('secondary'));
    const asking = passTime(leaving, T + 2_000).state;
    expect(after(asking, answers('secondary', { at: T + 2_001 }))).toMatchObject({ type: 'on-secondary' });
  });

  test('G3: a switch to the primary is told as one, and is no failback', () => {
    const leaving = after(suspectEnough(onSecondary()), usedUp('secondary'));
    const done = step(after(leaving, answers('primary')), { type: 'record-written' });
    expect(done.state).toMatchObject({ type: 'on-primary', lastFailbackAt: undefined });
    expect(newsIn(done)).toMatchObject([
      { type: 'failover-done', from: 'sa-vinhedo-1', to: P, role: 'primary', because: { latest: '503' } },
    ]);
  });
});

describe('D14, C8: no region takes messages', () => {
  /** Both fail; the news of it. */
  function told(start: RoutingState, failure: CallFailure, over: object = {}): object[] {
    const once = step(start, silent('secondary', failure, over));
    const twice = step(once.state, silent('secondary', failure, over));
    const more = step(twice.state, silent('secondary', failure, over));
    expect(newsIn(once)).toEqual([]);
    expect(newsIn(more)).toEqual([]);
    return newsIn(twice);
  }

  test('D14: is told once, after two looks at the other region', () => {
    expect(told(switching(), status(500))).toEqual([
      { type: 'no-region', because: 'both-down', latest: 'sa-saopaulo-1: 503; sa-vinhedo-1: 500' },
    ]);
  });

  test('C8: offline: neither was ever reached', () => {
    const failures = Array.from({ length: 24 }, (_, index) =>
      failed('primary', refusedConnection, { at: T - 2_400 + index * 100 }),
    );
    const leaving = after(onPrimary(), ...failures, usedUp('primary'));
    expect(told(leaving, refusedConnection)).toMatchObject([{ because: 'offline' }]);
    expect(told(leaving, status(503))).toMatchObject([{ because: 'both-down' }]);
    expect(told(switching(), refusedConnection)).toMatchObject([{ because: 'both-down' }]);
  });

  test('D9: there is no stream to write to in the other one', () => {
    const leaving = switching(unknownSecondary);
    const once = after(leaving, notLocated('secondary'));
    expect(newsIn(step(once, notLocated('secondary', { problem: 'limit exceeded' })))).toEqual([
      { type: 'no-region', because: 'no-stream', latest: 'sa-saopaulo-1: 503; limit exceeded' },
    ]);
    const offline = notLocated('secondary', { unreachable: true });
    expect(newsIn(step(after(leaving, offline), offline))).toMatchObject([{ because: 'both-down' }]);
  });

  test.each<[string, () => RoutingState, string]>([
    [
      'its stream is gone',
      () => after(onPrimary(), { type: 'stream-gone', role: 'primary', epoch: 1, ocid: P.ocid }),
      'its stream is gone',
    ],
    [
      'it is not known where it is',
      () => after(started({ streams: { primary: undefined, secondary: S } }), { type: 'time' }),
      'the stream in sa-saopaulo-1 is not known',
    ],
  ])('C20: says why the first one is left: %s', (_, state, words) => {
    expect(told(state(), status(500))).toMatchObject([
      { because: 'both-down', latest: `sa-saopaulo-1: ${words}; sa-vinhedo-1: 500` },
    ]);
  });

  test('R7: is not said of a region that is left on request before it was asked', () => {
    const twice = step(after(asked(), silent('secondary')), silent('secondary'));
    expect(newsIn(twice)).toEqual([]);
    const primaryToo = step(twice.state, silent('primary'));
    expect(newsIn(primaryToo)).toMatchObject([{ type: 'no-region', because: 'both-down' }]);
  });

  test('R4: is not said while a target is arrived at', () => {
    const both = passTime(
      { ...switching(), recorded: { active: 'secondary', secondary: S } },
      T + 2_000,
    ).state;
    const arriving = after(both, answers('primary', { at: T + 2_000 }));
    expect(arriving).toMatchObject({ arriving: { role: 'primary' } });
    const once = after(arriving, silent('secondary', status(500), { at: T + 2_001 }));
    expect(newsIn(step(once, silent('secondary', status(500), { at: T + 2_002 })))).toEqual([]);
  });

  test('C20: the problem of each is known', () => {
    const state = after(switching(), silent('secondary', status(403, { message: 'no push' })));
    expect(state.targets.secondary.problem).toBe('sa-vinhedo-1: 403: no push');
    expect(checks(state).secondary).toMatchObject({
      problem: 'sa-vinhedo-1: 403: no push',
      unreachable: false,
    });
    expect(checks(after(switching(), silent('secondary', refusedConnection))).secondary.unreachable).toBe(
      true,
    );
  });
});

describe('R7, G6: a switch that somebody asked for', () => {
  test('R7: is made when the other one answers', () => {
    const stepped = step(asked(), answers('secondary'));
    expect(stepped.state).toMatchObject({ type: 'on-secondary', epoch: 2 });
    expect(newsIn(stepped)).toMatchObject([
      { type: 'failover-done', because: 'left because the record says so' },
    ]);
  });

  test('G6: tells who asked, and why', () => {
    const arriving = after(onPrimary(), command('failover'), answers('secondary'));
    const done = step(arriving, { type: 'record-written' });
    expect(newsIn(done)).toMatchObject([{ type: 'failover-done', because: 'left for anna (a drill)' }]);
    expect(actsIn(done)[0]).toMatchObject({ reason: 'switched to sa-vinhedo-1: left for anna (a drill)' });
  });

  const refused = (start: RoutingState, from: Role, to: Role): ReturnType<typeof step> => {
    const twice = after(start, silent(to, status(403)), silent(to, status(403)));
    return step(twice, answers(from));
  };

  test('R7, G9: is refused in words when the other one cannot be used, and nobody fights over the record', () => {
    const stepped = refused(asked(), 'primary', 'secondary');
    expect(stepped.state.type).toBe('on-primary');
    expect(newsIn(stepped)).toEqual([
      { type: 'switch-refused', region: 'sa-vinhedo-1', because: 'sa-vinhedo-1: 403' },
    ]);
    expect(actsIn(stepped).map(({ type }) => type)).toEqual(['remember', 'wake']);
  });

  test('R7, G9: so it is on the secondary, whose record is left as it is', () => {
    const stepped = refused(after(onSecondary(), recordChanged('primary', S)), 'secondary', 'primary');
    expect(stepped.state.type).toBe('on-secondary');
    expect(actsIn(stepped).map(({ type }) => type)).toEqual(['remember', 'wake']);
    expect(step(stepped.state, { type: 'lease-wanted' }).effects).toHaveLength(1);
  });

  test('R7: and is followed later, when the region that the record names answers', () => {
    const onP = refused(asked(), 'primary', 'secondary').state;
    expect(nextTime(onP)).toBe(T + 5_000);
    const looked = passTime(onP, T + 12_000);
    expect(looked.effects).toEqual([
      { type: 'check-standby', stream: S },
      { type: 'check-standby', stream: S },
    ]);
    const standbyAnswers = probed('secondary', 'standby', undefined, { at: T + 5_100 });
    expect(after(onP, probed('secondary', 'standby', status(403))).type).toBe('on-primary');
    expect(after(onP, standbyAnswers)).toMatchObject({ type: 'switching', reason: { type: 'record' } });
    // Nobody asks for that any more.
    const agreed = after(onP, recordChanged('primary', S), standbyAnswers);
    expect(agreed.type).toBe('on-primary');
    const unasked = refused(after(onPrimary(), command('failover')), 'primary', 'secondary').state;
    expect(after(unasked, standbyAnswers).type).toBe('on-primary');

    const onS = refused(after(onSecondary(), recordChanged('primary', S)), 'secondary', 'primary').state;
    const recovers = probed('primary', 'recovery', undefined, { at: T + 5_100 });
    expect(after(onS, probed('primary', 'recovery', status(503))).type).toBe('on-secondary');
    expect(after(onS, recovers)).toMatchObject({ type: 'switching', reason: { type: 'record' } });
    expect(after(onS, recordChanged('secondary', S), recovers).type).toBe('on-secondary');
  });

  test('R7: also after minutes of an outage the primary that the record names is asked every five seconds', () => {
    let state = refused(after(onSecondary(), recordChanged('primary', S)), 'secondary', 'primary').state;
    for (let at = T + 10; at < T + 200_000; at += 5_000) {
      state = step(state, probed('primary', 'recovery', status(503), { at, startedAt: at })).state;
      expect(nextTime(state)).toBe(at + 5_000);
      state = step(state, { type: 'time', at: at + 5_000 }).state;
    }
    const agreed = after(state, recordChanged('secondary', S));
    const at = T + 250_000;
    const asked = step(agreed, probed('primary', 'recovery', status(503), { at, startedAt: at })).state;
    expect(nextTime(asked)).toBe(at + 30_000);
  });

  test('R7: what is found meanwhile is not written over the record that could not be followed', () => {
    const onP = refused(asked(), 'primary', 'secondary').state;
    const gone = after(onP, probed('secondary', 'standby', status(404)));
    const other = { type: 'standby-checked', stream: S2, problem: undefined } as const;
    expect(actsIn(step(gone, other))).toEqual([
      { type: 'probe', role: 'secondary', stream: S2, purpose: 'standby' },
    ]);
    expect(step(gone, other).state.recorded).toEqual({ active: 'secondary', secondary: S });
  });

  test('R7, G6: nor when somebody asks for the region that the record names, and it still takes no messages', () => {
    const onP = refused(asked(), 'primary', 'secondary').state;
    const again = refused(after(onP, command('failover')), 'primary', 'secondary');
    expect(again.state).toMatchObject({ type: 'on-primary', recorded: { active: 'secondary' } });
    expect(actsIn(again).map(({ type }) => type)).toEqual(['remember', 'wake']);
  });

  test('R4, G6: a switch that somebody asked for is written over the region that was active', () => {
    const recorded = { active: 'primary', secondary: S } as const;
    const arriving = step(after(onPrimary({ recorded }), command('failover')), answers('secondary'));
    expect(actsIn(arriving)).toEqual([
      { type: 'write-record', record: { active: 'secondary', secondary: S } },
    ]);
  });

  test('R7: a record that changes back while it is followed is not written over', () => {
    const back = step(asked(), recordChanged('primary', S)).state;
    const arrived = step(back, answers('secondary'));
    expect(arrived.state).toMatchObject({ type: 'on-secondary', recorded: { active: 'primary' } });
    expect(actsIn(arrived).map(({ type }) => type)).toEqual(['remember', 'wake']);
    const next = step(arrived.state, probed('primary', 'recovery', undefined));
    expect(next.state).toMatchObject({ type: 'switching', reason: { type: 'record' } });
  });

  test('G6: without a record too', () => {
    const stepped = refused(after(onPrimary(), command('failover')), 'primary', 'secondary');
    expect(newsIn(stepped)).toMatchObject([{ type: 'switch-refused', region: 'sa-vinhedo-1' }]);
    expect(stepped.state).toMatchObject({ type: 'on-primary', recorded: undefined });
  });

  test('G6: is refused also when the region that is left answers before the other one', () => {
    const both = passTime(asked(), T + 2_000).state;
    expect(newsIn(step(both, answers('primary', { at: T + 2_001 })))).toEqual([
      { type: 'switch-refused', region: 'sa-vinhedo-1', because: 'it does not take messages' },
    ]);
  });

  test('G6: none begins while another switch is under way', () => {
    for (const [name, region] of [
      ['failover', 'sa-vinhedo-1'],
      ['failback', 'sa-saopaulo-1'],
    ] as const) {
      const stepped = step(switching(), command(name));
      expect(stepped.state).toEqual(switching());
      expect(newsIn(stepped)).toMatchObject([{ type: 'switch-refused', region }]);
    }
  });
});

describe('R7: the record changes during a switch', () => {
  test('R7, INV-4: the stream that it names is asked instead of the known one', () => {
    const { state, effects } = step(switching(), recordChanged('secondary', S2));
    expect(effects).toEqual([{ type: 'probe', role: 'secondary', stream: S2, purpose: 'switch' }]);
    expect(state.targets.secondary.stream).toBe(S2);
    expectUnchanged(state, answers('secondary'));
    expect(after(state, answers('secondary', { ocid: S2.ocid }))).toMatchObject({ type: 'on-secondary' });
  });

  test('R7: one that is known is not asked twice', () => {
    const { state, effects } = step(switching(), recordChanged('secondary', S));
    expect(effects).toEqual([]);
    expect(state).toEqual({ ...switching(), recorded: { active: 'secondary', secondary: S } });
    expect(step(switching(), recordChanged('primary', undefined)).effects).toEqual([]);
  });

  test('R7: while the primary is arrived at, one is known for later', () => {
    const recorded = { active: 'secondary', secondary: S } as const;
    const both = passTime({ ...switching(), recorded }, T + 2_000).state;
    const arriving = after(both, answers('primary', { at: T + 2_001 }));
    expect(arriving).toMatchObject({ arriving: { role: 'primary' } });
    const { state, effects } = step(arriving, recordChanged('secondary', S2));
    expect(state.targets.secondary.stream).toBe(S2);
    expect(effects).toEqual([{ type: 'write-record', record: { active: 'primary', secondary: S2 } }]);
    expect(checks(state).secondary.asking).toBe(false);
  });
});

describe('G6, R5: a hold', () => {
  const hold = { by: 'anna', why: 'a drill' };
  /** The secondary is held, and its stream is gone. */
  const lost = (): RoutingState =>
    after(onSecondary({ hold }), { type: 'stream-gone', role: 'secondary', epoch: 1, ocid: S.ocid });

  test('R5: keeps messages in a region whose stream is gone: only that one is looked for', () => {
    const stepped = step(onSecondary({ hold }), {
      type: 'stream-gone',
      role: 'secondary',
      epoch: 1,
      ocid: S.ocid,
    });
    expect(actsIn(stepped)).toEqual([
      { type: 'end-epoch', epoch: 1 },
      { type: 'locate', role: 'secondary' },
    ]);
    expect(nextTime(stepped.state)).toBe(Infinity);
    const probing = step(lost(), located('secondary', S2));
    expect(probing.effects).toEqual([{ type: 'probe', role: 'secondary', stream: S2, purpose: 'switch' }]);
    const done = after(probing.state, answers('secondary', { ocid: S2.ocid }), { type: 'record-written' });
    expect(done).toMatchObject({ type: 'on-secondary', targets: { secondary: { stream: S2 } } });
  });

  test('R5: that no region takes messages is told of the one that is held', () => {
    const once = after(lost(), notLocated('secondary'));
    expect(newsIn(step(once, notLocated('secondary')))).toEqual([
      {
        type: 'no-region',
        because: 'no-stream',
        latest: 'sa-vinhedo-1: its stream is gone; there is none; anna holds the active region: a drill',
      },
    ]);
  });

  test('R5: that is released lets the other one take over', () => {
    const released = after(lost(), command('release'));
    expect(passTime(released, T).effects).toEqual([probe('primary')]);
  });

  test('R5: that comes during a switch keeps the other one from taking over', () => {
    const held = after(switching(), command('hold'));
    expect(held.hold).toEqual(hold);
    const answered = step(held, answers('secondary'));
    expect(answered.state).toMatchObject({
      type: 'switching',
      arriving: undefined,
      checks: { secondary: { asking: false } },
    });
    expect(answered.effects).toEqual([]);
    expect(nextTime(answered.state)).toBe(T + 2_000);
    const released = after(answered.state, command('release'));
    expect(passTime(released, T).effects).toEqual([probe('secondary')]);
  });

  test('R5: keeps a stream of the other one that is found from being asked', () => {
    const held = after(switching(unknownSecondary), command('hold'));
    const found = step(held, located('secondary', S));
    expect(found.effects).toEqual([]);
    expect(checks(found.state).secondary.asking).toBe(false);
    expect(step(held, recordChanged('secondary', S2)).effects).toEqual([]);
  });

  test('R5, R6: holds from the start on', () => {
    const start = after(started({ streams: { primary: undefined, secondary: S }, hold }), { type: 'time' });
    expect(checks(start)).toMatchObject({ primary: { asking: true }, secondary: { asking: false } });
  });

  test('R5: does not keep anybody from a switch that the record asks for', () => {
    const state = after(onPrimary({ hold }), recordChanged('secondary', S));
    expect(after(state, answers('secondary')).type).toBe('on-secondary');
  });
});
