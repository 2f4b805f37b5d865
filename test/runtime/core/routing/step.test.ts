import { describe, expect, test } from 'vitest';

import { actsIn, after, onPrimary, P, probed, S, S2, step } from './fixtures.ts';

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
