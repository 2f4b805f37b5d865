import { expect, test } from 'vitest';

import { InterruptibleSleep } from '../../../runtime/consumer/polling.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('I1: a wait ends by itself, or when it is interrupted', async () => {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const pause = new InterruptibleSleep(clock);
  await clock.passUntil(pause.wait(1_000));
  expect(clock.now() - startedAt).toBe(1_000);
  const interrupted = pause.wait(1_000);
  pause.interrupt();
  await interrupted;
  expect(clock.now() - startedAt).toBe(1_000);
});

test('I1: an interruption while nobody waits ends the next wait, and only that', async () => {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const pause = new InterruptibleSleep(clock);
  pause.interrupt();
  await pause.untilInterrupted();
  await clock.passUntil(pause.wait(1_000));
  expect(clock.now() - startedAt).toBe(1_000);
});
