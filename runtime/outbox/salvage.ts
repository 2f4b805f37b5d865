import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

import { PAGE_SIZE, sealOf, TOTALS_MARK } from './file-format.ts';
import type { OutboxRow, OutboxTotals } from './outbox-store.ts';

/**
 * Reads what is readable of a damaged database file without SQLite, which gives up at the first damaged page: every page
 * that looks like a leaf of a table, in the file and in its log. A row counts when its seal fits.
 * The format: https://www.sqlite.org/fileformat2.html
 */
export type Salvaged =
  | { readonly type: 'row'; readonly row: OutboxRow }
  /** What the file says that it held. */
  | { readonly type: 'totals'; readonly totals: OutboxTotals };

const LEAF_OF_TABLE = 0x0d;
const FILE_HEADER_BYTES = 100;
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** One page at a time; each is given as it was last committed. */
export function* salvage(file: string): Generator<Salvaged> {
  const pages = new PageReader(file);
  try {
    const free = pages.freePages();
    for (let number = 1; number <= pages.count; number++) {
      if (!free.has(number)) yield* leafRows(pages, number);
    }
  } finally {
    pages.close();
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

function* leafRows(pages: PageReader, number: number): Generator<Salvaged> {
  const page = pages.page(number);
  const start = number === 1 ? FILE_HEADER_BYTES : 0;
  if (page[start] !== LEAF_OF_TABLE) return;
  const cells = page.readUInt16BE(start + 3);
  for (let index = 0; index < cells; index++) {
    const pointer = start + 8 + 2 * index;
    if (pointer + 2 > PAGE_SIZE) return;
    const salvaged = cellAt(pages, page, page.readUInt16BE(pointer));
    if (salvaged !== undefined) yield salvaged;
  }
}

function cellAt(pages: PageReader, page: Buffer, at: number): Salvaged | undefined {
  try {
    const size = varint(page, at);
    const sequence = varint(page, size.end);
    const payload = payloadAt(pages, page, sequence.end, size.value);
    return payload === undefined ? undefined : recordIn(payload, sequence.value);
  } catch (error) {
    // Damaged lengths point outside of the page.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Larger than any row: a value of 1 MiB, a key, and the columns. */
const MAX_PAYLOAD_BYTES = 1_048_576 + 1_024;

function payloadAt(pages: PageReader, page: Buffer, at: number, size: number): Buffer | undefined {
  if (size > MAX_PAYLOAD_BYTES) return undefined;
  const whole = PAGE_SIZE - 35;
  if (size <= whole) return slice(page, at, size);
  const least = Math.floor(((PAGE_SIZE - 12) * 32) / 255) - 23;
  const fitting = least + ((size - least) % (PAGE_SIZE - 4));
  const local = fitting <= whole ? fitting : least;
  const parts = [slice(page, at, local)];
  let next = page.readUInt32BE(at + local);
  for (let left = size - local; left > 0;) {
    if (next === 0 || next > pages.count) return undefined;
    const overflow = pages.page(next);
    const part = Math.min(left, PAGE_SIZE - 4);
    parts.push(overflow.subarray(4, 4 + part));
    left -= part;
    next = overflow.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

/** A record: the types of its columns, then their values. */
function recordIn(payload: Buffer, sequence: number): Salvaged | undefined {
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
  const [, first, second, third, last] = columns;
  if (columns.length === 4 && first === TOTALS_MARK && isCount(second) && isCount(third)) {
    return { type: 'totals', totals: { messages: second, bytes: third } };
  }
  const isRow = columns.length === 5 && isCount(first) && typeof second === 'number';
  if (!isRow || !(third === null || third instanceof Uint8Array) || !(last instanceof Uint8Array))
    return undefined;
  const row = { sequence, acceptedAt: first, key: third, value: last };
  return sealOf(row) === second ? { type: 'row', row } : undefined;
}

type Column = null | number | string | Uint8Array;

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
