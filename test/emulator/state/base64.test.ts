import { expect, test } from 'vitest';
import fc from 'fast-check';
import { canonicalBase64, decodedBytes } from '../../../emulator/state/base64.ts';

test('canonical base64 is stored as it is, and its size is that of the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(canonicalBase64(text)).toBe(text);
      expect(decodedBytes(text)).toBe(bytes.length);
    }),
  );
});

test('text without padding, or with bits in it, is stored canonically', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(canonicalBase64(text.replace(/=+$/, ''))).toBe(text);
    }),
  );
  expect(canonicalBase64('YR==')).toBe('YQ==');
  expect(canonicalBase64('YWJ=')).toBe('YWI=');
});

test('a single last character counts as a byte, as in the service', () => {
  expect(canonicalBase64('value')).toBe('valuew==');
});

test.each(['a b', 'YQ=a', 'YQ===', 'ÿ', 'YQ-_'])('%s is refused', (text) => {
  expect(canonicalBase64(text)).toBeUndefined();
});
