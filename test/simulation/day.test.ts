import { expect, test } from 'vitest';

import { simulateDay } from './day.ts';

test(
  'F1, F5, INV-5: both regions down at 1,000 messages/s: all wait on this disk, memory stays flat, and they are sent in order',
  { timeout: 180_000 },
  async () => {
    const minutes = 3;
    const { rejected, misplaced, spooled, bufferedBytes, inUseMiB } = await simulateDay({
      hours: minutes / 60,
      perSecond: 1_000,
    });
    expect({ rejected, misplaced }).toEqual({ rejected: 0, misplaced: 0 });
    expect(spooled).toBe(minutes * 60_000);
    // In memory they would take a KiB each.
    expect(bufferedBytes).toBeLessThan(4 * 1_048_576);
    expect((inUseMiB?.last ?? NaN) - (inUseMiB?.first ?? NaN)).toBeLessThan(16);
    expect((inUseMiB?.drain ?? NaN) - (inUseMiB?.first ?? NaN)).toBeLessThan(64);
  },
);
