import type {
  KeyPage,
  OutboxRow,
  OutboxStore,
  OutboxTotals,
  PageLimits,
  StoreAnswer,
  StoreNews,
} from './outbox-store.ts';

/** What the thread of the store is started with. */
export interface WorkerStart {
  readonly directory: string;
  /** `own`: a slot for new messages, `exclusive` refuses to share the directory, `left`: one that an ended process left. */
  readonly take: 'own' | 'exclusive' | 'left';
}

/** Executed in order. */
export type StoreRequest =
  | { readonly type: 'append'; readonly rows: PackedRows }
  | { readonly type: 'read'; readonly after: number; readonly limits: PageLimits }
  | { readonly type: 'remove'; readonly sequences: readonly number[] }
  | { readonly type: 'set-aside'; readonly sequences: readonly number[]; readonly because: string }
  | { readonly type: 'keys'; readonly after: number; readonly messages: number }
  | { readonly type: 'close' };

/** Requests are answered in their order but for `read` and `keys`, which can be late; so each answer says which it is of. */
export type StoreReply =
  | { readonly type: 'opened'; readonly directory: string; readonly found: OutboxStore['found'] }
  /** There is no slot that an ended process left. */
  | { readonly type: 'none-left' }
  | { readonly type: 'refused'; readonly because: string }
  | { readonly type: 'news'; readonly news: StoreNews }
  | {
      readonly type: 'totals';
      readonly of: number;
      readonly answer: StoreAnswer<OutboxTotals>;
      /** That of an `append`, to be used again. */
      readonly block?: ArrayBuffer;
    }
  | { readonly type: 'rows'; readonly of: number; readonly answer: StoreAnswer<PackedRows> }
  | { readonly type: 'keys'; readonly of: number; readonly answer: StoreAnswer<KeyPage> }
  | { readonly type: 'closed' };

/** Rows in one block of memory, which changes its thread without being copied. */
export interface PackedRows {
  readonly count: number;
  readonly block: ArrayBuffer;
}

/** Sequence, time, length of the key (-1: none), length of the value. */
const HEAD_BYTES = 8 + 8 + 4 + 4;

/** `spare`: a block to use again, when it is large enough. New blocks are garbage that V8 hardly counts, so it lets much of it be. */
export function packRows(rows: readonly OutboxRow[], spare?: ArrayBuffer): PackedRows {
  let size = 0;
  for (const { key, value } of rows) size += HEAD_BYTES + (key?.byteLength ?? 0) + value.byteLength;
  const block = spare !== undefined && spare.byteLength >= size ? spare : new ArrayBuffer(size);
  const bytes = Buffer.from(block);
  let at = 0;
  for (const { sequence, acceptedAt, key, value } of rows) {
    bytes.writeDoubleLE(sequence, at);
    bytes.writeDoubleLE(acceptedAt, at + 8);
    bytes.writeInt32LE(key === null ? -1 : key.byteLength, at + 16);
    bytes.writeInt32LE(value.byteLength, at + 20);
    at += HEAD_BYTES;
    if (key !== null) {
      bytes.set(key, at);
      at += key.byteLength;
    }
    bytes.set(value, at);
    at += value.byteLength;
  }
  return { count: rows.length, block };
}

/** The rows share the block. */
export function unpackRows({ count, block }: PackedRows): OutboxRow[] {
  const bytes = Buffer.from(block);
  const rows: OutboxRow[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const sequence = bytes.readDoubleLE(at);
    const acceptedAt = bytes.readDoubleLE(at + 8);
    const keyBytes = bytes.readInt32LE(at + 16);
    const valueBytes = bytes.readInt32LE(at + 20);
    at += HEAD_BYTES;
    const key = keyBytes === -1 ? null : bytes.subarray(at, at + keyBytes);
    at += Math.max(0, keyBytes);
    rows.push({ sequence, acceptedAt, key, value: bytes.subarray(at, at + valueBytes) });
    at += valueBytes;
  }
  return rows;
}
