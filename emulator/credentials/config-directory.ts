import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Who signs, as an OCI config file says it. */
export interface Identity {
  readonly tenancy: string;
  readonly user: string;
  readonly key: KeyObject;
}

/** `aa:bb:…`: the MD5 of the public key in DER form, as the console shows it. */
export function fingerprintOf(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return createHash('md5').update(der).digest('hex').match(/../g)!.join(':');
}

/**
 * A temporary directory with an OCI config file and its key, readable by this user alone, so that any official
 * client can use the emulator through its own config loader. `remove` is safe to call twice; it also runs at exit.
 */
export function writeConfigDirectory({ tenancy, user, key }: Identity, region: string) {
  const directory = mkdtempSync(join(tmpdir(), 'oci-streaming-emulator-'));
  const remove = (): void => {
    process.removeListener('exit', remove);
    rmSync(directory, { recursive: true, force: true });
  };
  process.on('exit', remove);

  const keyFile = join(directory, 'key.pem');
  const configFile = join(directory, 'config');
  writeFileSync(keyFile, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const lines = [
    '[DEFAULT]',
    `user=${user}`,
    `fingerprint=${fingerprintOf(key)}`,
    `tenancy=${tenancy}`,
    `region=${region}`,
    `key_file=${keyFile}`,
  ];
  writeFileSync(configFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { configFile, remove };
}
