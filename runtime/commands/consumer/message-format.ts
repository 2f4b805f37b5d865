import type { ConsumedMessage } from '../../consumer/index.ts';
import { HaError } from '../../errors.ts';

/** The bytes that are printed for a message. Keys and values are passed through as they are. */
export type Format = (message: ConsumedMessage) => Uint8Array;

type Part = (message: ConsumedMessage) => Uint8Array | string;

const NEW_LINE = Buffer.from('\n');

/** The value, and a line break. */
export const asText: Format = ({ value }) => Buffer.concat([value, NEW_LINE]);

/** A line of `--output json`. `producer - --input json` takes it. */
export interface ConsumerLine
  extends
    Pick<ConsumedMessage, 'region' | 'partition' | 'offset' | 'timestamp'>,
    Partial<Pick<ConsumedMessage, 'late' | 'deadLetter'>>,
    Partial<Omit<Envelope, 'id'>> {
  readonly id?: string | null;
  readonly key: string | null;
  readonly keyBase64?: string;
  readonly value: string;
  readonly valueBase64?: string;
}

type Envelope = NonNullable<ConsumedMessage['envelope']>;

/**
 * One JSON object per line. What is not UTF-8 is given as base64 beside its text. In envelope mode also what the envelope
 * says; `id` is null for a message that has none. Of a dead letter also why and where it failed.
 */
export const asJson =
  (inEnvelopeMode: boolean): Format =>
  (message) => {
    const { region, partition, offset, timestamp, envelope, late, deadLetter } = message;
    const key = message.keyText();
    const value = message.text();
    const exact = {
      ...(key === null || message.key === null ? {} : base64Of('keyBase64', message.key, key)),
      ...base64Of('valueBase64', message.value, value),
    };
    const about = inEnvelopeMode ? { ...(envelope ?? { id: null }), late } : {};
    const at = { region, partition, offset, timestamp };
    const line: ConsumerLine = { ...at, ...about, key, value, ...exact, deadLetter };
    return Buffer.from(`${JSON.stringify(line)}\n`);
  };

function base64Of<N extends 'keyBase64' | 'valueBase64'>(
  name: N,
  bytes: Uint8Array,
  text: string,
): { readonly [name in N]?: string } {
  const isExact = !text.includes('\uFFFD') || Buffer.from(text).equals(bytes);
  if (isExact) return {};
  return { [name]: Buffer.from(bytes).toString('base64') } as { readonly [name in N]?: string };
}

const DIRECTIVES: Record<string, Part> = {
  p: (message) => message.partition,
  o: (message) => String(message.offset),
  k: (message) => message.key ?? '',
  v: (message) => message.value,
  t: (message) => message.timestamp,
  r: (message) => message.region,
  i: (message) => message.envelope?.id ?? '',
  '%': () => '%',
};
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' };

/**
 * A format as kcat has it: `%p` partition, `%o` offset, `%k` key, `%v` value, `%t` time, `%r` region, `%i` id, `%%`, and `\n`, `\t`,
 * `\r`, `\0`, `\\`. @throws HaError `CONFIG` for anything else behind a `%` or a `\`.
 */
export function parseFormat(format: string): Format {
  if (format === '') throw new HaError('CONFIG', '--format is empty: it would print nothing of a message');
  const parts = [...format.matchAll(/%(.?)|\\(.?)|[^%\\]+/gs)].map(([text, directive, escape]): Part => {
    if (directive !== undefined) return DIRECTIVES[directive] ?? refuse(format, text);
    if (escape !== undefined) {
      const literal = ESCAPES[escape] ?? refuse(format, text);
      return () => literal;
    }
    return () => text;
  });
  return (message) =>
    Buffer.concat(
      parts.map((part) => {
        const bytes = part(message);
        return typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      }),
    );
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
