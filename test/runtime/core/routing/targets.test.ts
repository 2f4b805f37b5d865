import { describe, expect, test } from 'vitest';

import { takeTurn, type RoutingState } from '../../../../runtime/core/index.ts';
import { hang, refusedConnection, status } from '../failures.ts';
import {
  after,
  answered,
  failed,
  newsIn,
  onPrimary,
  P,
  passTime,
  probed,
  recordChanged,
  S,
  step,
  suspectEnough,
  switching,
  T,
} from './fixtures.ts';

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
    expect(state.targets.primary.health).toMatchObject({ evidence: { sum: 2.3, failures: 2 } });
    const silent = after(
      onPrimary(),
      probed('primary', 'verdict', status(504), { at: T + 1_900, startedAt: T }),
    );
    expect(silent.targets.primary.health).toMatchObject({ evidence: { sum: 1.15 } });
    const quick = after(onPrimary(), probed('primary', 'verdict', status(503), { at: T + 20, startedAt: T }));
    expect(quick.targets.primary.health).toMatchObject({ evidence: { sum: 1 } });
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
    expect(state.targets.primary.budget.perSecond).toBeCloseTo(0.2);
    expect(takeTurn(state, lease, T).waitMs).toBe(0);
  });

  test.each([409, 404])(
    'INV-9: after %i, which is no evidence, calls wait too until one stores something',
    (code) => {
      const failing = after(onPrimary(), failed('primary', status(code)));
      const first = takeTurn(failing, lease, T);
      expect(takeTurn(first.state, lease, T).waitMs).toBeCloseTo(100);
      const well = after(first.state, answered('primary'));
      expect(takeTurn(takeTurn(well, lease, T).state, lease, T).waitMs).toBe(0);
    },
  );

  test('INV-9: what is not tried again holds no other call', () => {
    const refused = after(onPrimary(), failed('primary', status(400)), failed('primary', status(401)));
    expect(takeTurn(takeTurn(refused, lease, T).state, lease, T).waitMs).toBe(0);
  });

  test('INV-9: calls to a suspect one wait for their turn', () => {
    const suspect = after(onPrimary(), failed('primary'));
    const first = takeTurn(suspect, lease, T);
    expect(first.waitMs).toBe(0);
    expect(takeTurn(first.state, lease, T).waitMs).toBeCloseTo(100);
  });

  test('INV-9: calls to one that only probes found suspect wait for their turn too', () => {
    const suspect = after(onPrimary(), probed('primary', 'verdict', status(503)));
    expect(takeTurn(takeTurn(suspect, lease, T).state, lease, T).waitMs).toBeCloseTo(100);
  });

  test('INV-9: calls to a target that was just entered do not wait for the failures before', () => {
    const failing = after(onPrimary(), failed('primary', status(409)), recordChanged('secondary', S));
    const back = after(failing, probed('secondary', 'switch', undefined), recordChanged('primary', S));
    const again = after(back, probed('primary', 'switch', undefined));
    const { epoch } = again;
    let state: RoutingState = again;
    for (let n = 0; n < 3; n++) {
      const turn = takeTurn(state, { ...lease, epoch }, T);
      expect(turn.waitMs).toBe(0);
      ({ state } = turn);
    }
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
