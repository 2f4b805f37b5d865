import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { integerText, optional, schemaCheck, Tags, timeOf } from '../../../emulator/operations/schemas.ts';

test.each([
  ['2026-11-23T12:00:00Z', Date.UTC(2026, 10, 23, 12)],
  ['2026-11-23T09:00:00-03:00', Date.UTC(2026, 10, 23, 12)],
  ['2026-11-23t12:00:00.123456789z', Date.UTC(2026, 10, 23, 12, 0, 0, 123)],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
])('%s is a time', (text, ms) => {
  expect(timeOf(text)).toBe(ms);
});

test.each(['', '2026-11-23', '2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '1700000000000', 'yesterday'])(
  '"%s" is none',
  (text) => {
    expect(timeOf(text)).toBeUndefined();
  },
);

const check = schemaCheck('query', v.object({ limit: optional(integerText(1, 50)), name: v.string() }));

test('an integer in a query is a text; null counts as absent', () => {
  expect(check({ limit: '7', name: 'a' })).toEqual({ limit: 7, name: 'a' });
  expect(check({ limit: null, name: 'a' })).toEqual({ limit: undefined, name: 'a' });
});

test.each([
  [{ name: 'a', limit: '0' }, 'limit: must be an integer between 1 and 50'],
  [{ name: 'a', limit: '1e1' }, 'limit: must be an integer between 1 and 50'],
  [{}, 'name'],
])('%o is refused with the name of the field', (input, message) => {
  expect(() => check(input)).toThrow(message);
});

describe('tags', () => {
  const tags = schemaCheck('body', v.object(Tags));
  const many = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`key-${n}`, 'v']));

  test('up to ten free-form and 64 defined ones are accepted', () => {
    const given = { freeformTags: many(10), definedTags: { ops: many(32), cost: many(32) } };
    expect(tags(given)).toEqual(given);
  });

  test.each<[string, object, string]>([
    ['eleven free-form tags', { freeformTags: many(11) }, 'must be at most 10 tags'],
    ['65 defined tags', { definedTags: { ops: many(65) } }, 'must be at most 64 tags'],
    ['a value of 257 characters', { freeformTags: { a: 'x'.repeat(257) } }, 'freeformTags.a'],
    ['a value that is an object', { definedTags: { ops: { a: {} } } }, 'definedTags.ops.a'],
    ['more than 5 KB', { definedTags: { ops: { a: 'x'.repeat(6_000) } } }, 'must be at most 5120 characters'],
  ])('%s are refused', (_, given, message) => {
    expect(() => tags(given)).toThrow(message);
  });
});
