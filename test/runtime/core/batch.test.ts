import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { takeBatch } from '../../../runtime/core/index.ts';

interface Message {
  readonly key: string | null;
  readonly bytes: number;
}

const message = (key: string | null, bytes = 1): Message => ({ key, bytes });
const keysOf = (messages: readonly Message[]): (string | null)[] => messages.map(({ key }) => key);
const AMPLE = { maxBatchMessages: 100, maxBatchBytes: 1_000_000 };

const queues = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', null), bytes: fc.integer({ min: 0, max: 1_500 }) }),
  { maxLength: 60 },
);
const someLimits = fc.record({
  maxBatchMessages: fc.integer({ min: 1, max: 20 }),
  maxBatchBytes: fc.integer({ min: 1, max: 4_000 }),
});

describe('the next request of a lane', () => {
  test('INV-2: holds the messages from the head, as many as the limits allow, and at least one', () => {
    fc.assert(
      fc.property(queues, someLimits, (waiting, limits) => {
        const batch = takeBatch(waiting, limits, false);
        expect(batch).toEqual(waiting.slice(0, batch.length));
        const fits = (count: number): boolean =>
          count <= limits.maxBatchMessages &&
          (count === 1 ||
            waiting.slice(0, count).reduce((sum, { bytes }) => sum + bytes, 0) <= limits.maxBatchBytes);
        if (waiting.length > 0) expect(batch.length).toBeGreaterThanOrEqual(1);
        expect(batch.length === 0 || fits(batch.length)).toBe(true);
        expect(batch.length === waiting.length || !fits(batch.length + 1)).toBe(true);
      }),
    );
  });

  test('B12, INV-2: with one message of each key, none overtakes another of its key, and the limits hold', () => {
    fc.assert(
      fc.property(queues, someLimits, (waiting, limits) => {
        const batch = takeBatch(waiting, limits, true);
        const keys = keysOf(batch).filter((key) => key !== null);
        expect(new Set(keys).size).toBe(keys.length);
        expect(batch.length).toBeLessThanOrEqual(limits.maxBatchMessages);
        const bytes = batch.reduce((sum, each) => sum + each.bytes, 0);
        expect(batch.length <= 1 || bytes <= limits.maxBatchBytes).toBe(true);
        if (waiting.length > 0) expect(batch[0]).toBe(waiting[0]);
        const positions = batch.map((each) => waiting.indexOf(each));
        expect(positions).toEqual(positions.toSorted((a, b) => a - b));
        // The first of each key that was looked at: what is left behind is behind one of its key.
        for (const each of batch)
          if (each.key !== null) expect(waiting.find(({ key }) => key === each.key)).toBe(each);
      }),
    );
  });

  test('B12: passes over later messages of a key, and fills up with those of others', () => {
    const waiting = ['a', 'a', 'b', 'a', 'c', 'b'].map((key) => message(key));
    expect(keysOf(takeBatch(waiting, AMPLE, true))).toEqual(['a', 'b', 'c']);
    expect(keysOf(takeBatch(waiting, AMPLE, false))).toEqual(['a', 'a', 'b', 'a', 'c', 'b']);
  });

  test('B12: messages without a key have no order to lose', () => {
    const waiting = [message(null), message(null), message('a'), message(null)];
    expect(takeBatch(waiting, AMPLE, true)).toEqual(waiting);
  });

  test('B12: looks at four times as many messages as a request may hold, and no further', () => {
    const waiting = [...Array.from({ length: 8 }, () => message('a')), message('b')];
    const limits = { maxBatchMessages: 2, maxBatchBytes: 1_000 };
    expect(keysOf(takeBatch(waiting, limits, true))).toEqual(['a']);
    expect(keysOf(takeBatch(waiting.slice(1), limits, true))).toEqual(['a', 'b']);
  });

  test('C1: a message that is larger than the limit goes alone, and nothing is put before it', () => {
    const limits = { maxBatchMessages: 10, maxBatchBytes: 100 };
    expect(takeBatch([message('a', 500), message('b', 1)], limits, false)).toEqual([message('a', 500)]);
    expect(takeBatch([message('a', 1), message('b', 500), message('c', 1)], limits, true)).toEqual([
      message('a', 1),
    ]);
    expect(takeBatch([message('a', 60), message('b', 40)], limits, true)).toHaveLength(2);
    expect(takeBatch([message('a', 60), message('b', 41)], limits, true)).toHaveLength(1);
  });

  test('C22: empty messages count as messages', () => {
    const waiting = Array.from({ length: 5 }, () => message('a', 0));
    expect(takeBatch(waiting, { maxBatchMessages: 3, maxBatchBytes: 1 }, false)).toHaveLength(3);
  });

  test('C22: takes no more from the queue than it needs', () => {
    let taken = 0;
    function* endless(): Generator<Message> {
      for (;;) {
        taken++;
        yield message('a');
      }
    }
    expect(takeBatch(endless(), { maxBatchMessages: 5, maxBatchBytes: 1_000 }, false)).toHaveLength(5);
    expect(taken).toBeLessThanOrEqual(6);
  });
});
