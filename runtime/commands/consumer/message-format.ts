import type { ConsumedMessage } from '../../consumer/index.ts';
import { HaError } from '../../errors.ts';

export type Format = (message: ConsumedMessage) => string;

/** The value, and a line break. */
export const asText: Format = (message) => `${message.text()}\n`;

/** One JSON object a line. What is not UTF-8 is given as base64 beside it. */
export const asJson: Format = (message) => {
  const { region, partition, offset, timestamp } = message;
  const key = message.keyText();
  const value = message.text();
  const bytes = isText(message.value, value)
    ? {}
    : { valueBase64: Buffer.from(message.value).toString('base64') };
  return `${JSON.stringify({ region, partition, offset, timestamp, key, value, ...bytes })}\n`;
};

const DIRECTIVES: Record<string, (message: ConsumedMessage) => string> = {
  p: (message) => message.partition,
  o: (message) => String(message.offset),
  k: (message) => message.keyText() ?? '',
  v: (message) => message.text(),
  t: (message) => message.timestamp,
  r: (message) => message.region,
  '%': () => '%',
};
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' };

/**
 * A format as kcat has it: `%p` partition, `%o` offset, `%k` key, `%v` value, `%t` time, `%r` region, `%%`, and `\n`, `\t`,
 * `\r`, `\0`, `\\`. @throws HaError `CONFIG` for anything else behind a `%` or a `\`.
 */
export function parseFormat(format: string): Format {
  const parts = [...format.matchAll(/%(.?)|\\(.?)|[^%\\]+/gs)].map(([text, directive, escape]): Format => {
    if (directive !== undefined) return DIRECTIVES[directive] ?? refuse(format, text);
    if (escape !== undefined) {
      const literal = ESCAPES[escape] ?? refuse(format, text);
      return () => literal;
    }
    return () => text;
  });
  return (message) => parts.map((part) => part(message)).join('');
}

function refuse(format: string, text: string): never {
  const known = [
    ...Object.keys(DIRECTIVES).map((key) => `%${key}`),
    ...Object.keys(ESCAPES).map((key) => `\\${key}`),
  ];
  throw new HaError(
    'CONFIG',
    `--format ${JSON.stringify(format)}: ${text} means nothing; there are ${known.join(' ')}`,
  );
}

function isText(bytes: Uint8Array, text: string): boolean {
  return !text.includes('\uFFFD') || Buffer.from(text).equals(bytes);
}
