import { expect, test } from 'vitest';

import { EXCEPTIONS, exceptedRows } from './exceptions.ts';
import { readRows, readTests, testsOf } from './rows.ts';

const rows = readRows();
const tests = readTests();
const excepted = exceptedRows();

/** Each row in each of its levels, as the exceptions name it. */
const places = rows.flatMap((row) =>
  row.levels.length === 0
    ? [{ at: row.id, found: testsOf(row, undefined, tests) }]
    : row.levels.map((level) => ({ at: `${row.id} ${level}`, found: testsOf(row, level, tests) })),
);

test('the rows are read: every id of the document, once', () => {
  const ids = rows.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(180);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ['INV-1', 'INV-12', 'R7', 'A1', 'E12', 'H22', 'J10']) expect(ids).toContain(id);
});

test('every row has a test in each of its levels, or a reason why not (npm run scenarios lists them)', () => {
  const without = places.filter(({ at, found }) => found.length === 0 && !excepted.has(at));
  expect(without.map(({ at }) => at)).toEqual([]);
});

test('no exception is left of a row that has a test, or that is none', () => {
  const needed = new Set(places.filter(({ found }) => found.length === 0).map(({ at }) => at));
  expect([...excepted.keys()].filter((at) => !needed.has(at))).toEqual([]);
});

test('every exception says why', () => {
  for (const { because, rows } of EXCEPTIONS) {
    expect(because.length).toBeGreaterThan(10);
    expect(rows).toMatch(/^[A-Z]/);
  }
});

test('no test names a row that does not exist', () => {
  const known = new Set(rows.map(({ id }) => id));
  const unknown = tests.filter(({ ids }) => ids.some((id) => !known.has(id)));
  expect(unknown.map(({ file, ids, name }) => `${file}: ${ids.join(', ')}: ${name}`)).toEqual([]);
});
