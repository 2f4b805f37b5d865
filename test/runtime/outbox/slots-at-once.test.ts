import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';

import { takeSlot, type Slot } from '../../../runtime/outbox/slots.ts';
import { ownDirectory } from './disk.ts';

vi.mock('../../../runtime/outbox/places.ts', async (original) => ({
  ...(await original<object>()),
  // What each of several processes sees that look before one of them has made a slot.
  slotsOf: () => [],
}));

function take(directory: string, shared: boolean): Slot {
  const slot = takeSlot(directory, { shared, wallMs: 0 });
  onTestFinished(() => slot.lock.release());
  return slot;
}

test('F8, I5: of two that begin at the same instant in a new directory that is for one process, one has it', () => {
  const directory = join(ownDirectory(), 'outbox');
  take(directory, false);
  expect(() => take(directory, false)).toThrow(`${directory} is used by process ${process.pid}`);
});

test('F8, I5: where it is shared, each has a slot of its own', () => {
  const directory = join(ownDirectory(), 'outbox');
  const slots = [take(directory, true), take(directory, true)];
  expect(slots.map((slot) => slot.directory)).toEqual([join(directory, '0'), join(directory, '1')]);
});
