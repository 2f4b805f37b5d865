/**
 * Base64 as it is stored: the service decodes leniently (padding may be missing) and writes canonical base64 back.
 * Undefined for text that it takes for no base64.
 */
export function canonicalBase64(text: string): string | undefined {
  if (!isBase64(text)) return undefined;
  return isCanonical(text) ? text : canonical(text);
}

/** A search, not a match of the whole: that would keep a way back for every character, and cost six times as much. */
const FOREIGN = /[^A-Za-z0-9+/=]/;

function isBase64(text: string): boolean {
  const padding = text.indexOf('=');
  return !FOREIGN.test(text) && (padding === -1 || /^={1,2}$/.test(text.slice(padding)));
}

function canonical(text: string): string {
  const bare = text.replace(/=+$/, '');
  // A last character alone is taken for a byte whose two missing bits are set: `value` was given back as `valuew==`.
  if (bare.length % 4 === 1) return canonical(`${bare}w`);
  return Buffer.from(bare, 'base64').toString('base64');
}

/** Full groups of four, and no bits set in the padding. */
function isCanonical(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  if (text.endsWith('==')) return 'AQgw'.includes(text.at(-3)!);
  return !text.endsWith('=') || 'AEIMQUYcgkosw048'.includes(text.at(-2)!);
}

/** How many bytes a canonical base64 text stands for. */
export function decodedBytes(canonical: string): number {
  const padding = canonical.endsWith('==') ? 2 : canonical.endsWith('=') ? 1 : 0;
  return (canonical.length / 4) * 3 - padding;
}
