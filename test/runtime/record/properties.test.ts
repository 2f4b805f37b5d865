import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseProperties, renderProperties } from '../../../runtime/record/properties.ts';
import { loadLikeJava, samePairs } from './java-properties.ts';
import { somePairs, someText } from './some-text.ts';

/** How many files are generated, and from which seed. A million takes about half a minute. */
const FILES = Number(process.env['RECORD_FILES'] ?? 50_000);
const seed = Number(process.env['RECORD_SEED'] ?? 4);

function pairsIn(text: string): Map<string, string> | null {
  const lines = parseProperties(text);
  if (lines.some((line) => line.type === 'broken')) return null;
  return new Map(lines.flatMap((line) => (line.type === 'property' ? [[line.key, line.value]] : [])));
}

describe('E2: reads what Java reads', { timeout: 120_000 }, () => {
  it('E2: agrees with a reference of java.util.Properties on every file, and loses no character of it', () => {
    const agrees = fc.property(someText, (text) => {
      const raws = parseProperties(text).map((line) => line.raw);
      return raws.join('') === text && samePairs(pairsIn(text), loadLikeJava(text));
    });
    expect(fc.check(agrees, { numRuns: FILES, seed }).counterexample).toBeNull();
  });

  it.each([
    [
      'escapes of the Java program',
      String.raw`ENDPOINT=https\://cell-1.example\:443`,
      'https://cell-1.example:443',
    ],
    ['a colon with spaces', 'ENDPOINT : value', 'value'],
    ['a space alone', 'ENDPOINT value', 'value'],
    ['CR LF', 'A=1\r\nENDPOINT=value\r\nB=2\r\n', 'value'],
    ['a continued line', 'ENDPOINT = val\\\r\n   ue', 'value'],
    ['a continued key', 'END\\\r\n  POINT=value', 'value'],
    ['the last of two', 'ENDPOINT=old\nENDPOINT=value', 'value'],
    ['a byte above 127', 'ENDPOINT=caf\xe9', 'café'],
    ['a unicode escape', String.raw`ENDPOINT=caf\u00e9 \u20AC`, 'café €'],
    ['an escape across lines', 'ENDPOINT=\\u00\\\n  e9', 'é'],
    ['comments around', '#ENDPOINT=a\\\nENDPOINT=value\n!ENDPOINT=b', 'value'],
  ])('E2: %s', (_, text, value) => {
    expect(pairsIn(text)?.get('ENDPOINT')).toBe(value);
  });

  it('E2: tells the line where each property begins', () => {
    const lines = parseProperties('#a\r\n\r\nk=1\\\r\n  2\r\nbad=\\u12\n');
    expect(lines.filter((line) => line.type === 'property' || line.type === 'broken')).toMatchObject([
      { type: 'property', line: 3, key: 'k', value: '12' },
      { type: 'broken', line: 5, problem: String.raw`has a \u without four hexadecimal digits after it` },
    ]);
  });

  it('E2: refuses the key __proto__', () => {
    expect(parseProperties('__proto__=x')).toMatchObject([
      { type: 'broken', problem: 'has the key __proto__' },
    ]);
  });
});

describe('E3: writes what Java reads', () => {
  it('E3: every key and value comes back, in latin1', () => {
    fc.assert(
      fc.property(somePairs, (written) => {
        const text = renderProperties(written);
        expect(Buffer.from(text, 'latin1').toString('latin1')).toBe(text);
        expect(loadLikeJava(text)).toEqual(new Map(written));
      }),
      { numRuns: 5_000, seed },
    );
  });
});
