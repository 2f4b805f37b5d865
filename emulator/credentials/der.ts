/** The part of ASN.1 DER that a certificate needs. */
export const der = {
  sequence: (...parts: Buffer[]) => encode(0x30, ...parts),
  set: (...parts: Buffer[]) => encode(0x31, ...parts),
  /** Constructed and context-specific, for example `[0] EXPLICIT`. */
  context: (tag: number, ...parts: Buffer[]) => encode(0xa0 | tag, ...parts),
  /** Primitive and context-specific, for example a name in subjectAltName. */
  primitive: (tag: number, value: Buffer) => encode(0x80 | tag, value),
  integer: (value: Buffer) => encode(0x02, value[0]! >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), value),
  boolean: (value: boolean) => encode(0x01, Buffer.from([value ? 0xff : 0])),
  bits: (value: Buffer) => encode(0x03, Buffer.from([0]), value),
  octets: (value: Buffer) => encode(0x04, value),
  text: (value: string) => encode(0x0c, Buffer.from(value)),
  oid(dotted: string) {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
    return encode(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
  },
  /** GeneralizedTime, whole seconds, UTC. */
  time: (ms: number) =>
    encode(
      0x18,
      Buffer.from(
        new Date(ms)
          .toISOString()
          .replaceAll(/[-:T]/g, '')
          .replace(/\.\d+Z$/, 'Z'),
      ),
    ),
};

function encode(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
