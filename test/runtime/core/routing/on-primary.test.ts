import { describe, expect, test } from 'vitest';

import type { RoutingState } from '../../../../runtime/core/index.ts';
import { hang, status } from '../failures.ts';
import {
  after,
  as,
  expectUnchanged,
  newsIn,
  onPrimary,
  P,
  passTime,
  probed,
  S,
  S2,
  step,
  T,
} from './fixtures.ts';

describe('C19: the standby is known before it is needed', () => {
  const unknown = onPrimary({ streams: { primary: P, secondary: undefined } });
  const checked = (over: object = {}) =>
    ({ type: 'standby-checked', stream: undefined, problem: undefined, ...over }) as const;

  test('C19: it is looked at half a second after the start, then every three minutes', () => {
    const first = step(unknown, { type: 'time', at: T + 500 });
    expect(first.effects).toEqual([{ type: 'check-standby', stream: undefined }]);
    const checks = passTime(onPrimary(), T + 600_000).effects;
    expect(checks).toEqual(Array.from({ length: 4 }, () => ({ type: 'check-standby', stream: S })));
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
    expect(after(onPrimary(), checked({ stream: S2 }))).toEqual(onPrimary());
  });

  test('C19: one that answers when nothing was wrong is nothing to tell', () => {
    expect(after(onPrimary(), probed('secondary', 'standby', undefined))).toEqual(onPrimary());
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
