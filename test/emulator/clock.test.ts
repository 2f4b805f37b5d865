import { expect, test } from 'vitest';
import { movableClock } from '../../emulator/clock.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const DAY_MS = 86_400_000;

/** A movable clock over virtual time, and when each timer fired (virtual ms since the start). */
function world() {
  const time = new VirtualClock();
  const startedAt = time.now();
  const clock = movableClock({
    now: () => time.wall(),
    random: () => 0,
    after: (ms, task) => {
      // Node's timers cannot wait longer than this.
      if (ms > 2 ** 31 - 1) throw new RangeError(`${ms} ms overflow`);
      return time.after(ms, task);
    },
  });
  const fired: number[] = [];
  return { time, clock, fired, fire: () => fired.push(time.now() - startedAt) };
}

test('a timer fires when it is due, or as soon as the clock is moved past it', async () => {
  const { time, clock, fired, fire } = world();
  clock.after(100, fire);
  clock.after(5000, fire);
  await time.pass(200);
  clock.advance(4900);
  await time.pass(10_000);
  expect(fired).toEqual([100, 200]);
});

test('a timer waits longer when the clock is moved back', async () => {
  const { time, clock, fired, fire } = world();
  clock.after(1000, fire);
  await time.pass(400);
  clock.advance(-3000);
  await time.pass(60_000);
  expect(fired).toEqual([4000]);
});

test('a timer may be due in months', async () => {
  const { time, clock, fired, fire } = world();
  clock.after(60 * DAY_MS, fire);
  await time.pass(90 * DAY_MS);
  expect(fired).toEqual([60 * DAY_MS]);
});

test('a cancelled timer does not fire, however long it waited', async () => {
  const { time, clock, fired, fire } = world();
  const cancel = clock.after(60 * DAY_MS, fire);
  await time.pass(30 * DAY_MS);
  cancel();
  clock.advance(60 * DAY_MS);
  await time.pass(90 * DAY_MS);
  expect(fired).toEqual([]);
});
