import { expect, test } from 'vitest';

import { Pacer } from '../../../../runtime/commands/producer/input.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

test('I14: a pace holds, and what was missed is made up for by one second at most', async () => {
  const clock = new VirtualClock();
  const pacer = new Pacer(clock, 10);
  expect([pacer.takeTurn(), pacer.takeTurn(), pacer.takeTurn()]).toEqual([0, 100, 200]);
  await clock.pass(60_000);
  const turns = Array.from({ length: 12 }, () => pacer.takeTurn());
  expect(turns.filter((waitMs) => waitMs === 0)).toHaveLength(11);
});
