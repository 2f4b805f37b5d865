import fc from 'fast-check';
import { expect, test } from 'vitest';

import { KeyCounts } from '../../../runtime/outbox/key-counts.ts';
import type { KeyPage } from '../../../runtime/outbox/outbox-store.ts';

const KEYS = 2;
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('hand') },
    { weight: 2, arbitrary: fc.constant('count') },
    { weight: 2, arbitrary: fc.constant('write') },
    { weight: 1, arbitrary: fc.constant('give back') },
  ),
  { maxLength: 60 },
);

test('F5, INV-2: a key waits while a message of it is on disk and in no lane, and no longer once all are counted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(KEYS - 1), { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(KEYS - 1), { minLength: 60, maxLength: 60 }),
      steps,
      (found, pageSize, written, given) => {
        const counts = new KeyCounts({ messages: found.length, lastSequence: found.length });
        /** On disk and in no lane, by sequence. */
        const waiting = new Map(found.map((hash, index) => [index + 1, hash]));
        const inLanes: [number, number][] = [];
        /** On disk, those that were written since included. */
        const all = [...found];
        let after: number | undefined = 0;
        const count = (): void => {
          if (after !== undefined) after = counts.count(pageOf(all, after, pageSize));
        };
        for (const step of given) {
          if (step === 'count') count();
          if (step === 'write') {
            const hash = written[all.length] ?? 0;
            waiting.set(all.push(hash), hash);
            counts.add(hash);
          }
          const first = Math.min(...waiting.keys());
          const hash = waiting.get(first);
          if (step === 'hand' && hash !== undefined) {
            waiting.delete(first);
            inLanes.push([first, hash]);
            counts.handed(hash, first);
          }
          const back = step === 'give back' ? inLanes.pop() : undefined;
          if (back !== undefined) {
            waiting.set(...back);
            counts.add(back[1]);
          }
          for (let key = 0; key < KEYS; key++)
            if ([...waiting.values()].includes(key)) expect(counts.mayWait(key)).toBe(true);
        }
        while (after !== undefined && !counts.isComplete) count();
        expect(counts.isComplete).toBe(true);
        // What comes back before it was counted is counted once too often: it only makes messages wait.
        if (given.includes('give back')) return;
        for (const [sequence, hash] of waiting) counts.handed(hash, sequence);
        for (let key = 0; key < KEYS; key++) expect(counts.mayWait(key)).toBe(false);
      },
    ),
    { numRuns: 1_000 },
  );
});

function pageOf(all: readonly number[], after: number, size: number): KeyPage {
  const hashes = all.slice(after, after + size);
  return {
    sequences: Float64Array.from(hashes, (_, index) => after + index + 1),
    hashes: Uint32Array.from(hashes),
    after: hashes.length < size ? undefined : after + hashes.length,
  };
}
