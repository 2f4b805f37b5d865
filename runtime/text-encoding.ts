/** The text of a file, or why it cannot be read. */
export type Decoded = { readonly text: string } | { readonly problem: string };

/**
 * The text of a small file that people and other programs write: UTF-8 with or without a byte order mark, UTF-16 with one, as
 * `>` of PowerShell makes it; `otherwise` for what has no mark. NULs mean that it is no text, or UTF-16 without a mark.
 */
export function decodeText(bytes: Uint8Array, otherwise: 'utf8' | 'latin1'): Decoded {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = withoutMark(buffer, otherwise);
  if (text === undefined) return { problem: 'is UTF-32, which is not read; save it as UTF-8' };
  if (!text.includes('\0')) return { text };
  const even = buffer.filter((byte, index) => byte === 0 && index % 2 === 0).byteLength;
  const isUtf16 = even === 0 || even === buffer.filter((byte) => byte === 0).byteLength;
  return {
    problem: isUtf16
      ? 'seems to be UTF-16 without a byte order mark, which is not read; save it as UTF-8'
      : 'holds NUL bytes, so it is no text; save it as UTF-8',
  };
}

function withoutMark(bytes: Buffer, otherwise: 'utf8' | 'latin1'): string | undefined {
  const starts = (...mark: number[]): boolean => mark.every((byte, index) => bytes[index] === byte);
  if (starts(0xff, 0xfe, 0, 0) || starts(0, 0, 0xfe, 0xff)) return undefined;
  if (starts(0xef, 0xbb, 0xbf)) return bytes.toString('utf8', 3);
  if (starts(0xff, 0xfe)) return bytes.toString('utf16le', 2);
  if (starts(0xfe, 0xff)) {
    const even = bytes.subarray(2, bytes.byteLength - (bytes.byteLength % 2));
    return Buffer.from(even).swap16().toString('utf16le');
  }
  return bytes.toString(otherwise);
}
