import { expect, test } from 'vitest';
import { movableClock } from '../../emulator/clock.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const DAY_MS = 86_400_000;

/** A movable clock over virtual time, and when (in virtual ms) each alarm rang. */
function world() {
  const time = new VirtualClock();
  const clock = movableClock({
    now: () => time.wall(),
    random: () => 0,
    after: (ms, task) => {
      // As Node's timers: what is longer rings at once.
      if (ms > 2 ** 31 - 1) throw new RangeError(`${ms} ms overflow`);
      return time.after(ms, task);
    },
  });
  const rang: number[] = [];
  return { time, clock, rang, ring: () => rang.push(time.now()) };
}

test('an alarm rings when its time has come, or as soon as the clock is moved past it', async () => {
  const { time, clock, rang, ring } = world();
  clock.after(100, ring);
  clock.after(5000, ring);
  await time.pass(200);
  clock.advance(4900);
  await time.pass(10_000);
  expect(rang).toEqual([100, 200]);
});

test('an alarm waits longer when the clock is moved back', async () => {
  const { time, clock, rang, ring } = world();
  clock.after(1000, ring);
  await time.pass(400);
  clock.advance(-3000);
  await time.pass(60_000);
  expect(rang).toEqual([4000]);
});

test('an alarm may be months away', async () => {
  const { time, clock, rang, ring } = world();
  clock.after(60 * DAY_MS, ring);
  await time.pass(90 * DAY_MS);
  expect(rang).toEqual([60 * DAY_MS]);
});

test('an alarm that was cancelled does not ring, however long it waited', async () => {
  const { time, clock, rang, ring } = world();
  const cancel = clock.after(60 * DAY_MS, ring);
  await time.pass(30 * DAY_MS);
  cancel();
  clock.advance(60 * DAY_MS);
  await time.pass(90 * DAY_MS);
  expect(rang).toEqual([]);
});
