import { expect, test } from 'vitest';
import { Journal } from '../../../demo/journal/journal.ts';
import { Payments } from '../../../demo/sandbox/payments.ts';

test('each payment is a line for the producer, of the accounts in turn, and is in the journal', () => {
  const lines: string[] = [];
  const journal = new Journal();
  const payments = new Payments((line) => lines.push(line), journal, 10);
  for (let number = 1; number <= 13; number++) payments.one();
  expect(lines[0]).toBe('account-02:payment 1');
  expect(lines[12]).toBe('account-02:payment 13');
  expect(new Set(lines.map((line) => line.split(':')[0])).size).toBe(12);
  expect(journal.sent.map(({ value }) => value)).toEqual(lines.map((line) => line.split(':')[1]));
});

test('so many payments are sent in so many seconds', () => {
  expect(new Payments(() => {}, new Journal(), 8).in(2.5)).toBe(20);
  expect(new Payments(() => {}, new Journal(), 3).in(0.5)).toBe(2);
});
