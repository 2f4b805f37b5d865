import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { overtaken, refusalsIn } from '../../../runtime/core/index.ts';
import {
  afterRefusals,
  NO_SINGLE_REFUSALS,
  type Refusals,
  type SingleRefusals,
} from '../../../runtime/core/refusals.ts';

describe('B12: which entries are refused', () => {
  const partitions: Readonly<Record<string, string>> = { a: '0', b: '0', c: '1' };
  const partitionOf = (key: string): string | undefined => partitions[key];
  const at = (partition: string) => ({ type: 'stored', partition }) as const;
  const busy = { type: 'refused', status: 429 } as const;
  const broken = { type: 'refused', status: 500 } as const;
  const missing = { type: 'unnamed' } as const;

  test.each([
    ['none', 'nothing', ['a', 'c'], [at('0'), at('1')]],
    ['none', 'one without a key, which has no order', [null, 'a'], [broken, at('0')]],
    ['of-partitions', 'one behind which other partitions store', ['a', 'c'], [busy, at('1')]],
    ['of-partitions', 'all that follows', ['a', 'c', 'b', 'a'], [at('0'), at('1'), busy, busy]],
    ['of-partitions', 'everything', ['a', 'c'], [busy, busy]],
    ['single', 'one behind which another key of its partition is stored', ['a', 'b'], [busy, at('0')]],
    ['single', 'one that is not throttled', ['a', 'c'], [at('0'), broken]],
    ['single', 'one of a partition, beside one that is unclear', ['new', 'a', 'b'], [busy, busy, at('0')]],
    ['unclear', 'one of an unknown partition', ['c', 'new'], [at('1'), busy]],
    ['unclear', 'one that the answer does not reach', ['c', 'a'], [at('1'), missing]],
  ] as const)('B12: %s: %s', (expected, _, keys, all) => {
    expect(refusalsIn(keys, all, partitionOf)).toBe(expected);
  });

  test('B12: when a message was overtaken by one of its key, it is never said that partitions refuse all that follows', () => {
    const entry = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'new', null),
      kind: fc.constantFrom('stored', 'busy', 'broken', 'missing'),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const keys = entries.map(({ key }) => key);
        const all = entries.map(({ key, kind }) => {
          if (kind === 'stored') return at(partitions[key ?? ''] ?? '7');
          return { busy, broken, missing }[kind];
        });
        if (overtaken(keys, all).length === 0) return;
        expect(['single', 'unclear']).toContain(refusalsIn(keys, all, partitionOf));
      }),
    );
  });
});

describe('B12: requests hold one message of each key', () => {
  /** After answers at these times, in ms. */
  const after = (...answers: readonly (readonly [number, Refusals])[]): SingleRefusals =>
    answers.reduce((before, [at, refusals]) => afterRefusals(before, refusals, at), NO_SINGLE_REFUSALS);

  test.each([
    ['not after a partition refused all that follows', after([0, 'of-partitions']), -Infinity],
    ['for ten seconds after a single entry was refused', after([0, 'single'], [500, 'none']), 10_000],
    ['for ten seconds after it was unclear', after([0, 'unclear'], [500, 'of-partitions']), 10_000],
    [
      'while a region that refuses single ones refuses more',
      after([0, 'single'], [9_999, 'of-partitions']),
      19_999,
    ],
    ['and more', after([0, 'single'], [9_999, 'unclear'], [19_998, 'of-partitions']), 29_998],
    ['not when that is over', after([0, 'single'], [10_000, 'of-partitions']), 10_000],
  ])('B12: %s', (_, { until }, expected) => {
    expect(until).toBe(expected);
  });
});
