import { expect, test } from 'vitest';
import { RegionFaults } from '../../../emulator/faults/region-faults.ts';
import { checkedRules } from '../../../emulator/faults/fault-rule.ts';

const call = { list: 'ListStreams', create: 'CreateStream', put: 'PutMessages', get: 'GetMessages' } as const;

function bookOf(...rules: unknown[]) {
  const book = new RegionFaults(() => () => 0);
  book.set(checkedRules(rules), 0);
  const plan = (operation: (typeof call)[keyof typeof call]) => book.plan(operation, 0);
  return { book, plan, hits: () => book.list(0).map(({ hits }) => hits) };
}

test('rules that were replaced or cleared are remembered when nothing hit them', () => {
  const { book, plan } = bookOf(
    { status: 500, operation: 'ListStreams' },
    { hang: true, operation: 'PutMessages' },
  );
  plan(call.list);
  book.set(checkedRules({ latencyMs: 1 }), 0);
  expect(book.neverHit()).toEqual([{ hang: true, operation: 'PutMessages' }, { latencyMs: 1 }]);
  plan(call.list);
  book.set([], 0);
  expect(book.neverHit()).toEqual([{ hang: true, operation: 'PutMessages' }]);
  expect(book.list(0)).toEqual([]);
});

test('of the rules that are gone it remembers the last hundred', () => {
  const { book } = bookOf();
  for (let latencyMs = 0; latencyMs < 150; latencyMs += 1) book.set(checkedRules({ latencyMs }), 0);
  book.set([], 0);
  expect(book.neverHit()).toHaveLength(100);
  expect(book.neverHit()[0]).toEqual({ latencyMs: 50 });
});
