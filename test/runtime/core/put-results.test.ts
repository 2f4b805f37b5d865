import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { answerMeaning, overtaken } from '../../../runtime/core/index.ts';

interface Result {
  readonly type: 'stored' | 'refused' | 'unnamed';
  readonly status?: number;
  readonly message?: string;
}

const stored: Result = { type: 'stored' };
const unnamed: Result = { type: 'unnamed' };
const refused = (status: number, message = ''): Result => ({ type: 'refused', status, message });

describe('what an answer means', () => {
  test.each<[string, Result[], object]>([
    ['B1: everything is stored', [stored, stored], { type: 'stored' }],
    [
      'B1: some are refused',
      [stored, refused(429), stored],
      { type: 'partly-stored', refused: 1, status: 429 },
    ],
    [
      'B3: some are refused with 500',
      [refused(500), stored],
      { type: 'partly-stored', refused: 1, status: 500 },
    ],
    [
      'B2: all are refused',
      [refused(429, 'slow'), refused(429)],
      { type: 'all-refused', status: 429, message: 'slow' },
    ],
    ['B3: all are refused with 500', [refused(500, 'x')], { type: 'all-refused', status: 500, message: 'x' }],
    [
      'B2: 429 wins over 500: it is the weaker evidence',
      [refused(500, 'broken'), refused(429, 'slow'), refused(503)],
      { type: 'all-refused', status: 429, message: 'slow' },
    ],
    [
      'B1: and in a part',
      [refused(500), refused(429), stored],
      { type: 'partly-stored', refused: 2, status: 429 },
    ],
    ['B4: no message is named', [unnamed, unnamed], { type: 'unnamed' }],
    ['B4: some are not named', [stored, unnamed], { type: 'partly-stored', refused: 0, status: 200 }],
    ['B4: some are refused, the others not named', [refused(500), unnamed], { type: 'unnamed' }],
    [
      'B3: refused without a status',
      [{ type: 'refused' }],
      { type: 'all-refused', status: 500, message: '' },
    ],
    [
      'B3: some are, without a status',
      [stored, { type: 'refused' }],
      { type: 'partly-stored', refused: 1, status: 200 },
    ],
    ['B4: nothing was asked, nothing is named', [], { type: 'unnamed' }],
  ])('%s', (_, results, meaning) => {
    expect(answerMeaning(results)).toEqual(meaning);
  });

  const results = fc.array(
    fc.oneof(
      fc.constant(stored),
      fc.constant(unnamed),
      fc.constantFrom(429, 500, 503).map((code) => refused(code)),
    ),
    { minLength: 1, maxLength: 30 },
  );

  test('B1, B4: nothing counts as stored that was not named so, and a region is blamed only when nothing was stored', () => {
    fc.assert(
      fc.property(results, (all) => {
        const { type } = answerMeaning(all);
        expect(type === 'stored').toBe(all.every((each) => each.type === 'stored'));
        if (type === 'all-refused' || type === 'unnamed')
          expect(all.some((each) => each.type === 'stored')).toBe(false);
      }),
    );
  });

  test('B12: overtaken are exactly the messages behind which one of their key was stored', () => {
    const keys = fc.array(fc.constantFrom('a', 'b', null), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(results, keys, (all, allKeys) => {
        const expected = all.flatMap((each, index) => {
          const key = allKeys[index];
          const later = all.some((other, at) => at > index && other.type === 'stored' && allKeys[at] === key);
          return each.type !== 'stored' && key !== null && later ? [index] : [];
        });
        expect(overtaken(allKeys.slice(0, all.length), all)).toEqual(expected);
      }),
    );
  });

  test('B12: overtaken positions are in the order of the request', () => {
    const keys = ['a', 'b', 'a', 'b', 'a', null, null];
    const all = [refused(429), unnamed, refused(429), stored, stored, refused(429), stored];
    expect(overtaken(keys, all)).toEqual([0, 1, 2]);
  });
});
