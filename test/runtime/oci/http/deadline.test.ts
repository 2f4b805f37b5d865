import { describe, expect, it } from 'vitest';

import { afterPatiently, within } from '../../../../runtime/oci/http/deadline.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** A clock whose timers fire when the test says so, however late. */
function lateClock() {
  let now = 0;
  const timers = new Set<() => void>();
  return {
    now: () => now,
    after(_ms: number, task: () => void) {
      timers.add(task);
      return () => timers.delete(task);
    },
    fireAt(time: number) {
      now = time;
      const due = [...timers];
      timers.clear();
      for (const task of due) task();
    },
  };
}

describe('C9: a timer of a process that was blocked', () => {
  it('C9: runs in time when nothing was blocked', () => {
    const clock = lateClock();
    let runs = 0;
    afterPatiently(clock, 2_000, () => runs++);
    clock.fireAt(2_010);
    expect(runs).toBe(1);
  });

  it('C9: gives the answer that waits in the socket a moment, once', () => {
    const clock = lateClock();
    let runs = 0;
    afterPatiently(clock, 2_000, () => runs++);
    clock.fireAt(30_000);
    expect(runs).toBe(0);
    clock.fireAt(60_000);
    expect(runs).toBe(1);
  });

  it('C9: can be cancelled in that moment', () => {
    const clock = lateClock();
    let runs = 0;
    const cancel = afterPatiently(clock, 2_000, () => runs++);
    clock.fireAt(30_000);
    cancel();
    clock.fireAt(60_000);
    expect(runs).toBe(0);
  });
});

describe('a task without a time limit of its own', () => {
  const never = (): Promise<never> => new Promise(() => {});

  it.each([
    ['before it begins', (ends: AbortController) => ends.abort()],
    ['while it runs', (ends: AbortController) => queueMicrotask(() => ends.abort())],
  ])('I3: an abort %s ends the wait for it', async (_, abort) => {
    const clock = new VirtualClock();
    const ends = new AbortController();
    abort(ends);
    const deadline = { limitMs: 2_000, dueAt: clock.now() + 2_000, signal: ends.signal };
    const ended = within(clock, deadline, never);
    await clock.pass(0);
    expect(clock.timers).toBe(0);
    expect(await ended).toEqual({ type: 'aborted' });
  });
});
