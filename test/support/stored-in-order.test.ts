import { expect, test } from 'vitest';

import { numberedSource, StoredInOrder } from './stored-in-order.ts';
import type { Message } from '../bench/work.ts';

const WORK = { size: 20, keys: 3, batch: 10 };
const MESSAGES = 20;

function misplaced(change: (stored: Message[]) => void): number {
  const stored = Array.from({ length: MESSAGES }, numberedSource(WORK));
  change(stored);
  const check = new StoredInOrder(MESSAGES, WORK);
  for (const message of stored) check.take(message);
  return check.misplaced;
}

test('every message once and in order of its key is no finding, whatever the order of the keys', () => {
  expect(misplaced(() => {})).toBe(0);
  expect(misplaced((stored) => stored.sort((a, b) => a.key.localeCompare(b.key)))).toBe(0);
});

test.each<[string, (stored: Message[]) => void]>([
  ['two messages of a key that changed places', (stored) => stored.splice(4, 4, ...swapped(stored, 4))],
  ['a message that is missing', (stored) => stored.splice(5, 1)],
  ['the last message, missing', (stored) => stored.pop()],
  ['a message that is there twice', (stored) => stored.splice(7, 0, stored[4]!)],
  ['the last message, there twice', (stored) => stored.push(stored.at(-1)!)],
  ['a message under the key of another', (stored) => (stored[6] = { ...stored[6]!, key: 'key-1' })],
  ['a message that was never sent', (stored) => stored.push(numbered(MESSAGES))],
])('%s is found', (_, change) => {
  expect(misplaced(change)).toBeGreaterThan(0);
});

/** Four messages, the first and the last of them of one key. */
function swapped(stored: readonly Message[], from: number): Message[] {
  const [first, second, third, last] = stored.slice(from, from + 4);
  return [last!, second!, third!, first!];
}

function numbered(n: number): Message {
  const next = numberedSource(WORK);
  for (let before = 0; before < n; before++) next();
  return next();
}
