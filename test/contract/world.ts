import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEmulator, systemClock, type Emulator } from '../../emulator/index.ts';

/** The emulator, as a client is told of it: all that it needs, and the same for each. */
export interface ContractWorld {
  readonly emulator: Emulator;
  /** What each client program gets as its argument. */
  readonly described: Readonly<Record<string, string>>;
  readonly directory: string;
  [Symbol.asyncDispose](): Promise<void>;
}

export const REGION = 'sa-saopaulo-1';

/**
 * An emulator that checks every signature and whose time stands still unless a client moves it, so that its limits
 * are met at the same call on any machine.
 */
export async function openContractWorld(): Promise<ContractWorld> {
  const begin = Date.now();
  const emulator = await startEmulator({
    signatures: 'required',
    createDelayMs: 1000,
    limits: { getsPerSecond: 5, putBytesPerSecond: 1_000_000 },
    users: { READER: ['read streams', 'use stream-pull'] },
    clock: { ...systemClock, now: () => begin },
  });
  const directory = mkdtempSync(join(tmpdir(), 'contract-'));
  return {
    emulator,
    directory,
    described: {
      endpoint: emulator.regions[REGION]!,
      region: REGION,
      control: emulator.control,
      configFile: withImpostors(emulator.configFile, directory),
      compartmentId: emulator.compartmentId,
      otherCompartmentId: 'ocid1.compartment.oc1..other',
      unknownStreamId: `ocid1.stream.oc1.${REGION}.amaaaaaaunknown`,
    },
    async [Symbol.asyncDispose]() {
      rmSync(directory, { recursive: true, force: true });
      await emulator.close();
    },
  };
}

/** The emulator's config file with two more profiles: FORGER signs with another key, STRANGER's is known to nobody. */
function withImpostors(configFile: string, directory: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keyFile = join(directory, 'other.pem');
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const config = readFileSync(configFile, 'utf8');
  const own = /^\[DEFAULT\]\n((?:\w+=.*\n)+)/m.exec(config)![1]!;
  const forger = own.replace(/^key_file=.*$/m, `key_file=${keyFile}`);
  const stranger = forger.replace(/^fingerprint=.*$/m, `fingerprint=${Array(16).fill('0f').join(':')}`);
  const file = join(directory, 'config');
  writeFileSync(file, `${config}\n[FORGER]\n${forger}\n[STRANGER]\n${stranger}`, { mode: 0o600 });
  return file;
}
