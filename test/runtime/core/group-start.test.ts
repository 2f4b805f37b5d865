import { describe, expect, it } from 'vitest';

import { groupStart } from '../../../runtime/core/index.ts';

const started = { at: 1_000, wall: Date.parse('2026-10-01T12:00:00Z') };

describe('where a new group begins', () => {
  it('H2: is the oldest message, or the time that is named', () => {
    expect(groupStart('earliest', started, 1_000)).toBe('TRIM_HORIZON');
    expect(groupStart('2026-09-30T00:00:00Z', started, 1_000)).toEqual({ time: '2026-09-30T00:00:00Z' });
  });

  it('H2, H18: is, for latest, when the consumer started, also in a region that is found later', () => {
    expect(groupStart('latest', started, 6_000)).toBe('LATEST');
    expect(groupStart('latest', started, 6_001)).toEqual({ time: '2026-10-01T12:00:00.000Z' });
  });
});
