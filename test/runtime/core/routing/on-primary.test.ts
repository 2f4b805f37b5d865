import { describe, expect, test } from 'vitest';

import { activeRole, takeTurn, type RoutingState } from '../../../../runtime/core/index.ts';
import { hang, refusedConnection, status } from '../failures.ts';
import {
  actsIn,
  after,
  answered,
  as,
  command,
  expectUnchanged,
  failed,
  LIMITS,
  newsIn,
  onPrimary,
  P,
  passTime,
  probed,
  recordChanged,
  S,
  S2,
  step,
  suspectEnough,
  switching,
  T,
  usedUp,
} from './fixtures.ts';

describe('R1: a report of another epoch or target', () => {
  test.each([0, 2])('R1, D18: of epoch %i changes nothing', (epoch) => {
    const state = suspectEnough(onPrimary());
    expectUnchanged(state, answered('primary', { epoch }));
    expectUnchanged(state, failed('primary', status(503), { epoch }));
    expectUnchanged(state, usedUp('primary', epoch));
    expectUnchanged(state, { type: 'stream-gone', role: 'primary', epoch, ocid: P.ocid });
  });

  test('R1: of the target that is not active changes nothing', () => {
    const state = suspectEnough(onPrimary());
    expectUnchanged(state, answered('secondary'));
    expectUnchanged(state, failed('secondary'));
    expectUnchanged(state, usedUp('secondary'));
    expectUnchanged(state, { type: 'stream-gone', role: 'secondary', epoch: 1, ocid: S.ocid });
  });

  test('R1, D18: that a stream is gone which is not the active one changes nothing', () => {
    expectUnchanged(onPrimary(), { type: 'stream-gone', role: 'primary', epoch: 1, ocid: 'another' });
  });

  test('R1: a probe of an earlier epoch, or of another stream, is no evidence', () => {
    const state = onPrimary();
    expectUnchanged(state, probed('primary', 'verdict', status(503), { startedAt: T - 1 }));
    expectUnchanged(state, probed('primary', 'verdict', status(503), { ocid: S.ocid }));
    expectUnchanged(state, probed('secondary', 'standby', status(403), { ocid: S2.ocid }));
  });
});

describe('A1: failures are evidence against the active target', () => {
  test('A1: of a put, as long as it took', () => {
    const state = after(onPrimary(), failed('primary', status(504), { at: T + 1_900, startedAt: T }));
    expect(state.targets.primary.health).toMatchObject({
      evidence: { sum: 1.15, firstAt: T, lastAt: T, latest: '504' },
    });
  });

  test('INV-10, C5: a 404 or 401 says nothing', () => {
    for (const code of [400, 401, 403, 404, 413]) {
      const state = after(onPrimary(), failed('primary', status(code)));
      expect(state.targets.primary.health.type).toBe('healthy');
    }
  });

  test("C2: a 400 takes back what earlier attempts of its messages told, and nothing of others'", () => {
    const own = { failure: status(503), startedAt: T, tookMs: 5, limitMs: 2_000 };
    const state = after(
      onPrimary(),
      failed('primary'),
      failed('primary'),
      failed('primary', status(400), { earlier: [own] }),
    );
    expect(state.targets.primary.health).toMatchObject({ evidence: { sum: 1 } });
    const other = after(
      state,
      failed('primary', status(400)),
      failed('primary', status(401), { earlier: [own] }),
    );
    expect(other.targets.primary.health).toMatchObject({ evidence: { sum: 1 } });
  });

  test('A4, C2: with failoverOnThrottle off, a 400 takes nothing back for a 429, which told nothing', () => {
    const limits = { ...LIMITS, failoverOnThrottle: false };
    const throttled = { failure: status(429), startedAt: T, tookMs: 5, limitMs: 2_000 };
    const before = step(onPrimary(), failed('primary'), limits).state;
    const { state } = step(before, failed('primary', status(400), { earlier: [throttled] }), limits);
    expect(state.targets.primary.health).toMatchObject({ evidence: { sum: 1 } });
  });

  test('A4: with failoverOnThrottle off, a 429 says nothing, and everything else what it says', () => {
    const limits = { ...LIMITS, failoverOnThrottle: false };
    const off = (code: number): RoutingState =>
      step(onPrimary(), failed('primary', status(code)), limits).state;
    expect(off(429).targets.primary.health.type).toBe('healthy');
    expect(off(503).targets.primary.health.type).toBe('suspect');
    const on = after(onPrimary(), failed('primary', status(429)));
    expect(on.targets.primary.health.type).toBe('suspect');
  });

  test('A18, A22: every entry refused says nothing while others were stored lately', () => {
    const refused = { everyEntryRefused: true } as const;
    const storing = after(onPrimary(), answered('primary', { at: T }));
    const soon = after(storing, failed('primary', status(500), { ...refused, at: T + 2_999 }));
    expect(soon.targets.primary.health.type).toBe('healthy');
    const late = after(storing, failed('primary', status(500), { ...refused, at: T + 3_000 }));
    expect(late.targets.primary.health.type).toBe('suspect');
    const never = after(onPrimary(), failed('primary', status(500), refused));
    expect(never.targets.primary.health.type).toBe('suspect');
  });

  test('A18: what stored nothing does not count as stored', () => {
    const state = after(onPrimary(), answered('primary', { stored: 0, refused: 2 }));
    expect(state.targets.primary.rhythm.lastAt).toBeUndefined();
    expect(after(onPrimary(), answered('primary')).targets.primary.rhythm.lastAt).toBe(T);
  });

  test('B12: for ten seconds after a refused entry, requests hold one message of each key', () => {
    const until = (state: RoutingState): number => state.targets.primary.refusingUntil;
    expect(until(onPrimary())).toBe(-Infinity);
    expect(until(after(onPrimary(), answered('primary')))).toBe(-Infinity);
    const partly = after(onPrimary(), answered('primary', { refused: 1 }));
    expect(until(partly)).toBe(T + 10_000);
    expect(until(after(partly, answered('primary', { at: T + 500 })))).toBe(T + 10_000);
    expect(until(after(onPrimary(), failed('primary', status(429), { everyEntryRefused: true })))).toBe(
      T + 10_000,
    );
    expect(until(after(onPrimary(), failed('primary', status(429))))).toBe(-Infinity);
  });
});

