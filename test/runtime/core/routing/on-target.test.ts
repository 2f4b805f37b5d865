import { describe, expect, test } from 'vitest';

import { activeRole, type RoutingState } from '../../../../runtime/core/index.ts';
import { status } from '../failures.ts';
import {
  actsIn,
  after,
  answered,
  command,
  expectUnchanged,
  failed,
  LIMITS,
  newsIn,
  onPrimary,
  onSecondary,
  P,
  probed,
  recordChanged,
  S,
  S2,
  step,
  suspectEnough,
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

  test.each([400, 413])(
    'A10, C2: %i is an answer of a region that works, like a success; another 4xx, which may be of a proxy, is not',
    (code) => {
      const suspect = after(onPrimary(), failed('primary'), failed('primary'), failed('primary'));
      const answered = after(suspect, failed('primary', status(code)));
      expect(answered.targets.primary.health).toMatchObject({
        evidence: { sum: expect.closeTo(0.4) as number },
      });
      for (const other of [401, 403, 404, 405, 407, 409, 422]) {
        const { health } = after(suspect, failed('primary', status(other))).targets.primary;
        expect(health).toMatchObject({ evidence: { sum: 3 } });
      }
    },
  );

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

  test('B12: refusals of single entries are remembered', () => {
    const until = (state: RoutingState): number => state.targets.primary.singleRefusals.until;
    expect(until(onPrimary())).toBe(-Infinity);
    expect(until(after(onPrimary(), answered('primary', { refused: 1, refusals: 'single' })))).toBe(
      T + 10_000,
    );
    const all = { everyEntryRefused: true, refusals: 'single' } as const;
    expect(until(after(onPrimary(), failed('primary', status(429), all)))).toBe(T + 10_000);
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

  test('R7: that names another endpoint of the same stream is followed to that endpoint', () => {
    const moved = { ...S, endpoint: `${S.endpoint}:8443` };
    const { state } = step(onSecondary(), recordChanged('secondary', moved));
    expect(state).toMatchObject({ epoch: 2, targets: { secondary: { stream: moved } } });
  });

  test('R7: without a secondary says nothing of it', () => {
    expect(after(onPrimary(), recordChanged('primary', undefined)).targets.secondary.stream).toBe(S);
  });
});
