/** 32 bits that tell texts apart, the same at every run: FNV-1a over code units, with a last mix. */
export function hashOf(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
