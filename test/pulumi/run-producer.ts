import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Ran } from './stack-workspace.ts';
import type { StackWorld } from './stack-world.ts';

const commandLine = join(import.meta.dirname, '..', '..', 'runtime', 'main.ts');

/**
 * Runs `npm run producer` in the stack's project, on the emulator, to its end. Which stream is the primary it is told
 * from the stack's outputs, by the variables that a user would set.
 */
export async function runProducer({ emulator, stack }: StackWorld, ...flags: string[]): Promise<Ran> {
  const { primaryStreamOcid, primaryStreamEndpoint } = await stack.outputs();
  const endpoints = Object.entries(emulator.regions).map(([region, url]) => [
    `OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`,
    url,
  ]);
  const child = spawn(process.execPath, [commandLine, 'producer', ...flags], {
    cwd: stack.directory,
    env: {
      ...process.env,
      ...(Object.fromEntries(endpoints) as NodeJS.ProcessEnv),
      OCI_CONFIG_FILE: emulator.configFile,
      OCI_COMPARTMENT_ID: emulator.compartmentId,
      OCI_STREAMING_EXPORT_ENV: 'process',
      PRIMARY_STREAM_OCID: primaryStreamOcid ?? '',
      PRIMARY_STREAM_ENDPOINT: primaryStreamEndpoint ?? '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (exit) => resolve(exit ?? 1));
  });
  const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), code]);
  return { code: exit, stdout, stderr };
}
