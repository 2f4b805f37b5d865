import type { OutboxLine } from '../../outbox/index.ts';
import type { ConsumerLine } from '../consumer/message-format.ts';

/** How a line becomes a message. */
export type LineFormat =
  | { readonly type: 'value'; readonly key: string | undefined }
  | { readonly type: 'key-value'; readonly delimiter: Uint8Array }
  | { readonly type: 'json' };

export interface LineMessage {
  readonly key: string | Uint8Array | null;
  readonly value: string | Uint8Array;
  /** A line of `outbox export` gets no envelope: it is in one already, or was sent without. */
  readonly isExported?: boolean;
}

/** The message in a line, or why there is none. The reason never repeats the line. */
export type Parsed = { readonly message: LineMessage } | { readonly problem: string };

export function messageOf(line: Uint8Array, format: LineFormat): Parsed {
  switch (format.type) {
    case 'value':
      return { message: { key: format.key ?? null, value: line } };
    case 'key-value': {
      const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
      const at = bytes.indexOf(format.delimiter);
      if (at === -1) return { message: { key: null, value: bytes } };
      const value = bytes.subarray(at + format.delimiter.byteLength);
      return { message: { key: bytes.subarray(0, at), value } };
    }
    case 'json':
      return fromJson(line);
  }
}

const FIELDS = ['key', 'keyBase64', 'value', 'valueBase64'] as const;

type Field = (typeof FIELDS)[number];

/** What `consumer --output json`, `outbox export` and a message of the library say beside these is passed over. */
const PASSED_OVER: Readonly<
  Record<Exclude<keyof ConsumerLine | keyof OutboxLine | 'role' | 'stream', Field>, true>
> = {
  region: true,
  role: true,
  stream: true,
  partition: true,
  offset: true,
  timestamp: true,
  id: true,
  producer: true,
  sequence: true,
  time: true,
  traceparent: true,
  late: true,
  deadLetter: true,
  acceptedAt: true,
  because: true,
};
const KNOWN: ReadonlySet<string> = new Set([...FIELDS, ...Object.keys(PASSED_OVER)]);
const utf8 = new TextDecoder('utf-8', { fatal: true });
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function fromJson(line: Uint8Array): Parsed {
  let parsed: unknown;
  try {
    parsed = JSON.parse(utf8.decode(line));
  } catch (error) {
    return { problem: error instanceof SyntaxError ? 'it is not JSON' : 'it is not UTF-8' };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { problem: 'it is not a JSON object' };
  }
  const given = parsed as Record<string, unknown>;
  const unknown = Object.keys(given).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) return { problem: `it has an unknown field; there are ${FIELDS.join(', ')}` };
  const key = partOf(given, 'key');
  if (typeof key === 'object' && key !== null && 'problem' in key) return key;
  const value = partOf(given, 'value');
  if (typeof value === 'object' && value !== null && 'problem' in value) return value;
  if (value === null) return { problem: 'it has no value (give value or valueBase64)' };
  const isExported = typeof given['acceptedAt'] === 'string';
  return { message: isExported ? { key, value, isExported } : { key, value } };
}

/** Base64 is exact, so it wins over the text beside it. */
function partOf(
  given: Record<string, unknown>,
  part: 'key' | 'value',
): string | Uint8Array | null | { problem: string } {
  const base64 = given[`${part}Base64`];
  if (base64 !== undefined && base64 !== null) {
    if (typeof base64 === 'string' && BASE64.test(base64)) return Buffer.from(base64, 'base64');
    return { problem: `its ${part}Base64 is not base64 (standard alphabet, padded)` };
  }
  const text = given[part];
  if (text === undefined || text === null) return null;
  if (typeof text !== 'string') return { problem: `its ${part} is not a string` };
  if (!text.isWellFormed())
    return { problem: `its ${part} has half of a surrogate pair, which is no character` };
  return text;
}
