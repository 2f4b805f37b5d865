import { expect, test } from 'vitest';
import { routes } from '../../emulator/operations/routes.ts';
import { operations } from './operations.ts';

test('the table of operations has every operation of the emulator', () => {
  expect(Object.keys(operations)).toEqual(routes.map(({ operation }) => operation));
});

test('at least two of the official clients exercise each operation', () => {
  expect(Object.values(operations).filter((clients) => clients.length < 2)).toEqual([]);
});
