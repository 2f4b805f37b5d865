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

test('headers replace those of the same name, however it is written', () => {
  const { plan } = bookOf({ headers: { Date: 'once' } }, { headers: { DATE: 'twice', 'Retry-After': '7' } });
  expect(plan(call.list).headers).toEqual({ date: 'twice', 'retry-after': '7' });
});

test('waits of several rules add up', () => {
  const { plan } = bookOf({ latencyMs: 5 }, { latencyMs: { fromMs: 7, toMs: 9, overMs: 10 } });
  expect(plan(call.list).latencyMs).toBe(12);
});
