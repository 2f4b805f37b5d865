import { describe, expect, test } from 'vitest';

import { LateMessages } from '../../../runtime/core/late-messages.ts';

const message = (key: string | null, sequence: number, producer = 'a') => ({
  key: key === null ? null : Buffer.from(key),
  producer,
  sequence,
});

describe('a message is late', () => {
  test('INV-2: when a newer one of its key and producer was read before', () => {
    const late = new LateMessages(100);
    const read = [message('k', 1), message('k', 4), message('k', 3), message('k', 4), message('k', 5)];
    expect(read.map((each) => late.isLate(each))).toEqual([false, false, true, false, false]);
  });

  test('INV-2: not because of another key, another producer, or without a key', () => {
    const late = new LateMessages(100);
    const read = [message('k', 9), message('l', 1), message('k', 2, 'b'), message(null, 8), message(null, 1)];
    expect(read.map((each) => late.isLate(each))).toEqual([false, false, false, false, false]);
  });

  test('INV-5: also when many keys were read since, with memory that does not grow', () => {
    const late = new LateMessages(1_000);
    const before = late.bytes;
    late.isLate(message('k', 2));
    for (let key = 0; key < 999; key++) late.isLate(message(`other-${key}`, 3));
    expect(late.isLate(message('k', 1))).toBe(true);
    for (let key = 0; key < 1_000; key++) late.isLate(message(`more-${key}`, 3));
    expect(late.isLate(message('k', 1))).toBe(false);
    expect(late.bytes).toBe(before);
    // A hash and a number for each key, and two to four index entries of four bytes.
    expect(before).toBe(1_000 * (16 + 8) + 2_048 * 4);
  });
});