describe('R5: the target is left', () => {
  const suspect = suspectEnough(onPrimary());

  test('R5, A1: when attempts are used up and the verdict is down', () => {
    const { state, effects } = step(suspect, usedUp('primary'));
    const { health } = suspect.targets.primary;
    const evidence = health.type === 'suspect' ? health.evidence : undefined;
    expect(state).toMatchObject({
      type: 'switching',
      epoch: 2,
      from: 'primary',
      since: T,
      leftAt: T,
      reason: { type: 'verdict', evidence },
      announced: false,
      arriving: undefined,
      targets: { primary: { probing: undefined } },
      standbyCheckAt: T + 180_000,
    });
    expect(effects).toEqual([
      { type: 'end-epoch', epoch: 1 },
      {
        type: 'announce',
        news: {
          type: 'failover-started',
          role: 'primary',
          from: 'sa-saopaulo-1',
          to: 'sa-vinhedo-1',
          because: evidence,
        },
      },
      { type: 'probe', role: 'secondary', stream: S, purpose: 'switch' },
    ]);
  });

  test('R5: not on used-up attempts alone', () => {
    expectUnchanged(onPrimary(), usedUp('primary'));
    const little = after(onPrimary(), failed('primary'));
    expectUnchanged(little, usedUp('primary'));
  });

  test('R5: not on a verdict alone', () => {
    expect(suspect.type).toBe('on-primary');
  });

  test('A23: not on evidence that has aged', () => {
    expectUnchanged(suspect, { ...usedUp('primary'), at: T + 60_000 });
  });

  test('R5: not while somebody holds it', () => {
    const held = after(suspect, command('hold'));
    expectUnchanged(held, usedUp('primary'));
    expect(after(held, command('release'), usedUp('primary')).type).toBe('switching');
  });

  test('D15: when its stream is gone; that one is looked for at once, too', () => {
    const { state, effects } = step(onPrimary(), {
      type: 'stream-gone',
      role: 'primary',
      epoch: 1,
      ocid: P.ocid,
    });
    expect(state).toMatchObject({
      type: 'switching',
      reason: { type: 'stream-gone', ocid: P.ocid },
      targets: { primary: { stream: undefined } },
    });
    expect(effects).toEqual([
      { type: 'announce', news: { type: 'stream-gone', region: 'sa-saopaulo-1', ocid: P.ocid } },
      { type: 'end-epoch', epoch: 1 },
      { type: 'probe', role: 'secondary', stream: S, purpose: 'switch' },
      { type: 'locate', role: 'primary' },
    ]);
  });
});

