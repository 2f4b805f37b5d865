import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hashOf } from '../../../runtime/core/index.ts';
import { rowCost, type OutboxRow } from '../../../runtime/outbox/outbox-store.ts';
import {
  bitsFor,
  Outline,
  packSegments,
  sealed,
  sealOf,
  setBits,
  soundRow,
  unpackSegments,
} from '../../../runtime/outbox/segment.ts';
import { madeOf, rowsFrom } from './rows.ts';

const someBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const someRows = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), key: fc.option(someBytes), value: someBytes }), {
    maxLength: 60,
  })
  .map((given) => {
    let sequence = 0;
    return given.map(({ gap, key, value }): OutboxRow => madeOf((sequence += gap), key, value));
  });

describe('messages in segments', () => {
  it('come out as they went in, in order', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        expect(unpackSegments(packSegments(rows.toReversed()).segments)).toEqual(rows);
      }),
    );
  });

  it('are in one segment as long as their sequences are successive, and it is not too large', () => {
    const sizes = (rows: readonly OutboxRow[]): number[] =>
      packSegments(rows).segments.map(({ messages }) => messages);
    expect(sizes(rowsFrom(1, 2_500, 50))).toEqual([1_000, 1_000, 500]);
    expect(sizes([...rowsFrom(1, 3), ...rowsFrom(5, 2)])).toEqual([3, 2]);
    expect(sizes(rowsFrom(1, 3, 100_000))).toEqual([1, 1, 1]);
    expect(sizes(rowsFrom(1, 2, 1_000_000))).toEqual([1, 1]);
  });

  it('use a block again that is large enough', () => {
    const { block } = packSegments(rowsFrom(1, 100));
    expect(packSegments(rowsFrom(101, 90), block).block).toBe(block);
    const other = packSegments(rowsFrom(101, 200), block);
    expect(other.block).not.toBe(block);
    expect(unpackSegments(other.segments)).toEqual(rowsFrom(101, 200));
  });

  it('are left out when their bit is set', () => {
    const [segment] = packSegments(rowsFrom(1, 20)).segments;
    const without = bitsFor(20);
    setBits(without, 3, 17);
    const left = unpackSegments([{ ...segment!, without }]);
    expect(left).toEqual([...rowsFrom(1, 3), ...rowsFrom(18, 3)]);
  });

  it('have an outline that tells the keys and the costs', () => {
    const rows = rowsFrom(1, 10);
    const [segment] = packSegments(rows).segments;
    sealed(segment!);
    const outline = Outline.of(segment!.outline, 10);
    rows.forEach((row, index) => {
      expect(outline?.cost(index)).toBe(rowCost(row));
      expect(outline?.hash(index)).toBe(row.key === null ? undefined : hashOf(row.key) & 0x7f_ff_ff_ff);
    });
    expect(Outline.of(segment!.outline, 9)).toBeUndefined();
  });

  it('show any changed byte', () => {
    const [segment] = packSegments(rowsFrom(1, 5)).segments;
    const seal = sealed(segment!);
    for (const part of [segment!.outline, segment!.rows]) {
      for (let at = 0; at < part.byteLength; at++) {
        part[at]! ^= 1;
        expect(sealOf(segment!)).not.toBe(seal);
        part[at]! ^= 1;
      }
    }
    expect(sealOf(segment!)).toBe(seal);
    expect(sealOf({ ...segment!, first: 2 })).not.toBe(seal);
    segment!.outline[4]! ^= 1;
    expect(Outline.of(segment!.outline, 5)).toBeUndefined();
  });

  it('can be told apart from anything else by their own seals', () => {
    const row = rowsFrom(7, 1)[0]!;
    const [segment] = packSegments([row]).segments;
    sealed(segment!);
    const bytes = Buffer.concat([Buffer.from('before'), segment!.rows, Buffer.from('after')]);
    expect(soundRow(bytes, 6)).toEqual(row);
    expect(soundRow(bytes, 5)).toBeUndefined();
    expect(soundRow(bytes.subarray(0, 6 + segment!.rows.byteLength - 1), 6)).toBeUndefined();
    for (let at = 6; at < 6 + segment!.rows.byteLength; at++) {
      bytes[at]! ^= 1;
      expect(soundRow(bytes, 6)).toBeUndefined();
      bytes[at]! ^= 1;
    }
  });
});
