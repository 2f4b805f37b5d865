import type { OutboxRow } from './outbox-store.ts';

/** A line of `outbox export`, or, with `because`, of the messages that were given up. */
export interface OutboxLine extends Partial<
  Record<'key' | 'keyBase64' | 'value' | 'valueBase64', string | null>
> {
  readonly sequence: number;
  readonly acceptedAt: string;
  readonly because?: string;
}

/** A message as `producer - --input json` takes it; what is no UTF-8 is base64. */
export function messageLine(row: OutboxRow): string {
  return `${JSON.stringify(fieldsOf(row))}\n`;
}

export function failedLine(row: OutboxRow, because: string): string {
  const line: OutboxLine = { ...fieldsOf(row), because };
  return `${JSON.stringify(line)}\n`;
}

/** `encoded`: base64. A key that is no UTF-8 stays so. */
export function keyFields(encoded: string | null): { key: string | null } | { keyBase64: string } {
  return encoded === null ? { key: null } : bytesField('key', encoded);
}

function fieldsOf({ sequence, acceptedAt, key, value }: OutboxRow): OutboxLine {
  return {
    ...keyFields(key),
    ...bytesField('value', value),
    sequence,
    acceptedAt: new Date(acceptedAt).toISOString(),
  };
}

function bytesField<N extends string>(
  name: N,
  encoded: string,
): Record<N, string> | Record<`${N}Base64`, string> {
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString();
  const field = Buffer.from(text).equals(bytes) ? { [name]: text } : { [`${name}Base64`]: encoded };
  return field as Record<N, string> | Record<`${N}Base64`, string>;
}
