import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { requiredEngine } from './required-engine.ts';
import { userEnvironment } from './run-producer.ts';
import { liveStreams, makeSecondary, openStackWorld, primaryRegion, secondaryRegion } from './stack-world.ts';

const programs = requiredEngine("the README's pulumi commands") ?? '';
const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```sh pulumi\n(.*?)^```$/gms)].map(([, commands]) => commands ?? '');

describe.skipIf(programs === '')('the README on pulumi', { timeout: 300_000 }, () => {
  it('J1, J7: provisions, runs, reads outputs, gives policies and tears down, word for word, and leaves tracked files as they were', async () => {
    await using world = await openStackWorld(programs, 'as cloned');
    const { stack, emulator } = world;
    const run = async (commands: string): Promise<string> => {
      const options = { cwd: stack.directory, env: userEnvironment(world) };
      return (await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], options)).stdout;
    };
    const tracked = ['Pulumi.yaml', 'Pulumi.dev.yaml', 'package.json'].map((name) =>
      join(stack.directory, name),
    );
    const before = await Promise.all(tracked.map((file) => readFile(file, 'utf8')));
    const [provision = '', policies = '', teardown = '', ...more] = blocks;
    expect(more).toEqual([]);

    const provisioned = await run(provision);
    const [primary] = liveStreams(world, primaryRegion);
    expect(provisioned).toContain(`primaryStreamOcid        ${primary?.id}`);
    expect(emulator.ledger({ region: primaryRegion })).toHaveLength(20);
    const saved = await readFile(join(stack.directory, 'outputs.json'), 'utf8');
    expect(JSON.parse(saved)).toMatchObject({ primaryStreamOcid: primary?.id, activeRegion: primaryRegion });

    expect(await run(policies)).toMatch(/oci:Identity:Policy streams-access-sa-saopaulo-1 created/);
    expect(liveStreams(world, primaryRegion)).toEqual([
      primary && expect.objectContaining({ id: primary.id }),
    ]);

    const made = await makeSecondary(world);
    await run(teardown);
    expect(liveStreams(world, primaryRegion)).toEqual([]);
    expect(liveStreams(world, secondaryRegion).map(({ id }) => id)).toEqual([made.id]);
    expect(await Promise.all(tracked.map((file) => readFile(file, 'utf8')))).toEqual(before);
  });
});
