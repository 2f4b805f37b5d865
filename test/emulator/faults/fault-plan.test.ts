import { expect, test } from 'vitest';
import { bookOf, call } from './book.ts';

test('headers replace those of the same name, however it is written', () => {
  const { plan } = bookOf({ headers: { Date: 'once' } }, { headers: { DATE: 'twice', 'Retry-After': '7' } });
  expect(plan(call.list).headers).toEqual({ date: 'twice', 'retry-after': '7' });
});

test('waits of several rules add up', () => {
  const { plan } = bookOf({ latencyMs: 5 }, { latencyMs: { fromMs: 7, toMs: 9, overMs: 10 } });
  expect(plan(call.list).latencyMs).toBe(12);
});
