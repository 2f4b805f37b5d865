import { crc32 } from 'node:zlib';

import { hashOf } from '../core/index.ts';
import { rowCost, type OutboxRow } from './outbox-store.ts';

/** Messages with successive sequences: as they are on disk, and as they change their thread. */
export interface Segment {
  /** The sequence of its first message. */
  readonly first: number;
  readonly messages: number;
  /** Of all its messages, by `rowCost`. */
  readonly bytes: number;
  /** For each message the hash of its key and what it costs, so that these can be had without the rows; then a checksum. */
  readonly outline: Uint8Array;
  /** The messages, each with a head and a checksum of its own. */
  readonly rows: Uint8Array;
  /** A bit for each message, in order: 1 when it is not part of this any more. Absent: all are. */
  readonly without?: Uint8Array | undefined;
}

/** Larger ones are no faster, and more is lost with a damaged page. */
const MOST = { messages: 1_000, bytes: 131_072 };

const OUTLINE = { entryBytes: 8, costAt: 4, sealBytes: 4 };
const KEYLESS = 0xff_ff_ff_ff;
/** So that no hash is `KEYLESS`. */
const HASH_BITS = 0x7f_ff_ff_ff;

/** By the mark a row is found in a damaged file. What the seal covers begins with the length of the key (-1: none). */
const HEAD = { mark: 0, seal: 4, keyBytes: 8, valueBytes: 12, sequence: 16, acceptedAt: 24, bytes: 32 };
export const ROW_HEAD_BYTES = HEAD.bytes;
/** "row" and a byte that is no text in UTF-8. */
export const ROW_MARK = Buffer.from([0x72, 0x6f, 0x77, 0xff]);
const MARK = ROW_MARK.readUInt32LE();

/** Segments that share one block of memory, which changes its thread without being copied. */
export interface PackedSegments {
  readonly segments: readonly Segment[];
  readonly block: ArrayBuffer;
}

/**
 * Without seals: the thread that writes them makes those. `spare`: a block to use again, when it is large enough. New blocks
 * are garbage that V8 hardly counts, so it lets much of it be.
 */
export function packSegments(rows: readonly OutboxRow[], spare?: ArrayBuffer): PackedSegments {
  const size = rows.reduce((sum, { bytes }) => sum + bytes + HEAD.bytes + OUTLINE.entryBytes, 0);
  const most = size + rows.length * OUTLINE.sealBytes;
  const block = spare !== undefined && spare.byteLength >= most ? spare : new ArrayBuffer(most);
  const buffer = Buffer.from(block);
  const view = new DataView(block);
  const segments: Segment[] = [];
  let end = 0;
  for (const run of runsOf(rows)) {
    const outlineAt = end;
    const rowsAt = outlineAt + run.length * OUTLINE.entryBytes + OUTLINE.sealBytes;
    end = rowsAt;
    run.forEach((row, index) => {
      const entryAt = outlineAt + index * OUTLINE.entryBytes;
      view.setUint32(entryAt, row.key === null ? KEYLESS : hashOf(row.key) & HASH_BITS, true);
      view.setUint32(entryAt + OUTLINE.costAt, rowCost(row), true);
      end = writeRow(row, buffer, view, end);
    });
    segments.push({
      first: run[0]?.sequence ?? 0,
      messages: run.length,
      bytes: run.reduce((sum, row) => sum + rowCost(row), 0),
      outline: new Uint8Array(block, outlineAt, rowsAt - outlineAt),
      rows: new Uint8Array(block, rowsAt, end - rowsAt),
    });
  }
  return { segments, block };
}

/** Runs of successive sequences, each small enough for a segment. */
function* runsOf(rows: readonly OutboxRow[]): Generator<readonly OutboxRow[]> {
  const isInOrder = rows.every(({ sequence }, index) => index === 0 || sequence > rows[index - 1]!.sequence);
  const sorted = isInOrder ? rows : rows.toSorted((a, b) => a.sequence - b.sequence);
  let from = 0;
  let bytes = 0;
  for (const [index, row] of sorted.entries()) {
    const isNext = index === from || row.sequence === sorted[index - 1]!.sequence + 1;
    const fits = index === from || (index - from < MOST.messages && bytes + rowCost(row) <= MOST.bytes);
    if (!isNext || !fits) {
      yield sorted.slice(from, index);
      from = index;
      bytes = 0;
    }
    bytes += rowCost(row);
  }
  if (from < sorted.length) yield sorted.slice(from);
}

/** Gives where it ends. */
function writeRow(row: OutboxRow, buffer: Buffer, view: DataView, at: number): number {
  const { sequence, acceptedAt, key, value, bytes } = row;
  const keyBytes = key === null ? 0 : Buffer.byteLength(key, 'base64');
  view.setUint32(at + HEAD.mark, MARK, true);
  view.setInt32(at + HEAD.keyBytes, key === null ? -1 : keyBytes, true);
  view.setUint32(at + HEAD.valueBytes, bytes - keyBytes, true);
  view.setFloat64(at + HEAD.sequence, sequence, true);
  view.setFloat64(at + HEAD.acceptedAt, acceptedAt, true);
  const keyAt = at + HEAD.bytes;
  if (key !== null) buffer.write(key, keyAt, 'base64');
  buffer.write(value, keyAt + keyBytes, 'base64');
  return keyAt + bytes;
}

