import type { OutboxRow } from '../../../runtime/outbox/outbox-store.ts';

/** Messages `from`, `from + 1`, … over three keys, with a value that says which it is. */
export function rowsFrom(from: number, count: number, valueBytes = 100): OutboxRow[] {
  return Array.from({ length: count }, (_, index) => rowOf(from + index, valueBytes));
}

export function rowOf(sequence: number, valueBytes = 100): OutboxRow {
  const key = sequence % 4 === 0 ? null : Buffer.from(`key-${sequence % 4}`);
  return madeOf(sequence, key, Buffer.from(`message ${sequence} `.padEnd(valueBytes, '.')));
}

export function madeOf(sequence: number, key: Buffer | null, value: Buffer): OutboxRow {
  return {
    sequence,
    acceptedAt: 1_800_000_000_000 + sequence,
    key: key === null ? null : key.toString('base64'),
    value: value.toString('base64'),
    bytes: (key?.byteLength ?? 0) + value.byteLength,
  };
}
