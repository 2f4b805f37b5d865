import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);
let expected: Promise<KeyObject> | undefined;

/**
 * Starts to generate the key that the next `newRsaKey` returns. That takes 20 to 160 ms on another core: a caller that knows early that
 * it needs a key does not have to wait for it.
 */
export function expectRsaKey(): void {
  expected ??= generateKey();
  expected.catch(() => {});
}

/** A 2048-bit RSA key. */
export function newRsaKey(): Promise<KeyObject> {
  const found = expected ?? generateKey();
  expected = undefined;
  return found;
}

async function generateKey(): Promise<KeyObject> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return privateKey;
}
