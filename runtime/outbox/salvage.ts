import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

import { PAGE_SIZE, TOTALS_MARK } from './file-format.ts';
import type { OutboxRow, OutboxTotals } from './outbox-store.ts';
import { hasBit, ROW_HEAD_BYTES, ROW_MARK, soundRow } from './segment.ts';

/**
 * Reads what is readable of a damaged database file without SQLite, which gives up at the first damaged page: every page
 * that looks like a leaf of a table, in the file and in its log, then the pages of segments whose leaf is lost. A message
 * counts when its seal fits.
 * The format: https://www.sqlite.org/fileformat2.html
 */
export type Salvaged =
  | { readonly type: 'row'; readonly row: OutboxRow }
  /** What the file says that it held. */
  | { readonly type: 'totals'; readonly totals: OutboxTotals };

const LEAF_OF_TABLE = 0x0d;
/** The first byte of a page that is a node of a table or of an index. */
const NODES: ReadonlySet<number> = new Set([0x02, 0x05, 0x0a, LEAF_OF_TABLE]);
const FILE_HEADER_BYTES = 100;
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** One page at a time; each is given as it was last committed. */
export function* salvage(file: string): Generator<Salvaged> {
  const pages = new PageReader(file);
  try {
    // Pages without a use hold old bytes.
    const done = pages.freePages();
    const removed = new Set<number>();
    for (const record of recordsOf(pages, done, 'small')) {
      if (record.type === 'totals') yield record;
      if (record.type === 'removed') for (const sequence of record.sequences) removed.add(sequence);
    }
    const found = function* (bytes: Buffer): Generator<Salvaged> {
      for (const row of rowsIn(bytes)) if (!removed.has(row.sequence)) yield { type: 'row', row };
    };
    for (const record of recordsOf(pages, done, 'all')) {
      if (record.type === 'segment') yield* found(record.rows);
    }
    for (let number = 1; number <= pages.count; number++) yield* found(chainFrom(pages, number, done));
  } finally {
    pages.close();
  }
}

/** The messages in some bytes that are as they were written. */
function* rowsIn(bytes: Buffer): Generator<OutboxRow> {
  for (let at = bytes.indexOf(ROW_MARK); at !== -1;) {
    const row = soundRow(bytes, at);
    if (row !== undefined) yield row;
    at = bytes.indexOf(ROW_MARK, row === undefined ? at + 1 : at + ROW_HEAD_BYTES + row.bytes);
  }
}

/** The pages of a database file, the newest committed version of each: the log's when it has one. */
class PageReader {
  readonly #file: number;
  readonly #log: number | undefined;
  /** Page to its place in the log. */
  readonly #inLog: ReadonlyMap<number, number>;
  readonly count: number;

