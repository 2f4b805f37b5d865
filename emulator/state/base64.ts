/**
 * Base64 as it is stored. The service decodes leniently (padding may be missing) and returns canonical base64. Undefined for text that
 * the service refuses.
 */
export function canonicalBase64(text: string): string | undefined {
  if (!isBase64(text)) return undefined;
  return isCanonical(text) ? text : canonical(text);
}

/** A search for one wrong character. A match of the whole text would backtrack and take six times as long. */
const NOT_BASE64 = /[^A-Za-z0-9+/=]/;

function isBase64(text: string): boolean {
  const padding = text.indexOf('=');
  return !NOT_BASE64.test(text) && (padding === -1 || /^={1,2}$/.test(text.slice(padding)));
}

function canonical(text: string): string {
  const bare = text.replace(/=+$/, '');
  // A single last character counts as a byte whose two missing bits are set: the service returned `value` as `valuew==`.
  if (bare.length % 4 === 1) return canonical(`${bare}w`);
  return Buffer.from(bare, 'base64').toString('base64');
}

/** Complete groups of four, and no bits set in the padding. */
function isCanonical(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  if (text.endsWith('==')) return 'AQgw'.includes(text.at(-3)!);
  return !text.endsWith('=') || 'AEIMQUYcgkosw048'.includes(text.at(-2)!);
}

/** The number of bytes that a canonical base64 text encodes. */
export function decodedBytes(canonical: string): number {
  const padding = canonical.endsWith('==') ? 2 : canonical.endsWith('=') ? 1 : 0;
  return (canonical.length / 4) * 3 - padding;
}
