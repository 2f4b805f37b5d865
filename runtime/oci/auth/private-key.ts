import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

import { HaError } from '../../errors.ts';
import { expandHome, type Profile } from './config-file.ts';

export interface PrivateKey {
  /** PKCS#1, without a pass phrase: the SDK's own parser knows only some forms of encrypted keys. */
  readonly pem: string;
  /** As the console shows it: MD5 over the public key; undefined where the machine forbids MD5. */
  readonly fingerprint: string | undefined;
  /** What a person should know although it works. */
  readonly warnings: readonly string[];
}

/** Reads `key_file` (with `pass_phrase`) of a profile. Throws `CONFIG` errors that name file, profile and field. */
export function readPrivateKey(profile: Profile, keyFile: string): PrivateKey {
  const path = expandHome(keyFile);
  const where = `${profile.file}, profile ${profile.name}, key_file ${path}`;
  const key = parse(read(path, where), profile.get('pass_phrase'), where);
  if (key.asymmetricKeyType !== 'rsa') {
    throw new HaError('CONFIG', `${where}: a ${key.asymmetricKeyType} key; OCI signs with RSA keys only`);
  }
  const pem = key.export({ type: 'pkcs1', format: 'pem' }).toString();
  return { pem, fingerprint: fingerprintOf(key), warnings: exposure(path) };
}

function read(path: string, where: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? String(cause)})`;
    throw new HaError('CONFIG', `${where}: ${what}; correct key_file, or this user's rights to it`, {
      cause,
    });
  }
}

function parse(pem: string, passphrase: string | undefined, where: string): KeyObject {
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (error) {
    // OpenSSL's words are for its own authors, and no cause is kept: it could hold a part of the file.
    throw new HaError('CONFIG', `${where}: ${whyNot(pem, passphrase, error)}`);
  }
}

function whyNot(pem: string, passphrase: string | undefined, error: unknown): string {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return 'not a private key in PEM form (-----BEGIN … PRIVATE KEY-----)';
  }
  if (!/ENCRYPTED/.test(pem)) return 'damaged: it does not decode as a private key';
  if (passphrase === undefined) return 'the key is encrypted and the profile has no pass_phrase';
  return `pass_phrase does not open it (${(error as NodeJS.ErrnoException).code ?? 'no reason given'})`;
}

function fingerprintOf(key: KeyObject): string | undefined {
  try {
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
    const hex = createHash('md5').update(spki).digest('hex');
    return hex.replace(/(..)(?=.)/g, '$1:');
  } catch {
    return undefined; // FIPS mode knows no MD5
  }
}

function exposure(path: string): string[] {
  if (process.platform === 'win32') return []; // modes mean nothing there
  const others = statSync(path).mode & 0o077;
  return others === 0
    ? []
    : [`${path} can be read or changed by others on this machine: chmod 600 '${path}'`];
}
