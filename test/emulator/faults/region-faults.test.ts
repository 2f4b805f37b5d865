import { expect, test } from 'vitest';
import { checkedRules } from '../../../emulator/faults/fault-rule.ts';
import { bookOf, call } from './book.ts';

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
