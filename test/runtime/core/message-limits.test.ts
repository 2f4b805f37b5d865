import { expect, test } from 'vitest';

import { MAX_REQUEST_BYTES, sizeProblem } from '../../../runtime/core/index.ts';

const MIB = 1_048_576;

test.each([
  ['nothing at all', 0, 0],
  ['the largest key', 256, 0],
  ['the largest value', 0, MIB],
  ['the largest key and the largest value that fits with it', 256, MIB - 256],
])('C1: %s can be stored', (_, key, value) => {
  expect(sizeProblem(key, value)).toBeUndefined();
});

test.each([
  [257, 0, 'the key has 257 bytes; the limit is 256'],
  [0, MIB + 1, `the value has ${MIB + 1} bytes; the limit is ${MIB} (1 MiB)`],
  [256, MIB - 255, `key and value have ${MIB + 1} bytes together; the limit of a request is ${MIB} (1 MiB)`],
  [1, MIB, `key and value have ${MIB + 1} bytes together; the limit of a request is ${MIB} (1 MiB)`],
])('C1: a key of %i bytes with a value of %i: the limit and the size are named', (key, value, problem) => {
  expect(sizeProblem(key, value)).toBe(problem);
});

test('B10: a request holds a mebibyte', () => {
  expect(MAX_REQUEST_BYTES).toBe(MIB);
});
