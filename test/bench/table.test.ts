import { describe, expect, test } from 'vitest';

import type { Comparison } from './comparison.ts';
import { asMarkdown, asText, goalTable, inDigits, tableOf } from './table.ts';

const COMPARISON: Comparison = {
  id: 'put/base',
  work: 'put',
  figures: ['perSecond'],
  contestants: [
    { name: 'ours', samples: [{ perSecond: 200 }, { perSecond: 400 }, { perSecond: 300 }] },
    { name: 'theirs', samples: [{ perSecond: 100 }, { perSecond: 100 }, { perSecond: 100 }] },
  ],
};

describe('the table of a comparison', () => {
  test('has each figure with its spread, and the ratio of the first contestant to each other one', () => {
    expect(tableOf(COMPARISON)).toEqual([
      ['', 'messages/s', 'ours : it'],
      ['ours', '300 (200–400)', ''],
      ['theirs', '100', '3 (2–4)'],
    ]);
  });

  test('has columns of equal width in a terminal', () => {
    expect(asText(tableOf(COMPARISON))).toBe(
      [
        '            messages/s   ours : it',
        'ours     300 (200–400)',
        'theirs             100     3 (2–4)',
      ].join('\n'),
    );
  });

  test('is a table of Markdown on a page', () => {
    expect(asMarkdown(tableOf(COMPARISON)).split('\n').slice(0, 2)).toEqual([
      '|  | messages/s | ours : it |',
      '| --- | ---: | ---: |',
    ]);
  });

  test.each([
    [0.2649, '0.26'],
    [4.04, '4'],
    [26.49, '26.5'],
    [181_234, '181,000'],
  ])('rounds %d to the digits that mean something: %s', (value, text) => {
    expect(inDigits(value)).toBe(text);
  });
});

test('the table of goals says what is wanted, what was measured, and whether it is enough', () => {
  const goal = { about: 'put', id: 'put/base', figure: 'perSecond' } as const;
  expect(
    goalTable([
      { ...goal, atLeast: 10, measured: 9.2, isMet: false },
      { ...goal, atMost: 3, measured: 2.5, isMet: true },
    ]).slice(1),
  ).toEqual([
    ['put', '≥ 10', '9.2', 'no'],
    ['put', '≤ 3', '2.5', 'yes'],
  ]);
});
