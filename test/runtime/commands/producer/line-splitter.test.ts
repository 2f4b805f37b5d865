import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LineSplitter, type Piece } from '../../../../runtime/commands/producer/line-splitter.ts';

function split(chunks: readonly Uint8Array[], delimiter: Uint8Array, maxLineBytes = 1_000): Piece[] {
  const splitter = new LineSplitter({ delimiter, maxLineBytes });
  const pieces = chunks.flatMap((chunk) => pushed(splitter, chunk));
  splitter.end();
  return [...pieces, ...rest(splitter)];
}

function pushed(splitter: LineSplitter, chunk: Uint8Array): Piece[] {
  splitter.push(chunk);
  return rest(splitter);
}

function rest(splitter: LineSplitter): Piece[] {
  const pieces: Piece[] = [];
  for (let piece = splitter.next(); piece !== undefined; piece = splitter.next()) pieces.push(piece);
  return pieces;
}

/** The same bytes in chunks that end anywhere. */
function chunked(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.byteLength + 1)))].sort((a, b) => a - b);
  return [...places, bytes.byteLength].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
}

/** Few different bytes, so that parts of the delimiter are everywhere. */
const fewBytes = fc
  .array(fc.constantFrom(0, 10, 13, 97, 0xff), { maxLength: 200 })
  .map((all) => Buffer.from(all));
const delimiters = fc.constantFrom('\n', '\r\n', '\0', 'aa', 'a\n\n').map((text) => Buffer.from(text));

test('I12: lines are what stands between delimiters, byte by byte, however the input is cut', () => {
  fc.assert(
    fc.property(fewBytes, delimiters, fc.array(fc.nat(), { maxLength: 20 }), (bytes, delimiter, cuts) => {
      const expected = bytes.toString('latin1').split(delimiter.toString('latin1'));
      if (expected.at(-1) === '') expected.pop();
      const pieces = split(chunked(bytes, cuts), delimiter);
      expect(pieces.map(({ bytes: line }) => Buffer.from(line).toString('latin1'))).toEqual(expected);
      expect(pieces.map(({ number }) => number)).toEqual(expected.map((_, index) => index + 1));
    }),
    { numRuns: 1_000 },
  );
});

test('I11: a line over the limit is named as soon as it is too long, its parts add up to it, and its neighbours are whole', () => {
  fc.assert(
    fc.property(
      fewBytes,
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (bytes, max, cuts) => {
        const lines = bytes.toString('latin1').split('\n');
        if (lines.at(-1) === '') lines.pop();
        const found = new Map<number, string>();
        const tooLong = new Set<number>();
        for (const piece of split(chunked(bytes, cuts), Buffer.from('\n'), max)) {
          if (piece.type === 'too-long') tooLong.add(piece.number);
          found.set(
            piece.number,
            (found.get(piece.number) ?? '') + Buffer.from(piece.bytes).toString('latin1'),
          );
        }
        expect([...found.values()]).toEqual(lines);
        expect([...tooLong]).toEqual(lines.flatMap((line, index) => (line.length > max ? [index + 1] : [])));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('I11: of a line without an end it holds no more than the limit', () => {
  const splitter = new LineSplitter({ delimiter: Buffer.from('\n'), maxLineBytes: 100 });
  const chunk = Buffer.alloc(64, 'x');
  expect(pushed(splitter, chunk)).toEqual([]);
  expect(pushed(splitter, chunk).map(({ type }) => type)).toEqual(['too-long']);
  for (let n = 0; n < 100; n++) {
    expect(pushed(splitter, chunk).map(({ type, bytes }) => [type, bytes.byteLength])).toEqual([
      ['rest', 64],
    ]);
  }
  expect(pushed(splitter, Buffer.from('\nb\n')).map(({ type }) => type)).toEqual(['rest', 'line']);
});
