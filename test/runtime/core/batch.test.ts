import fc from 'fast-check';
import { expect, test } from 'vitest';

import { batchLength } from '../../../runtime/core/index.ts';

const queues = fc.array(
  fc.record({ key: fc.constantFrom('a', 'b', 'c', null), bytes: fc.integer({ min: 0, max: 1_500 }) }),
  { minLength: 1, maxLength: 50 },
);
const limits = fc.record({
  maxBatchMessages: fc.integer({ min: 1, max: 20 }),
  maxBatchBytes: fc.integer({ min: 1, max: 4_000 }),
  strictOrder: fc.boolean(),
});

test('a batch is as long as the limits allow, and never empty', () => {
  fc.assert(
    fc.property(queues, limits, (queue, limit) => {
      const length = batchLength(queue, limit);
      const fits = (count: number): boolean => {
        const taken = queue.slice(0, count);
        const keys = taken.flatMap(({ key }) => (key === null ? [] : [key]));
        return (
          count <= limit.maxBatchMessages &&
          (count === 1 || taken.reduce((sum, { bytes }) => sum + bytes, 0) <= limit.maxBatchBytes) &&
          (!limit.strictOrder || new Set(keys).size === keys.length)
        );
      };
      expect(length).toBeGreaterThanOrEqual(1);
      expect(fits(length)).toBe(true);
      expect(length === queue.length || !fits(length + 1)).toBe(true);
    }),
  );
});