describe('G6: commands', () => {
  test('G6: hold and release are remembered, with who and why', () => {
    const held = step(onPrimary(), command('hold'));
    const hold = { by: 'anna', why: 'a drill' };
    expect(held.state.hold).toEqual(hold);
    expect(held.effects).toEqual([
      { type: 'remember', lastFailbackAt: undefined, reason: '', hold },
      { type: 'announce', news: { type: 'hold-changed', hold } },
    ]);
    const released = step(held.state, command('release'));
    expect(released.state.hold).toBeUndefined();
    expect(newsIn(released)).toEqual([{ type: 'hold-changed', hold: undefined }]);
  });

  test('G6: what is so already is refused in words', () => {
    const stepped = step(onPrimary(), command('failback'));
    expect(stepped.state).toEqual(onPrimary());
    expect(stepped.effects).toEqual([
      {
        type: 'announce',
        news: { type: 'switch-refused', region: 'sa-saopaulo-1', because: 'it is the active region already' },
      },
    ]);
  });

  test('G6: a failover under a hold is refused, and says who holds and why', () => {
    const held = after(onPrimary(), command('hold'));
    const stepped = step(held, command('failover'));
    expect(activeRole(stepped.state)).toBe('primary');
    expect(newsIn(stepped)).toEqual([
      { type: 'switch-refused', region: 'sa-vinhedo-1', because: 'anna holds the active region: a drill' },
    ]);
  });
});

describe('R7: the record', () => {
  test('R7: that says what is so changes nothing but what is known of it', () => {
    const { state, effects } = step(onPrimary(), recordChanged('primary', S));
    expect(state).toEqual({ ...onPrimary(), recorded: { active: 'primary', secondary: S } });
    expect(effects).toEqual([]);
  });

  test('R7, INV-4: tells which secondary will be used', () => {
    const { state, effects } = step(onPrimary(), recordChanged('primary', S2));
    expect(state.targets.secondary.stream).toBe(S2);
    expect(effects).toEqual([]);
  });

  test('R7, G9: that names a secondary as active is followed, to that stream', () => {
    const { state, effects } = step(onPrimary(), recordChanged('secondary', S2));
    expect(state).toMatchObject({ type: 'switching', from: 'primary', reason: { type: 'record' } });
    expect(actsIn({ effects })).toEqual([
      { type: 'end-epoch', epoch: 1 },
      { type: 'probe', role: 'secondary', stream: S2, purpose: 'switch' },
    ]);
    expect(newsIn({ effects })).toEqual([]);
  });

  test('R7: without a secondary says nothing of it', () => {
    expect(after(onPrimary(), recordChanged('primary', undefined)).targets.secondary.stream).toBe(S);
  });
});

describe('R4: the record is written', () => {
  const recorded = { active: 'primary', secondary: S } as const;
  const unknown = { primary: P, secondary: undefined };
  const checkedFound = { type: 'standby-checked', stream: S, problem: undefined } as const;

  test('R4: not when it says what is so, nor as the first one for the primary', () => {
    expect(step(onPrimary(), { type: 'lease-wanted' }).effects).toHaveLength(1);
    expect(step(onPrimary({ recorded }), { type: 'lease-wanted' }).effects).toHaveLength(1);
  });

  test('R4: when another secondary becomes known', () => {
    const state = onPrimary({ recorded: { active: 'primary', secondary: undefined }, streams: unknown });
    const { effects, state: next } = step(state, { type: 'located', role: 'secondary', stream: S });
    expect(effects).toEqual([{ type: 'write-record', record: recorded }]);
    expect(next.recorded).toEqual(recorded);
  });

  test('R4: a secondary that is not known now is still the best that readers can be told', () => {
    expect(step(onPrimary({ recorded, streams: unknown }), { type: 'lease-wanted' }).effects).toHaveLength(1);
  });

  test('R4, R7: never over one that names the other region: that one is followed once it takes messages', () => {
    const state = onPrimary({ recorded: { active: 'secondary', secondary: undefined }, streams: unknown });
    const { state: found, effects } = step(state, checkedFound);
    expect(effects).toEqual([{ type: 'probe', role: 'secondary', stream: S, purpose: 'standby' }]);
    const followed = step(found, probed('secondary', 'standby', undefined));
    expect(followed.state).toMatchObject({ type: 'switching', reason: { type: 'record' } });
    const arrived = step(followed.state, probed('secondary', 'switch', undefined));
    expect(actsIn(arrived)).toContainEqual({
      type: 'write-record',
      record: { active: 'secondary', secondary: S },
    });
  });

  test('C19: a stream that is known already is not replaced by a later look', () => {
    expect(
      after(onPrimary(), { type: 'located', role: 'secondary', stream: S2 }).targets.secondary.stream,
    ).toBe(S);
    expect(after(onPrimary(), { type: 'located', role: 'primary', stream: S2 }).targets.primary.stream).toBe(
      P,
    );
  });
});

