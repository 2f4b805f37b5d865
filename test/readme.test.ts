import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { EmulatedWorld, SAO_PAULO } from './support/emulated-world.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** The code blocks of a language and kind: ```sh emulator. */
function blocks(language: string, kind: string): string[] {
  return [...readme.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)]
    .filter(([, found, its]) => found === language && its === kind)
    .map(([, , , code]) => code ?? '');
}

async function run(world: EmulatedWorld, program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: world.directory,
      NO_COLOR: '1',
      npm_config_update_notifier: 'false',
      // In CI there is a pulumi, and this is its project.
      PRIMARY_STREAM_OCID: world.primaryOcid,
      ...world.environment,
    },
  });
  return stdout;
}

const bash = (world: EmulatedWorld, script: string): Promise<string> =>
  run(world, 'bash', ['-euo', 'pipefail', '-c', script]);

test('every `npm run` and `npm start` names a script that there is', () => {
  const named = [...readme.matchAll(/npm (?:run (?:--silent )?)?(\w[\w:-]*)/g)].map(([, name]) => name ?? '');
  expect(named).toContain('producer');
  expect(named.filter((name) => !(name in scripts) && name !== 'ci' && name !== 'pack')).toEqual([]);
});

describe.concurrent('the code blocks of the README', () => {
  test('the two commands for a newcomer', () => {
    expect(blocks('sh', 'newcomer')).toEqual(['npm ci && npm start\n', 'npm ci && npm test\n']);
  });

  test('publish and read', { timeout: 60_000 }, async () => {
    await using world = await EmulatedWorld.start();
    const [script = ''] = blocks('sh', 'emulator');
    expect(await bash(world, script)).toMatch(/^active +sa-saopaulo-1 \(primary\)/m);
    expect(world.stored(SAO_PAULO)).toHaveLength(222);
    expect(world.stored(SAO_PAULO).filter(({ keyText }) => keyText === 'order-2')).toMatchObject([
      { text: 'paid' },
    ]);
  });

  test('from a shell, after a failover', { timeout: 60_000 }, async () => {
    await using world = await EmulatedWorld.start();
    const producer = await world.producer();
    await world.emulator.setFaults(SAO_PAULO, { refuse: true });
    const { stream } = await producer.send({ value: 'x' });
    await producer.close();
    const lines = blocks('sh', 'failed-over').flatMap((block) => block.trim().split('\n'));
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const here = line.replace('./stream.properties.env', `${world.recordFile}.env`);
      expect(await bash(world, `${here}\nprintf %s "$SECONDARY_STREAM_OCID"`)).toBe(stream);
    }
  });

  test('as a library', async () => {
    await using world = await EmulatedWorld.start();
    const [program = ''] = blocks('ts', 'emulator');
    const file = join(world.directory, 'program.ts');
    await writeFile(
      file,
      program.replace(`'oci-streaming-ha'`, JSON.stringify(join(root, 'runtime', 'index.ts'))),
    );
    const output = await run(world, process.execPath, [file]);
    expect(output).toMatch(/^sa-saopaulo-1 \d \d+\nsa-saopaulo-1 order-1 paid\n$/);
  });
});

test('the table of settings is not in the README: `--help` has it, and names every environment variable', async () => {
  await using world = await EmulatedWorld.start();
  const help = await run(world, process.execPath, [join(root, 'runtime', 'main.ts'), 'producer', '--help']);
  for (const name of [
    'OCI_COMPARTMENT_ID',
    'OCI_CONFIG_FILE',
    'OCI_CLI_PROFILE',
    'PRIMARY_STREAM_OCID',
    'OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1',
  ]) {
    expect(help).toContain(name);
  }
});
