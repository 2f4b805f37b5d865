import { describe, expect, it } from 'vitest';

import { groupStart } from '../../../runtime/core/index.ts';

const began = { at: 1_000, wall: Date.parse('2026-10-01T12:00:00Z') };

describe('where a new group begins', () => {
  it('is the oldest message, or the time that is named', () => {
    expect(groupStart('earliest', began, 1_000)).toBe('TRIM_HORIZON');
    expect(groupStart('2026-09-30T00:00:00Z', began, 1_000)).toEqual({ time: '2026-09-30T00:00:00Z' });
  });

  it('is, for latest, when the consumer began, also in a region that is found later', () => {
    expect(groupStart('latest', began, 6_000)).toBe('LATEST');
    expect(groupStart('latest', began, 6_001)).toEqual({ time: '2026-10-01T12:00:00.000Z' });
  });
});
