import { describe, expect, test } from 'vitest';

import { fromOf, startOf } from '../../../../runtime/commands/consumer/position.ts';

const NOW = Date.UTC(2026, 10, 26, 12);

describe('H21: --from', () => {
  test.for([
    ['earliest', 'earliest'],
    ['latest', 'latest'],
    ['-1h', '2026-11-26T11:00:00.000Z'],
    ['-1.5m', '2026-11-26T11:58:30.000Z'],
    ['-2d', '2026-11-24T12:00:00.000Z'],
    ['2026-11-23T20:00:00Z', '2026-11-23T20:00:00.000Z'],
    ['2026-11-23 20:00:00-03:00', '2026-11-23T23:00:00.000Z'],
    ['2028-02-29T00:00Z', '2028-02-29T00:00:00.000Z'],
  ] as const)('H21: %s is %s', ([text, position]) => {
    expect(fromOf(text, NOW)).toBe(position);
  });

  test('H21: a time without an offset is one of this machine, a date is its midnight there', () => {
    expect(fromOf('2026-11-23T20:00', NOW)).toBe(new Date(2026, 10, 23, 20).toISOString());
    expect(fromOf('2026-11-23', NOW)).toBe(new Date(2026, 10, 23).toISOString());
  });

  test.for(['', 'yesterday', '-1y', '1h', '2026-02-30', '2026-13-01', '2026-11-23T25:00Z', '1764000000'])(
    'I6: %j is refused',
    (text) => {
      expect(() => fromOf(text, NOW)).toThrow(/is no position; give earliest/);
    },
  );
});

describe('H21: --offset', () => {
  test.for([
    ['earliest', 'TRIM_HORIZON'],
    ['latest', 'LATEST'],
    ['0', { atOffset: 0 }],
    ['-10', { last: 10 }],
  ] as const)('H21: %s', ([offset, start]) => {
    expect(startOf({ offset }, NOW)).toEqual(start);
  });

  test.for(['', '-0', '1.5', '-1000001', '99999999999999999', 'first'])('I6: %j is refused', (offset) => {
    expect(() => startOf({ offset }, NOW)).toThrow(/is no offset; give a number/);
  });

  test('H21: without it, reading begins at --from, or at the oldest message', () => {
    expect(startOf({}, NOW)).toBe('TRIM_HORIZON');
    expect(startOf({ from: '-1h' }, NOW)).toEqual({ time: '2026-11-26T11:00:00.000Z' });
  });
});
