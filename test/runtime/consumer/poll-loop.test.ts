import { expect, test } from 'vitest';

import { InterruptibleSleep } from '../../../runtime/consumer/poll-loop.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('a pause ends by itself, or when it is cut', async () => {
  const clock = new VirtualClock();
  const pause = new InterruptibleSleep(clock);
  await clock.passUntil(pause.wait(1_000));
  expect(clock.now()).toBe(1_000);
  const cut = pause.wait(1_000);
  pause.interrupt();
  await cut;
  expect(clock.now()).toBe(1_000);
});

test('a cut that comes while nobody waits ends the next wait, and only that', async () => {
  const clock = new VirtualClock();
  const pause = new InterruptibleSleep(clock);
  pause.interrupt();
  await pause.untilInterrupted();
  await clock.passUntil(pause.wait(1_000));
  expect(clock.now()).toBe(1_000);
});
