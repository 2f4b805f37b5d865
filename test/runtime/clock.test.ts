import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { systemClock } from '../../runtime/clock.ts';

const HOUR_MS = 3_600_000;

test('I6: no timer of the real machine fires before its time, though Node cuts off fractions', async () => {
  const early: number[] = [];
  const timers = Array.from({ length: 200 }, (_, index) => {
    const ms = 1 + index * 0.07;
    const dueAt = systemClock.now() + ms;
    return new Promise<void>((resolve) => {
      systemClock.after(ms, () => {
        if (systemClock.now() < dueAt) early.push(ms);
        resolve();
      });
    });
  });
  await Promise.all(timers);
  expect(early).toEqual([]);
});

describe('the clock of the machine', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  // Node's longest timer is 24.8 days.
  test.for([1, HOUR_MS, 2 ** 31 - 1, 2 ** 31, 1_000 * HOUR_MS, 365 * 24 * HOUR_MS])(
    'I6: runs a task after %d ms, and not before',
    (ms) => {
      const task = vi.fn<() => void>();
      systemClock.after(ms, task);
      vi.advanceTimersByTime(ms - 1);
      expect(task).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(task).toHaveBeenCalledOnce();
    },
  );

  test('I6: a long wait can be cancelled in any of its parts', () => {
    const task = vi.fn<() => void>();
    const cancel = systemClock.after(1_000 * HOUR_MS, task);
    vi.advanceTimersByTime(900 * HOUR_MS);
    cancel();
    vi.advanceTimersByTime(1_000 * HOUR_MS);
    expect(task).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
