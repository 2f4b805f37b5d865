import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusePipe } from '../refuse-pipe.ts';
import type { Identity } from './identities.ts';

/** `aa:bb:…`: the MD5 of the public key in DER form, as the OCI console shows it. */
export function fingerprintOf(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return createHash('md5').update(der).digest('hex').match(/../g)!.join(':');
}

/** One exit hook for all emulators of the process: a hook for each would exceed Node's limit of listeners in a test suite. */
const temporary = new Set<string>();
process.on('exit', () => {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true });
});

/**
 * A directory with an OCI config file and its keys, readable only by this user. Official clients load it as any other config file.
 * Without `kept` it is temporary: `remove` (safe to call twice) or the end of the process deletes it.
 */
export function makeConfigDirectory(kept?: string) {
  const directory = kept ?? mkdtempSync(join(tmpdir(), 'oci-streaming-emulator-'));
  if (kept === undefined) temporary.add(directory);
  const remove = (): void => {
    if (temporary.delete(directory)) rmSync(directory, { recursive: true, force: true });
  };
  const write = (name: string, text: string): string => {
    const file = join(directory, name);
    refusePipe(file, 'remove it');
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };

  return {
    remove,
    /** Writes two profiles for each identity: with its API key, and with its session token. Returns the path of the config file. */
    writeConfig(identities: readonly Identity[], region: string): string {
      const sections = identities.map(({ profile, tenancy, user, key, session }) => {
        const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
        // Without this label the `oci` command prints a warning at every call.
        const keyFile = write(`${profile}.pem`, `${pem}OCI_API_KEY\n`);
        const tokenFile = write(`${profile}.token`, session.text);
        const lines = [
          `user=${user}`,
          `fingerprint=${fingerprintOf(key)}`,
          `tenancy=${tenancy}`,
          `region=${region}`,
          `key_file=${keyFile}`,
        ];
        const withToken = [...lines, `security_token_file=${tokenFile}`];
        return [`[${profile}]`, ...lines, '', `[${profile}_SESSION]`, ...withToken, ''].join('\n');
      });
      return write('config', sections.join('\n'));
    },
    /** Writes the certificate to trust. Returns its path. */
    writeCertificate: (cert: string): string => write('ca.pem', cert),
  };
}
