import { describe, expect, test } from 'vitest';

import { resultOf, type Mutant } from './mutation-results.ts';

const mutant = (status: string, line = 1, column = 1): Mutant => ({
  status,
  replacement: 'a  +\n b',
  location: { start: { line, column } },
});

describe('the result of a file', () => {
  test('counts what compiles and is no table, and lists what no test noticed', () => {
    const all = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'CompileError', 'Ignored', 'RuntimeError'];
    const result = resultOf(
      'first\n  second;\n',
      all.map((status) => mutant(status, 2, 3)),
      'abc',
    );
    const left = { line: 2, column: 3, code: 'second;', replacement: 'a + b' };
    expect(result).toMatchObject({ commit: 'abc', mutants: 4, left: [left, left] });
  });

  test('is none where nothing was tried', () => {
    expect(resultOf('x', [mutant('CompileError')], 'abc')).toBeUndefined();
  });
});
