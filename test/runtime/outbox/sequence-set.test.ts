import fc from 'fast-check';
import { expect, test } from 'vitest';

import { SequenceSet } from '../../../runtime/outbox/sequence-set.ts';

const someSequence = fc.oneof(
  fc.integer({ min: 0, max: 3_000 }),
  fc.constantFrom(1_023, 1_024, 2 ** 32, 2 ** 32 + 31, Number.MAX_SAFE_INTEGER),
);

test('a set of sequences answers as a Set does', () => {
  const step = fc.record({ type: fc.constantFrom('add', 'delete', 'has'), sequence: someSequence });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const [set, model] = [new SequenceSet(), new Set<number>()];
      for (const { type, sequence } of steps) {
        if (type === 'add') {
          set.add(sequence);
          model.add(sequence);
        } else if (type === 'delete') expect(set.delete(sequence)).toBe(model.delete(sequence));
        expect(set.has(sequence)).toBe(model.has(sequence));
        expect(set.size).toBe(model.size);
      }
    }),
  );
});
