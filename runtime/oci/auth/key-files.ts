import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';

import { HaError } from '../../errors.ts';
import type { Environment } from '../../settings/index.ts';
import { readSmallFile, whyUnreadable } from '../../small-file.ts';

export interface PrivateKey {
  /** PKCS#1, without a pass phrase: the SDK's own parser knows only some forms of encrypted keys. */
  readonly pem: string;
  /** As the OCI console shows it: MD5 of the public key; undefined if this machine forbids MD5. */
  readonly fingerprint: string | undefined;
}

/** Text of a file in UTF-8, or in UTF-16 with its mark, as Windows editors write it. Throws as `readSmallFile`. */
export function readText(path: string): string {
  const bytes = Buffer.from(readSmallFile(path));
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return bytes.toString('utf16le', 2);
  if (first === 0xfe && second === 0xff) return Buffer.from(bytes.subarray(2)).swap16().toString('utf16le');
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}

/**
 * Reads a private key from a file. `where`: for people, which field names it.
 * @throws HaError `CONFIG`
 */
export function readKeyFile(path: string, passphrase: string | undefined, where: string): PrivateKey {
  let text: string;
  try {
    text = readText(path);
  } catch (cause) {
    const what = whyUnreadable(cause);
    throw new HaError('CONFIG', `${where}: ${what}; correct it, or this user's rights to the file`, {
      cause,
    });
  }
  return parseKey(text, passphrase, where);
}

/**
 * A private key from its text.
 * @throws HaError `CONFIG`
 */
export function parseKey(text: string, passphrase: string | undefined, where: string): PrivateKey {
  // In an environment variable, line breaks are often written as `\n`.
  const pem = text.includes('\n') ? text : text.replaceAll('\\n', '\n');
  const key = openKey(pem, passphrase, where);
  if (key.asymmetricKeyType !== 'rsa') {
    throw new HaError('CONFIG', `${where}: a ${key.asymmetricKeyType} key; OCI signs with RSA keys only`);
  }
  return {
    pem: key.export({ type: 'pkcs1', format: 'pem' }).toString(),
    fingerprint: fingerprintOf(key),
  };
}

function openKey(pem: string, passphrase: string | undefined, where: string): KeyObject {
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (error) {
    // OpenSSL's messages do not help, and the cause is dropped because it could hold a part of the file.
    throw new HaError('CONFIG', `${where}: ${whyNot(pem, passphrase, error)}`);
  }
}

function whyNot(pem: string, passphrase: string | undefined, error: unknown): string {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return 'not a private key in PEM form (-----BEGIN … PRIVATE KEY-----)';
  }
  if (!/ENCRYPTED/.test(pem)) return 'damaged: it does not decode as a private key';
  if (passphrase === undefined) {
    return 'the key is encrypted and the profile has no pass_phrase (nor the environment OCI_CLI_PASSPHRASE)';
  }
  return `pass_phrase does not open it (${(error as NodeJS.ErrnoException).code ?? 'no reason given'})`;
}

function fingerprintOf(key: KeyObject): string | undefined {
  try {
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
    const hex = createHash('md5').update(spki).digest('hex');
    return hex.replace(/(..)(?=.)/g, '$1:');
  } catch {
    return undefined; // FIPS mode has no MD5
  }
}

/** A warning if others can read or change a file with a secret (C7). */
export function exposureWarnings(path: string, environment: Environment): string[] {
  if (process.platform === 'win32') return []; // Windows has no permission bits
  if (/^(true|1)$/i.test(environment['OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING'] ?? '')) return [];
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) === 0) return [];
  const quoted = `'${path.replaceAll("'", String.raw`'\''`)}'`;
  return [`${path} can be read or changed by others on this machine: chmod 600 ${quoted}`];
}
