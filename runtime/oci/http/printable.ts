/** Keys, values and cursors in a body: base64 that belongs in no log. `"?` at the end: the body may be cut anywhere. */
const SECRETS = /"(key|value)"\s*:\s*"[^"]*"?/g;

/** Foreign text that may stand in an error: one line, no control characters, no message values, about `limit` characters. */
export function printable(text: string, limit = 200): string {
  const plain = text
    .slice(0, 16 * limit)
    .replace(SECRETS, '"$1":"…"')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return plain.length > limit ? `${plain.slice(0, limit)}…` : plain;
}
