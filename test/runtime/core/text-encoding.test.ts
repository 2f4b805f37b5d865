import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decodeText } from '../../../runtime/core/index.ts';
import { anyText, cases } from '../../support/cases.ts';

const BIG = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const MARKED: Record<string, (text: string) => Buffer> = {
  'UTF-8': (text) => Buffer.from(`\uFEFF${text}`),
  'UTF-16LE': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'UTF-16BE': (text) => BIG(`\uFEFF${text}`),
};
const PLAIN = ['latin1', 'utf-8'] as const;
const text = (from: string): object => ({ type: 'text', text: from });
const seed = 7;

/** `text` in four bytes a character. */
function utf32(from: string, little: boolean): Buffer {
  const points = Array.from(from, (character) => character.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(points.length * 4);
  points.forEach((point, at) =>
    little ? bytes.writeUInt32LE(point, at * 4) : bytes.writeUInt32BE(point, at * 4),
  );
  return bytes;
}

describe('E15: with a byte order mark', () => {
  test.each(Object.entries(MARKED))('E15: any text in %s is read, without the mark', (_, encode) => {
    const whole = anyText().filter((some) => !/^\uFEFF|\0/.test(some));
    fc.assert(
      fc.property(whole, fc.constantFrom(...PLAIN), (some, plain) => {
        expect(decodeText(encode(some), plain)).toEqual(text(some));
      }),
      { seed, numRuns: cases(500, 50) },
    );
  });

  test('E15: a mark that is not at the beginning is a character', () => {
    for (const encode of Object.values(MARKED)) {
      expect(decodeText(encode('a\uFEFFb'), 'latin1')).toEqual(text('a\uFEFFb'));
    }
  });

  test('E15: two marks, as two tools leave them, are one', () => {
    expect(decodeText(Buffer.from('\uFEFF\uFEFFa=1'), 'latin1')).toEqual(text('a=1'));
  });
});

describe('E15: without a mark', () => {
  test('E15: ASCII in UTF-16 is recognised', () => {
    const ascii = fc.string({ unit: 'grapheme-ascii', minLength: 2 });
    fc.assert(
      fc.property(ascii, fc.constantFrom(...PLAIN), (some, plain) => {
        expect(decodeText(Buffer.from(some, 'utf16le'), plain)).toEqual(text(some));
        expect(decodeText(BIG(some), plain)).toEqual(text(some));
      }),
      { seed, numRuns: cases(500, 50) },
    );
  });

  test('E15: latin1 is byte for byte, and not windows-1252', () => {
    const bytes = Uint8Array.from({ length: 255 }, (_, at) => at + 1);
    expect(decodeText(bytes, 'latin1')).toEqual(text(Buffer.from(bytes).toString('latin1')));
    const long = Buffer.alloc(65_536, 'é', 'latin1');
    expect(decodeText(long, 'latin1')).toEqual(text('é'.repeat(65_536)));
  });

  test('E15: nothing is an empty text', () => {
    expect(decodeText(new Uint8Array(), 'latin1')).toEqual(text(''));
  });
});

describe('E15: what cannot be read is named', () => {
  const problemOf = (bytes: Uint8Array, plain: 'latin1' | 'utf-8'): string => {
    const decoded = decodeText(bytes, plain);
    return decoded.type === 'text' ? `read as ${decoded.text}` : decoded.problem;
  };

  test.each([
    ['UTF-32LE with a mark', utf32('\uFEFFa=1', true), 'is UTF-32'],
    ['UTF-32BE with a mark', utf32('\uFEFFa=1', false), 'is UTF-32'],
    ['UTF-32LE without one', utf32('a=1\n', true), 'is UTF-32'],
    ['UTF-32BE without one', utf32('a=1\n', false), 'is UTF-32'],
    ['nothing but NULs', Buffer.alloc(512), 'holds NUL characters'],
    ['NULs in every second place, but few', Buffer.from('a\0b\0cdef'), 'holds NUL characters'],
    ['a NUL in between', Buffer.from('a=1\0\n'), 'holds NUL characters'],
    ['a NUL in UTF-16', MARKED['UTF-16LE']?.('a\0b') ?? Buffer.alloc(0), 'holds NUL characters'],
    ['half a character of UTF-16LE', Buffer.from([0xff, 0xfe, 0x61]), 'is not whole UTF-16LE'],
    ['half a pair of UTF-16BE', Buffer.from([0xfe, 0xff, 0xd8, 0]), 'is not whole UTF-16BE'],
    ['a mark of UTF-8 before latin1', Buffer.from([0xef, 0xbb, 0xbf, 0xe9]), 'is not whole UTF-8'],
  ])('E15: %s', (_, bytes, problem) => {
    for (const plain of PLAIN) expect(problemOf(bytes, plain)).toContain(problem);
  });

  test('E15: latin1 where UTF-8 is expected', () => {
    expect(problemOf(Buffer.from('café', 'latin1'), 'utf-8')).toContain('is not whole UTF-8');
  });

  test('E15: bytes with a NUL are never read as if it were not there, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...PLAIN), (bytes, plain) => {
        const decoded = decodeText(bytes, plain);
        const read = decoded.type === 'text' ? decoded.text : undefined;
        expect(read?.includes('\0') ?? false).toBe(false);
        // What is not empty is never read as empty, but for a mark alone.
        expect(
          read === '' &&
            bytes.length > 3 &&
            !/^(\xff\xfe|\xfe\xff|\xef\xbb\xbf)/.test(Buffer.from(bytes).toString('latin1')),
        ).toBe(false);
      }),
      { seed, numRuns: cases(5_000, 300) },
    );
  });
});
