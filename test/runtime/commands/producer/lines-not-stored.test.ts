import { expect, test } from 'vitest';

import { rangesOf } from '../../../../runtime/commands/producer/lines-not-stored.ts';

test('I14: line numbers are told as ranges', () => {
  expect(rangesOf([3, 1, 2, 9, 7, 8, 12])).toBe('1-3, 7-9, 12');
});