/** Writes the checksums into a segment. Gives that of all of it. */
export function sealed({ first, bytes, outline, rows }: Segment): number {
  const view = viewOf(rows);
  for (let at = 0; at < rows.byteLength;) {
    const end = rowEnd(view, at);
    view.setUint32(at + HEAD.seal, crc32(rows.subarray(at + HEAD.keyBytes, end)), true);
    at = end;
  }
  const entries = outline.byteLength - OUTLINE.sealBytes;
  viewOf(outline).setUint32(entries, crc32(outline.subarray(0, entries)), true);
  return sealOf({ first, bytes, outline, rows });
}

/** CRC-32 of all. SQLite has no checksum in its pages: it gives damaged bytes as if they were right. */
export function sealOf({
  first,
  bytes,
  outline,
  rows,
}: Pick<Segment, 'first' | 'bytes' | 'outline' | 'rows'>): number {
  return crc32(rows, crc32(outline, crc32(Buffer.from(Float64Array.of(first, bytes).buffer))));
}

/** Of segments that are as they were written. */
export function unpackSegments(segments: readonly Segment[]): OutboxRow[] {
  const unpacked: OutboxRow[] = [];
  for (const { first, messages, rows, without } of segments) {
    const buffer = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
    const view = viewOf(rows);
    let at = 0;
    for (let index = 0; index < messages; index++) {
      if (!hasBit(without, index)) unpacked.push(readRow(buffer, view, at, first + index));
      at = rowEnd(view, at);
    }
  }
  return unpacked;
}

/** A row in whatever a damaged file holds; undefined: there is none that is as it was written. */
export function soundRow(bytes: Buffer, at: number): OutboxRow | undefined {
  const view = viewOf(bytes);
  if (at + HEAD.bytes > bytes.byteLength || view.getUint32(at, true) !== MARK) return undefined;
  const end = rowEnd(view, at);
  if (end > bytes.byteLength) return undefined;
  if (crc32(bytes.subarray(at + HEAD.keyBytes, end)) !== view.getUint32(at + HEAD.seal, true))
    return undefined;
  return readRow(bytes, view, at, view.getFloat64(at + HEAD.sequence, true));
}

function readRow(buffer: Buffer, view: DataView, at: number, sequence: number): OutboxRow {
  const keyBytes = view.getInt32(at + HEAD.keyBytes, true);
  const keyAt = at + HEAD.bytes;
  const valueAt = keyAt + Math.max(0, keyBytes);
  const end = valueAt + view.getUint32(at + HEAD.valueBytes, true);
  return {
    sequence,
    acceptedAt: view.getFloat64(at + HEAD.acceptedAt, true),
    key: keyBytes === -1 ? null : buffer.toString('base64', keyAt, valueAt),
    value: buffer.toString('base64', valueAt, end),
    bytes: end - keyAt,
  };
}

function rowEnd(view: DataView, at: number): number {
  const keyBytes = Math.max(0, view.getInt32(at + HEAD.keyBytes, true));
  return at + HEAD.bytes + keyBytes + view.getUint32(at + HEAD.valueBytes, true);
}

/** What the outline of a segment tells. Undefined: it is not as it was written. */
export class Outline {
  readonly #view: DataView;
  readonly messages: number;

  private constructor(view: DataView, messages: number) {
    this.#view = view;
    this.messages = messages;
  }

  static of(outline: Uint8Array, messages: number): Outline | undefined {
    const entries = messages * OUTLINE.entryBytes;
    if (outline.byteLength !== entries + OUTLINE.sealBytes) return undefined;
    const view = viewOf(outline);
    const isSound = crc32(outline.subarray(0, entries)) === view.getUint32(entries, true);
    return isSound ? new Outline(view, messages) : undefined;
  }

  /** By `rowCost`. */
  cost(index: number): number {
    return this.#view.getUint32(index * OUTLINE.entryBytes + OUTLINE.costAt, true);
  }

  /** Undefined: the message has no key. */
  hash(index: number): number | undefined {
    const hash = this.#view.getUint32(index * OUTLINE.entryBytes, true);
    return hash === KEYLESS ? undefined : hash;
  }
}

export function hasBit(bits: Uint8Array | undefined, index: number): boolean {
  return bits !== undefined && (bits[index >> 3]! & (1 << (index & 7))) !== 0;
}

/** Sets bits `from` up to `to`, that one not included. */
export function setBits(bits: Uint8Array, from: number, to: number): void {
  for (let index = from; index < to; index++) bits[index >> 3]! |= 1 << (index & 7);
}

export function bitsFor(messages: number): Uint8Array {
  return new Uint8Array(Math.ceil(messages / 8));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
