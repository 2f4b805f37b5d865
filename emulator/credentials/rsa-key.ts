import { createPrivateKey, generatePrime, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

const prime = promisify<number, { bigint: true }, bigint>(generatePrime);
const EXPONENT = 65_537n;

/**
 * A 2048-bit RSA key. Not `generateKeyPair`: that looks for its two primes one after the other, and they are most of
 * what the emulator does before it is ready. Here each has a thread of its own.
 */
export async function newRsaKey(): Promise<KeyObject> {
  for (;;) {
    const [p, q] = await Promise.all([prime(1024, { bigint: true }), prime(1024, { bigint: true })]);
    const phi = (p - 1n) * (q - 1n);
    if (p === q || phi % EXPONENT === 0n) continue;
    const d = inverse(EXPONENT, phi);
    const numbers = { n: p * q, e: EXPONENT, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
    const jwk = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, base64url(value)]));
    return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' });
  }
}

/** The inverse of `a` modulo `m` (extended Euclid). */
function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, t0, t1] = [m, a % m, 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return ((t0 % m) + m) % m;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