describe('C19: the standby is known before it is needed', () => {
  const unknown = onPrimary({ streams: { primary: P, secondary: undefined } });
  const checked = (over: object = {}) =>
    ({ type: 'standby-checked', stream: undefined, problem: undefined, ...over }) as const;

  test('C19: it is looked at half a second after the start, then every three minutes', () => {
    const first = step(unknown, { type: 'time', at: T + 500 });
    expect(first.effects).toEqual([{ type: 'check-standby', stream: undefined }]);
    const looks = passTime(onPrimary(), T + 600_000).effects;
    expect(looks).toEqual(Array.from({ length: 4 }, () => ({ type: 'check-standby', stream: S })));
  });

  test('C19: a problem is told once, and again when it changes', () => {
    const first = step(unknown, checked({ problem: 'not subscribed' }));
    expect(first.state.targets.secondary.problem).toBe('not subscribed');
    expect(newsIn(first)).toHaveLength(1);
    const same = step(first.state, checked({ problem: 'not subscribed' }));
    expect(same.effects).toEqual([]);
    expect(newsIn(step(same.state, checked({ problem: 'no permission' })))).toEqual([
      { type: 'standby-unusable', region: 'sa-vinhedo-1', problem: 'no permission' },
    ]);
  });

  test('C19: that there is none yet ends a problem without a word', () => {
    const problem = after(unknown, checked({ problem: 'not subscribed' }));
    const { state, effects } = step(problem, checked());
    expect(state.targets.secondary.problem).toBeUndefined();
    expect(effects).toEqual([]);
  });

  test('C19, D16: one that is found is asked whether it may be written to; until then nothing new is known', () => {
    const problem = after(unknown, checked({ problem: 'absent' }));
    const { state, effects } = step(problem, checked({ stream: S }));
    expect(state.targets.secondary).toMatchObject({ stream: S, problem: 'absent' });
    expect(effects).toEqual([{ type: 'probe', role: 'secondary', stream: S, purpose: 'standby' }]);
    expect(newsIn(step(state, probed('secondary', 'standby', undefined)))).toEqual([
      { type: 'standby-usable', region: 'sa-vinhedo-1', stream: S },
    ]);
  });

  test('C19: one that is known is not replaced by what a look found', () => {
    expectSame(after(onPrimary(), checked({ stream: S2 })), onPrimary());
  });

  test('C19: one that answers when nothing was wrong is nothing to tell', () => {
    expectSame(after(onPrimary(), probed('secondary', 'standby', undefined)), onPrimary());
    expect(step(onPrimary(), probed('secondary', 'standby', undefined)).effects).toEqual([]);
  });

  test.each([503, 429, 500])('C19: what passes by itself (%i) is no problem', (code) => {
    expectUnchanged(onPrimary(), probed('secondary', 'standby', status(code)));
    expectUnchanged(onPrimary(), probed('secondary', 'standby', hang));
  });

  test('C19: one that refuses is told, with the words of its answer', () => {
    const stepped = step(onPrimary(), probed('secondary', 'standby', status(403, { message: 'no push' })));
    expect(newsIn(stepped)).toEqual([
      { type: 'standby-unusable', region: 'sa-vinhedo-1', problem: 'sa-vinhedo-1: 403: no push' },
    ]);
    expect(stepped.state.targets.secondary.stream).toBe(S);
    const wordless = step(onPrimary(), probed('secondary', 'standby', status(401)));
    expect(newsIn(wordless)).toMatchObject([{ problem: 'sa-vinhedo-1: 401' }]);
  });

  test('C19, E9: one that is absent is forgotten, and another one is looked for in ten seconds', () => {
    const absent = probed('secondary', 'standby', status(404, { message: 'not found' }));
    const { state, effects } = step(onPrimary({ now: T - 1_000 }), absent);
    expect(state.targets.secondary.stream).toBeUndefined();
    expect(newsIn({ effects })).toEqual([
      {
        type: 'standby-unusable',
        region: 'sa-vinhedo-1',
        problem: `the stream ${S.ocid} is absent, or may not be written to: sa-vinhedo-1: 404: not found`,
      },
    ]);
    expect(as('on-primary', state).standbyCheckAt).toBe(T - 500);
    const later = after(passTime(onPrimary(), T + 1_000).state, { ...absent, at: T + 1_100 });
    expect(as('on-primary', later).standbyCheckAt).toBe(T + 11_100);
  });

  test('C19: one that goes on answering 404 is told once, not every ten seconds', () => {
    let state: RoutingState = onPrimary();
    let told = 0;
    for (let n = 0; n < 5; n++) {
      const gone = step(state, probed('secondary', 'standby', status(404)));
      const found = step(gone.state, checked({ stream: S }));
      told += newsIn(gone).length + newsIn(found).length;
      ({ state } = found);
    }
    expect(told).toBe(1);
  });

  test('R1: probes for other purposes say nothing of it', () => {
    expectUnchanged(onPrimary(), probed('secondary', 'switch', status(403)));
    expectUnchanged(onPrimary(), probed('secondary', 'recovery', status(403)));
    expectUnchanged(onPrimary(), probed('primary', 'switch', status(503)));
    expectUnchanged(onPrimary(), probed('primary', 'recovery', undefined));
  });
});

