import type { WireRequest } from './http/exchange.ts';
import { redact } from './redaction.ts';

/** Makes text of a peer fit for an error: one line of at most about `limit` characters (200), without secrets. */
export type Clean = (text: string, limit?: number) => string;

/** Keys, values and cursors in a body: base64 that belongs in no log. `"?` at the end: the body may be cut anywhere. */
const MESSAGE_FIELDS = /(\\*")(key|value)(\\*")\s*:\s*\\*"[^"]*"?/g;

/** One line, no control characters, no fields that hold a message, at most about `limit` characters. */
export function printable(text: string, limit = 200): string {
  const plain = text
    .slice(0, 16 * limit)
    .replace(MESSAGE_FIELDS, '$1$2$3:"…"')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return plain.length > limit ? `${plain.slice(0, limit)}…` : plain;
}

/** The words of whatever was thrown: anything can be, also what has no words and throws when it is asked for them. */
export function wordsOf(thrown: unknown): string {
  try {
    const { message } = (thrown ?? {}) as { message?: unknown };
    return typeof message === 'string' ? message : String(thrown);
  } catch {
    return 'something without words was thrown';
  }
}

/** No more of a foreign text than this is looked at, in characters. */
const MAX_TEXT = 2_000;
/** Comparisons of characters for one answer, about half a second of one core: no honest answer has that many texts. */
const MAX_WORK = 20_000_000;

/** What the requests of one call told the peer, and that must not be printed: who signed them, and the messages. */
export class RequestSecrets {
  readonly #requests: WireRequest[] = [];
  /** Made when it is needed: most calls have no text to clean. */
  #cleaned: Map<string, string> | undefined;
  #secrets: readonly string[] | undefined;
  #work = 0;

  /** `request`: signed, and about to be sent. */
  add(request: WireRequest): void {
    this.#requests.push(request);
    this.#secrets = undefined;
    this.#cleaned = undefined;
  }

  readonly clean: Clean = (text, limit = 200) => {
    const given = text.slice(0, MAX_TEXT);
    this.#cleaned ??= new Map();
    let cleaned = this.#cleaned.get(given);
    if (cleaned === undefined) {
      cleaned = this.#redact(given);
      this.#cleaned.set(given, cleaned);
    }
    return printable(cleaned, limit);
  };

  #redact(text: string): string {
    if (text.trim() === '') return '';
    this.#secrets ??= this.#requests.flatMap(secretsOf);
    this.#work += this.#secrets.reduce((sum, { length }) => sum + length, 0) + text.length;
    return this.#work > MAX_WORK ? '…' : redact(text, this.#secrets);
  }
}

/** Headers of a request that are no secret: the others are. */
const PUBLIC_HEADERS =
  /^(accept|content-length|content-type|date|host|opc-client-info|user-agent|x-content-sha256|x-date)$/;

function secretsOf({ path, headers, body }: WireRequest): string[] {
  // Each name is followed by its value.
  const own = headers.filter((_, index) => index % 2 === 1 && !PUBLIC_HEADERS.test(headers[index - 1] ?? ''));
  const cursor = /[?&]cursor=([^&]*)/.exec(path)?.[1];
  return [
    ...own.flatMap(partsOfSignature),
    ...(cursor === undefined ? [] : [byByte(Buffer.from(decodeURIComponent(cursor)))]),
    ...(body === undefined ? [] : partsOfMessages(body.toString())),
  ];
}

/**
 * The name of an API key: OCIDs and a fingerprint, which are no secret. Half of such an OCID stands in every other OCID, which
 * a person must be able to read.
 */
const API_KEY_ID = /^ocid1\.tenancy\.[^/]+\/ocid1\.user\.[^/]+\/[0-9a-f:]+$/i;

/** Token and signature; the words between them are the same in every request. Also what a session token says of its owner. */
function partsOfSignature(header: string): string[] {
  const parts = [...header.matchAll(/(?:keyId|signature)="([^"]*)"/g)].flatMap(([, value = '']) =>
    API_KEY_ID.test(value) ? [] : [value],
  );
  if (parts.length === 0) return [header];
  const claims = parts.flatMap((part) => (part.startsWith('ST$') ? part.slice(3).split('.') : []));
  return [...parts, ...claims.map((claim) => byByte(Buffer.from(claim, 'base64url')))];
}

function partsOfMessages(body: string): string[] {
  const { messages = [] } = JSON.parse(body) as { messages?: { key?: string; value: string }[] };
  const keys = new Set<string>();
  const parts: string[] = [];
  const add = (base64: string): void => void parts.push(base64, byByte(Buffer.from(base64, 'base64')));
  for (const { key = '', value } of messages) {
    if (!keys.has(key)) add(key);
    keys.add(key);
    add(value);
  }
  return parts;
}

/** One character per byte, as `redact` wants it. */
function byByte(bytes: Buffer): string {
  return bytes.toString('latin1');
}
