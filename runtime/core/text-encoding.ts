export type DecodedText =
  | { readonly type: 'text'; readonly text: string }
  /** `problem` is a predicate: `is UTF-32, …`. */
  | { readonly type: 'undecodable'; readonly problem: string };

/**
 * The text in these bytes. A byte order mark decides; without one, UTF-16 is recognised by its NULs (ASCII in UTF-16
 * has one in every second place), and any other text is `plain`. An encoding that cannot be read is an error, because a
 * reader that skips it would take a full file for an empty one.
 */
export function decodeText(bytes: Uint8Array, plain: 'latin1' | 'utf-8'): DecodedText {
  const encoding = encodingOf(bytes, plain);
  if (encoding === 'utf-32') return undecodable('is UTF-32; save it as UTF-8');
  if (encoding === 'latin1') return withoutNul(textOfLatin1(bytes));
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return withoutNul(text.replace(/^\uFEFF/, ''));
  } catch {
    return undecodable(`is not whole ${encoding.toUpperCase()}; save it again as UTF-8`);
  }
}

type Encoding = 'latin1' | 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32';

/** UTF-32LE begins like UTF-16LE, so the longer marks come first. */
const MARKS: readonly (readonly [mark: readonly number[], encoding: Encoding])[] = [
  [[0xff, 0xfe, 0, 0], 'utf-32'],
  [[0, 0, 0xfe, 0xff], 'utf-32'],
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

function encodingOf(bytes: Uint8Array, plain: 'latin1' | 'utf-8'): Encoding {
  const marked = MARKS.find(([mark]) => mark.every((byte, at) => bytes[at] === byte));
  if (marked !== undefined) return marked[1];
  // For each position in a group of four bytes: how many bytes are NUL.
  const nuls = [0, 0, 0, 0];
  bytes.forEach((byte, at) => {
    if (byte === 0) nuls[at % 4]! += 1;
  });
  const most = bytes.length / 8;
  const shape = nuls.map((count) => (count === 0 ? '-' : count > most ? '0' : '?')).join('');
  if (shape === '-000' || shape === '000-') return 'utf-32';
  if (shape === '-0-0') return 'utf-16le';
  if (shape === '0-0-') return 'utf-16be';
  return plain;
}

function withoutNul(text: string): DecodedText {
  if (!text.includes('\0')) return { type: 'text', text };
  return undecodable('holds NUL characters, so it is not text or it is damaged; write it anew');
}

/** `TextDecoder` would decode latin1 as windows-1252. */
function textOfLatin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return text;
}

function undecodable(problem: string): DecodedText {
  return { type: 'undecodable', problem };
}
