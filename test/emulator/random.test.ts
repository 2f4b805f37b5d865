import { expect, test } from 'vitest';
import { hashOf, randomByPurpose, seededRandom } from '../../emulator/random.ts';

const take = (random: () => number, count: number): number[] => Array.from({ length: count }, () => random());

test('the same seed gives the same numbers, another seed others, all in [0, 1)', () => {
  const numbers = take(seededRandom(7), 1_000);
  expect(take(seededRandom(7), 1_000)).toEqual(numbers);
  expect(take(seededRandom(8), 1_000)).not.toEqual(numbers);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(numbers.reduce((sum, number) => sum + number, 0) / 1_000).toBeCloseTo(0.5, 1);
});

test('with a seed each purpose has a sequence of its own, which others do not change', () => {
  const alone = take(randomByPurpose(1, Math.random)('faults'), 3);
  const random = randomByPurpose(1, Math.random);
  const faults = random('faults');
  take(random('placement'), 50);
  expect(take(faults, 3)).toEqual(alone);
  expect(take(random('placement'), 3)).not.toEqual(alone);
});

test('without a seed all purposes share the given numbers', () => {
  const random = randomByPurpose(undefined, () => 0.25);
  expect([random('a')(), random('b')()]).toEqual([0.25, 0.25]);
});

test('a hash is the same in every run', () => {
  expect(hashOf('account-7')).toBe(hashOf(['account', '7'].join('-')));
  expect(hashOf('account-7')).not.toBe(hashOf('account-8'));
  const buckets = new Set(Array.from({ length: 100 }, (_, n) => hashOf(`account-${n}`) % 8));
  expect(buckets.size).toBe(8);
});