  constructor(file: string) {
    this.#file = openSync(file, 'r');
    this.#log = existsSync(`${file}-wal`) ? openSync(`${file}-wal`, 'r') : undefined;
    this.#inLog = this.#log === undefined ? new Map() : committedFrames(this.#log);
    const inFile = Math.ceil(fstatSync(this.#file).size / PAGE_SIZE);
    this.count = [...this.#inLog.keys()].reduce((most, page) => Math.max(most, page), inFile);
  }

  close(): void {
    closeSync(this.#file);
    if (this.#log !== undefined) closeSync(this.#log);
  }

  /** What the file lacks of a page is zeros. */
  page(number: number): Buffer {
    const page = Buffer.alloc(PAGE_SIZE);
    const place = this.#inLog.get(number);
    try {
      if (this.#log !== undefined && place !== undefined) readSync(this.#log, page, 0, PAGE_SIZE, place);
      else readSync(this.#file, page, 0, PAGE_SIZE, (number - 1) * PAGE_SIZE);
    } catch {
      // The disk cannot read this page.
      page.fill(0);
    }
    return page;
  }

  /** Pages whose rows were removed: they still hold old bytes. Empty when the list of them is damaged. */
  freePages(): Set<number> {
    const free = new Set<number>();
    const first = this.page(1);
    let trunk = first.readUInt32BE(32);
    const told = first.readUInt32BE(36);
    while (trunk > 0 && trunk <= this.count && !free.has(trunk)) {
      free.add(trunk);
      const page = this.page(trunk);
      const leaves = Math.min(page.readUInt32BE(4), PAGE_SIZE / 4 - 2);
      for (let index = 0; index < leaves; index++) free.add(page.readUInt32BE(8 + 4 * index));
      trunk = page.readUInt32BE(0);
    }
    return free.size === told ? free : new Set();
  }
}

/** Where the log holds a page: frames up to the last commit, the newest of each page. */
function committedFrames(log: number): Map<number, number> {
  const committed = new Map<number, number>();
  const open = new Map<number, number>();
  const header = Buffer.alloc(LOG_HEADER_BYTES);
  if (readSync(log, header, 0, LOG_HEADER_BYTES, 0) < LOG_HEADER_BYTES) return committed;
  const salts = header.readBigUInt64BE(16);
  const frame = Buffer.alloc(FRAME_HEADER_BYTES);
  const size = fstatSync(log).size;
  for (let at = LOG_HEADER_BYTES; at + FRAME_HEADER_BYTES + PAGE_SIZE <= size;) {
    readSync(log, frame, 0, FRAME_HEADER_BYTES, at);
    // Frames of an earlier use of the log follow.
    if (frame.readBigUInt64BE(8) !== salts) break;
    open.set(frame.readUInt32BE(0), at + FRAME_HEADER_BYTES);
    if (frame.readUInt32BE(4) > 0) {
      for (const [page, place] of open) committed.set(page, place);
      open.clear();
    }
    at += FRAME_HEADER_BYTES + PAGE_SIZE;
  }
  return committed;
}

type FoundRecord =
  | { readonly type: 'totals'; readonly totals: OutboxTotals }
  | { readonly type: 'removed'; readonly sequences: readonly number[] }
  | { readonly type: 'segment'; readonly rows: Buffer };

/** Of every leaf that is not in `done`; takes the pages of segments into it. `small`: only those that fit into their page. */
function* recordsOf(pages: PageReader, done: Set<number>, which: 'small' | 'all'): Generator<FoundRecord> {
  for (let number = 1; number <= pages.count; number++) {
    if (done.has(number)) continue;
    const page = pages.page(number);
    const start = number === 1 ? FILE_HEADER_BYTES : 0;
    if (page[start] !== LEAF_OF_TABLE) continue;
    const cells = Math.min(page.readUInt16BE(start + 3), PAGE_SIZE / 4);
    for (let index = 0; index < cells; index++) {
      const record = cellAt(pages, page, page.readUInt16BE(start + 8 + 2 * index), done, which);
      if (record !== undefined) yield record;
    }
  }
}

function cellAt(
  pages: PageReader,
  page: Buffer,
  at: number,
  done: Set<number>,
  which: 'small' | 'all',
): FoundRecord | undefined {
  try {
    const size = varint(page, at);
    const id = varint(page, size.end);
    if (size.value > (which === 'small' ? WHOLE_PAYLOAD_BYTES : MAX_PAYLOAD_BYTES)) return undefined;
    const { payload, overflow } = payloadAt(pages, page, id.end, size.value);
    const record = recordIn(payload, id.value);
    if (record !== undefined) for (const number of overflow) done.add(number);
    return record;
  } catch (error) {
    // Damaged lengths point outside of the page.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What a page holds of a payload that fits into it. */
const WHOLE_PAYLOAD_BYTES = PAGE_SIZE - 35;
/** Larger than any segment: a message of 1 MiB, its key, and the outline. */
const MAX_PAYLOAD_BYTES = 1_048_576 + 65_536;
const OVERFLOW_BYTES = PAGE_SIZE - 4;

/** What cannot be read of it is zeros. */
function payloadAt(
  pages: PageReader,
  page: Buffer,
  at: number,
  size: number,
): { readonly payload: Buffer; readonly overflow: readonly number[] } {
  if (size <= WHOLE_PAYLOAD_BYTES) return { payload: slice(page, at, size), overflow: [] };
  const least = Math.floor(((PAGE_SIZE - 12) * 32) / 255) - 23;
  const fitting = least + ((size - least) % OVERFLOW_BYTES);
  const local = fitting <= WHOLE_PAYLOAD_BYTES ? fitting : least;
  const parts = [slice(page, at, local)];
  const overflow: number[] = [];
  let number = page.readUInt32BE(at + local);
  for (let left = size - local; left > 0; left -= OVERFLOW_BYTES) {
    overflow.push(number);
    const next = pages.page(number);
    parts.push(next.subarray(4, 4 + Math.min(left, OVERFLOW_BYTES)));
    number = following(pages, number, next);
  }
  return { payload: Buffer.concat(parts), overflow };
}

/** The next page of a chain. A damaged page does not tell it: SQLite writes those of a segment one after the other. */
function following(pages: PageReader, number: number, page: Buffer): number {
  const told = page.readUInt32BE(0);
  return told === 0 || told > pages.count ? number + 1 : told;
}

/** The bytes of a page that belongs to no record, and of those that follow it: of a segment whose leaf is lost. */
function chainFrom(pages: PageReader, from: number, done: Set<number>): Buffer {
  const parts: Buffer[] = [];
  for (let number = from; number <= pages.count && !done.has(number);) {
    const page = pages.page(number);
    if (number === 1 || NODES.has(page[0]!)) break;
    done.add(number);
    parts.push(page.subarray(4));
    if (parts.length * OVERFLOW_BYTES > MAX_PAYLOAD_BYTES) break;
    number = following(pages, number, page);
  }
  return Buffer.concat(parts);
}

/** A record: the types of its columns, then their values. */
function recordIn(payload: Buffer, id: number): FoundRecord | undefined {
  const header = varint(payload, 0);
  const columns: Column[] = [];
  let value = header.value;
  for (let at = header.end; at < header.value;) {
    const type = varint(payload, at);
    const column = columnOf(payload, value, type.value);
    if (column === undefined) return undefined;
    columns.push(column);
    value += bytesOf(type.value);
    at = type.end;
  }
  const [, first, second, third, , rows] = columns;
  if (columns.length === 6 && rows instanceof Buffer) return { type: 'segment', rows };
  if (columns.length !== 4) return undefined;
  if (first === TOTALS_MARK && isCount(second) && isCount(third))
    return { type: 'totals', totals: { messages: second, bytes: third } };
  if (isCount(first) && isCount(second) && third instanceof Buffer)
    return { type: 'removed', sequences: sequencesIn(third, id) };
  return undefined;
}

/** `which`: a bit for each message of the segment that begins with `first`. */
function sequencesIn(which: Buffer, first: number): number[] {
  const sequences: number[] = [];
  for (let index = 0; index < 8 * which.byteLength; index++) {
    if (hasBit(which, index)) sequences.push(first + index);
  }
  return sequences;
}

type Column = null | number | string | Buffer;

function isCount(column: Column | undefined): column is number {
  return typeof column === 'number' && column >= 0;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8];

function bytesOf(type: number): number {
  return type >= 12 ? (type - (type % 2) - 12) / 2 : (INTEGER_BYTES[type] ?? 0);
}

function columnOf(payload: Buffer, at: number, type: number): Column | undefined {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 6) return Number(payload.readBigInt64BE(at));
  if (type <= 5) return payload.readIntBE(at, INTEGER_BYTES[type] ?? 0);
  if (type < 12) return undefined;
  const bytes = slice(payload, at, bytesOf(type));
  return type % 2 === 0 ? bytes : bytes.toString();
}

function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.byteLength) throw new RangeError('outside of the page');
  return bytes.subarray(at, at + length);
}

/** SQLite's variable-length integer: 7 bits per byte, the ninth byte whole. */
function varint(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = bytes.readUInt8(at + index);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return { value: value * 256 + bytes.readUInt8(at + 8), end: at + 9 };
}
