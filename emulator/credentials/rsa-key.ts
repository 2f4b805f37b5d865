import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

/**
 * A 2048-bit RSA key: the first of two that are looked for side by side. Finding primes is luck, and most of what the
 * emulator does before it is ready: one search takes 20 to 160 ms, the luckier of two half of that.
 */
export async function newRsaKey(): Promise<KeyObject> {
  const search = (): Promise<{ privateKey: KeyObject }> => generate('rsa', { modulusLength: 2048 });
  const { privateKey } = await Promise.race([search(), search()]);
  return privateKey;
}
