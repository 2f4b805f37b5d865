import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { HASH_WORDS, hashInto, RecentHashes } from '../../../runtime/core/recent-hashes.ts';
import { cases, isUnderMutation } from '../../support/cases.ts';

function hashOf(text: string): readonly number[] {
  const words = new Uint32Array(HASH_WORDS);
  hashInto(words, 0, text);
  return [...words];
}

describe('the latest texts', () => {
  test('INV-3: are exactly the last ones that were added, whatever their number and order', () => {
    const ids = fc.array(
      fc.integer({ min: 0, max: 40 }).map((id) => `id-${id}`),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), ids, (capacity, added) => {
        const recent = new RecentHashes(capacity);
        const model: string[] = [];
        for (const id of added) {
          expect(recent.has(id)).toBe(model.includes(id));
          recent.add(id);
          if (!model.includes(id)) model.push(id);
          if (model.length > capacity) model.shift();
          expect(recent.size).toBe(model.length);
        }
        for (let id = 0; id <= 40; id++) expect(recent.has(`id-${id}`)).toBe(model.includes(`id-${id}`));
        const copy = new RecentHashes(capacity);
        const hashes = recent.hashes();
        for (let at = 0; at < hashes.length; at += HASH_WORDS) copy.addHash(hashes, at);
        expect(copy.hashes()).toEqual(hashes);
        expect([...hashes]).toEqual(model.flatMap(hashOf));
      }),
      { numRuns: cases(500, 100) },
    );
  });

  test.skipIf(isUnderMutation)(
    'INV-3: a million ids take 24 MB, and 50,000 more replace the first 50,000',
    () => {
      const recent = new RecentHashes(1_000_000);
      for (let id = 0; id < 1_050_000; id++) recent.add(`0123456789abcdefghij-${id}`);
      expect(recent.bytes).toBeLessThan(24.5e6);
      for (let id = 0; id < 1_050_000; id += 997) {
        expect(recent.has(`0123456789abcdefghij-${id}`)).toBe(id >= 50_000);
      }
    },
  );

  test.each([
    [1, 16 + 2 * 4],
    [1_000, 16_000 + 2_048 * 4],
    [1_024, 16_384 + 2_048 * 4],
    [1_025, 16_400 + 4_096 * 4],
  ])(
    'INV-3, INV-5: %i of them take %i bytes: a hash each, and an index that is half empty',
    (capacity, bytes) => {
      expect(new RecentHashes(capacity).bytes).toBe(bytes);
    },
  );

  test('INV-3: a place stays the same while its text is among the latest', () => {
    const recent = new RecentHashes(2);
    const place = recent.add('one');
    expect(recent.add('one')).toBe(place);
    recent.add('two');
    expect(recent.placeOf('one')).toBe(place);
    recent.add('three');
    expect(recent.placeOf('one')).toBeUndefined();
  });
});

describe('the hash of a text', () => {
  test.skipIf(isUnderMutation)(
    'INV-3: 200,000 texts that are alike have different words, each of them nearly always',
    () => {
      const seen = Array.from({ length: HASH_WORDS }, () => new Set<number>());
      for (let id = 0; id < 200_000; id++) {
        hashOf(`p-${id}`).forEach((word, at) => seen[at]!.add(word));
      }
      // 2^32 values: about 4.7 pairs are expected to be equal.
      for (const words of seen) expect(words.size).toBeGreaterThan(199_970);
    },
  );

  // A consumer keeps them on its disk.
  test.each([
    ['', [0, 0, 0, 0]],
    ['a', [0x0e8ff097, 0x4247a279, 0x105cc0d4, 0x7440e91d]],
    ['abcdefg', [0x6ab7dc45, 0xef45ab7d, 0xc2957b33, 0xdd8a68fa]],
    ['São Paulo 😀, 123', [0x4982224b, 0xb3dcfbfa, 0x9f1ed728, 0x0735516b]],
  ])('INV-3: of %j is the same in every version', (text, words) => {
    expect(hashOf(text)).toEqual(words);
  });

  test('INV-3: depends on each character and on the length', () => {
    const texts = ['', '\0', '\0\0', 'a', 'a\0', 'ab', 'ba', 'abcdefgh', 'abcdefgh\0', 'Ābc', 'abc'];
    expect(new Set(texts.map((text) => hashOf(text).join())).size).toBe(texts.length);
  });
});
