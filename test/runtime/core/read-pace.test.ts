import { describe, expect, it } from 'vitest';

import { idlePauseMs, readSpacingMs } from '../../../runtime/core/index.ts';

describe('H17 the pace of reading', () => {
  it('keeps within 5 reads a second for each partition', () => {
    expect(readSpacingMs(1)).toBe(210);
    expect(readSpacingMs(4)).toBe(52.5);
  });

  it('asks an empty stream less and less often', () => {
    const pauses = [1, 2, 3, 4, 5].map((empties) => idlePauseMs(empties, 1, 1_000));
    expect(pauses).toEqual([210, 420, 840, 1_000, 1_000]);
  });

  it('takes a stream for empty only when each partition had its turn', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 6].map((empties) => idlePauseMs(empties, 3, 1_000));
    expect(pauses).toEqual([0, 0, 0, 210, 0, 0, 420]);
  });
});