function expectSame(state: RoutingState, expected: RoutingState): void {
  expect(state).toEqual(expected);
}

describe('A19: probes help where traffic is thin', () => {
  const probesIn = (state: RoutingState, until: number): number =>
    passTime(state, until).effects.filter(({ type }) => type === 'probe').length;

  test('A19: none while one 5xx is all there is', () => {
    expect(probesIn(after(onPrimary(), failed('primary')), T + 400)).toBe(0);
  });

  test.each([
    ['two 5xx', [status(503), status(503)]],
    ['a refused connection', [refusedConnection]],
    ['a silence', [hang]],
  ])('A19: after %s, each 120 ms', (_, failures) => {
    const state = after(onPrimary(), ...failures.map((failure) => failed('primary', failure)));
    expect(passTime(state, T + 119).effects).toEqual([]);
    expect(passTime(state, T + 120).effects).toEqual([
      { type: 'probe', role: 'primary', stream: P, purpose: 'verdict' },
    ]);
    expect(probesIn(state, T + 480)).toBe(4);
  });

  test('A19: at most sixteen without an answer', () => {
    const state = after(onPrimary(), failed('primary', refusedConnection));
    const waiting = passTime(state, T + 5_900).state;
    expect(waiting.targets.primary.probing?.outstanding).toBe(16);
    expect(probesIn(waiting, T + 5_950)).toBe(0);
    const answer = probed('primary', 'verdict', refusedConnection, { at: T + 5_900, startedAt: T + 3_000 });
    expect(probesIn(after(waiting, answer), T + 6_000)).toBe(1);
  });

  test('A19: their failures are evidence', () => {
    const state = after(
      onPrimary(),
      failed('primary', refusedConnection),
      probed('primary', 'verdict', refusedConnection),
    );
    expect(state.targets.primary.health).toMatchObject({ evidence: { sum: 4, failures: 2 } });
    const silent = after(
      onPrimary(),
      probed('primary', 'verdict', status(504), { at: T + 1_900, startedAt: T }),
    );
    expect(silent.targets.primary.health).toMatchObject({ evidence: { sum: 1.15 } });
  });

  test('A14: an answer ends them: from then on only messages can tell', () => {
    const state = after(
      onPrimary(),
      failed('primary', refusedConnection),
      probed('primary', 'verdict', undefined),
    );
    expect(state.targets.primary).toMatchObject({
      health: { type: 'suspect' },
      probing: { answered: true, outstanding: 0 },
    });
    expect(probesIn(state, T + 5_000)).toBe(0);
    const again = after(
      passTime(state, T + 200).state,
      failed('primary', refusedConnection, { at: T + 200 }),
    );
    expect(probesIn(again, T + 5_000)).toBe(0);
  });

  test('A19: they begin anew with the first failure after six seconds without', () => {
    const state = after(
      onPrimary(),
      failed('primary', refusedConnection),
      probed('primary', 'verdict', undefined),
    );
    const idle = passTime(state, T + 6_000).state;
    const soon = after(idle, failed('primary', refusedConnection, { at: T + 6_000 }));
    expect(probesIn(soon, T + 8_000)).toBe(0);
    const late = after(idle, failed('primary', refusedConnection, { at: T + 6_001 }));
    expect(probesIn(late, T + 6_001 + 120)).toBe(1);
  });

  test('A20: none once nothing tries any more', () => {
    const state = after(onPrimary(), failed('primary', refusedConnection));
    const probes = passTime(state, T + 60_000).effects.filter((effect) => effect.type === 'probe');
    expect(probes.length).toBeLessThanOrEqual(16);
    let answering: RoutingState = state;
    for (let at = T + 120; at <= T + 12_000; at += 120) {
      answering = passTime(answering, at).state;
      answering = after(
        answering,
        probed('primary', 'verdict', refusedConnection, { at, startedAt: at - 1 }),
      );
    }
    expect(probesIn(answering, T + 20_000)).toBe(0);
    expect(answering.targets.primary.probing?.nextAt).toBe(Infinity);
  });

  test('A12: none once the region is healthy again', () => {
    const state = after(onPrimary(), failed('primary', refusedConnection), answered('primary'));
    expect(state.targets.primary.probing).toBeUndefined();
    expect(probesIn(state, T + 5_000)).toBe(0);
    const still = after(suspectEnough(onPrimary()), answered('primary'));
    expect(still.targets.primary.probing).toBeDefined();
  });

  test('INV-9: they take turns with other calls', () => {
    const lease = { epoch: 1, role: 'primary', stream: P, trial: false } as const;
    let state: RoutingState = after(onPrimary(), failed('primary', refusedConnection));
    for (let n = 0; n < 30; n++) ({ state } = takeTurn(state, lease, T));
    expect(probesIn(state, T + 2_800)).toBe(0);
    expect(probesIn(state, T + 3_100)).toBeGreaterThan(0);
  });
});

