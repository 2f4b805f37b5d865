import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { EXIT_CODES, exitCodeOf } from '../../../runtime/commands/exit-codes.ts';
import { CallError, HaError } from '../../../runtime/errors.ts';

test('I6: errors that every call would meet are wrong use, others are not', () => {
  const call = (status: number): CallError =>
    new CallError({ region: 'r', operation: 'o' }, { type: 'status', status, code: 'c', message: 'm' });
  expect([401, 403, 404].map((status) => exitCodeOf(call(status)))).toEqual([2, 2, 2]);
  expect([400, 429, 500].map((status) => exitCodeOf(call(status)))).toEqual([1, 1, 1]);
  expect(exitCodeOf(new HaError('RECORD', 'x'))).toBe(2);
  expect(exitCodeOf(new HaError('DELIVERY_TIMEOUT', 'x'))).toBe(1);
});

test('I14: the README has every exit code, with its meaning', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  for (const { code, meaning } of EXIT_CODES) expect(readme).toContain(`| ${code} | ${meaning} |`);
});
