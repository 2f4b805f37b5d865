import type { OutboxRow } from './outbox-store.ts';

/** A message as `producer - --input json` takes it; what is no UTF-8 is base64. */
export function messageLine(row: OutboxRow): string {
  return `${JSON.stringify(fieldsOf(row))}\n`;
}

export function failedLine(row: OutboxRow, because: string): string {
  return `${JSON.stringify({ ...fieldsOf(row), because })}\n`;
}

function fieldsOf({ sequence, acceptedAt, key, value }: OutboxRow): Record<string, unknown> {
  const keyFields = key === null ? { key: null } : bytesField('key', key);
  return {
    ...keyFields,
    ...bytesField('value', value),
    sequence,
    acceptedAt: new Date(acceptedAt).toISOString(),
  };
}

function bytesField(name: string, encoded: string): Record<string, string> {
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? { [name]: text } : { [`${name}Base64`]: encoded };
}