describe('INV-9: turns of calls', () => {
  const lease = { epoch: 1, role: 'primary', stream: P, trial: false } as const;

  test('INV-9: a call to a healthy target goes at once, and is counted', () => {
    const { state, waitMs } = takeTurn(onPrimary(), lease, T);
    expect(waitMs).toBe(0);
    expect(state.targets.primary.rate.perSecond).toBeCloseTo(0.2);
    expect(takeTurn(state, lease, T).waitMs).toBe(0);
  });

  test('INV-9: calls to a suspect one wait for their turn', () => {
    const suspect = after(onPrimary(), failed('primary'));
    const first = takeTurn(suspect, lease, T);
    expect(first.waitMs).toBe(0);
    expect(takeTurn(first.state, lease, T).waitMs).toBeCloseTo(100);
  });

  test('INV-9: a call of an epoch that has ended, or of the other target, takes none', () => {
    const suspect = after(onPrimary(), failed('primary'));
    for (const other of [{ ...lease, epoch: 2 }, { ...lease, role: 'secondary' } as const]) {
      expect(takeTurn(suspect, other, T)).toEqual({ state: suspect, waitMs: 0 });
    }
    const leaving = switching();
    expect(takeTurn(leaving, { ...lease, epoch: 2 }, T)).toEqual({ state: leaving, waitMs: 0 });
  });
});

describe('A16: a region that is slow is told of', () => {
  test('A16: once when it becomes slow, and once when it is prompt again', () => {
    let state: RoutingState = onPrimary();
    const told: object[] = [];
    for (const tookMs of [
      ...Array.from({ length: 12 }, () => 1_500),
      ...Array.from({ length: 12 }, () => 20),
    ]) {
      const stepped = step(state, answered('primary', { tookMs }));
      told.push(...newsIn(stepped));
      ({ state } = stepped);
    }
    expect(told).toEqual([
      { type: 'degraded', region: 'sa-saopaulo-1', role: 'primary', medianMs: 1_500 },
      { type: 'prompt-again', region: 'sa-saopaulo-1', role: 'primary', medianMs: 20 },
    ]);
    expect(state.type).toBe('on-primary');
  });
});
