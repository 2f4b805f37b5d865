import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);
let expected: Promise<KeyObject> | undefined;

/**
 * Begins to look for the key that the next `newRsaKey` gives. Finding primes is luck: a search takes 20 to 160 ms on
 * another core, which whoever knows early that a key will be needed need not wait for.
 */
export function expectRsaKey(): void {
  expected ??= search();
  expected.catch(() => {});
}

/** A 2048-bit RSA key. */
export function newRsaKey(): Promise<KeyObject> {
  const found = expected ?? search();
  expected = undefined;
  return found;
}

async function search(): Promise<KeyObject> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return privateKey;
}
