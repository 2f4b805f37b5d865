import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

import type { MovableClock } from '../clock.ts';

/** The part of ASN.1 DER that a certificate needs. */
const der = {
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

/** A certificate with its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;
const SHA256_WITH_ECDSA = der.sequence(der.oid('1.2.840.10045.4.3.2'));

/** A certificate authority. */
interface Authority {
  /** Its own certificate, in PEM, for clients to trust. */
  readonly cert: string;
  /** For `names` (host names and IP addresses). Valid for a year from yesterday; an `expired` one for the year before. */
  issue(names: readonly string[], expired?: boolean): Certificate;
}

/** An authority that is valid for two years around `now` (ms). Written by hand, because Node can parse certificates but not create them. */
function newAuthority(now: number, random: () => number): Authority {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = commonName('OCI Streaming emulator authority');
  const signed = (
    subject: Buffer,
    key: KeyObject,
    begin: number,
    days: number,
    extension: Buffer,
  ): string => {
    const serial = Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 127) + 1));
    const body = der.sequence(
      der.context(0, der.integer(Buffer.from([2]))),
      der.integer(serial),
      SHA256_WITH_ECDSA,
      name,
      der.sequence(der.time(begin), der.time(begin + days * DAY_MS)),
      subject,
      key.export({ type: 'spki', format: 'der' }),
      der.context(3, der.sequence(extension)),
    );
    const signature = sign('sha256', body, authority.privateKey);
    return new X509Certificate(der.sequence(body, SHA256_WITH_ECDSA, der.bits(signature))).toString();
  };
  return {
    cert: signed(name, authority.publicKey, now - 366 * DAY_MS, 731, mayIssue()),
    issue(names, expired = false) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const begin = now - (expired ? 366 : 1) * DAY_MS;
      const subject = commonName('OCI Streaming emulator');
      return {
        cert: signed(subject, publicKey, begin, 365, alternativeNames(names)),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

function commonName(text: string): Buffer {
  return der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.text(text))));
}

function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((name) =>
    isIP(name) === 0 ? der.primitive(2, Buffer.from(name)) : der.primitive(7, address(name)),
  );
  return der.sequence(der.oid('2.5.29.17'), der.octets(der.sequence(...entries)));
}

function mayIssue(): Buffer {
  return der.sequence(der.oid('2.5.29.19'), der.boolean(true), der.octets(der.sequence(der.boolean(true))));
}

/** The bytes of an IPv4 address, or of `::1`. */
function address(ip: string): Buffer {
  if (isIP(ip) === 4) return Buffer.from(ip.split('.').map(Number));
  const [head = '', tail = ''] = ip.split('::');
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => parseInt(word, 16));
  const [before, after] = [words(head), words(tail)];
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

/** The emulator's certificate, and the invalid ones for faults. */
export interface Certificates {
  /** The authority's certificate, in PEM, for clients to trust. */
  readonly authority: string;
  readonly good: Certificate;
  readonly bad: (kind: 'expired' | 'foreign') => Certificate;
}

/** For `hosts` and for the service's host names of the regions. Dated by the clients' clock, not by the emulator's moved one. */
export function newCertificates(
  hosts: readonly string[],
  regions: readonly string[],
  { unmoved, random }: MovableClock,
): Certificates {
  const names = [
    ...new Set([...hosts, 'localhost', '127.0.0.1', '::1']),
    ...regions.flatMap((region) => [
      `streaming.${region}.oci.oraclecloud.com`,
      `*.streaming.${region}.oci.oraclecloud.com`,
    ]),
  ];
  const authority = newAuthority(unmoved(), random);
  return {
    authority: authority.cert,
    good: authority.issue(names),
    bad: (kind) =>
      kind === 'expired'
        ? authority.issue(names, true)
        : // Signed by another authority, which no client trusts.
          newAuthority(unmoved(), random).issue(names),
  };
}
