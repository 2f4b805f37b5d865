/** Keys, values and cursors in a body: base64 that belongs in no log. `"?` at the end: the body may be cut anywhere. */
const MESSAGE_FIELDS = /"(key|value)"\s*:\s*"[^"]*"?/g;

/** Makes text of a peer fit for an error: one line of at most about `limit` characters (200), without secrets. */
export type Clean = (text: string, limit?: number) => string;

/** Foreign text that may stand in an error: one line, no control characters, no message values, about `limit` characters. */
export function printable(text: string, limit = 200): string {
  const plain = text
    .slice(0, 16 * limit)
    .replace(MESSAGE_FIELDS, '"$1":"…"')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return plain.length > limit ? `${plain.slice(0, limit)}…` : plain;
}

/** The words of whatever was thrown. */
export function wordsOf(thrown: unknown): string {
  const { message } = (thrown ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(thrown);
}
