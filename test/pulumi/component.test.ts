import { readFileSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownProgram } from './own-program.ts';
import { requiredEngine } from './required-engine.ts';
import { liveStreams, openStackWorld, primaryRegion, secondaryRegion } from './stack-world.ts';

const programs = requiredEngine('HaStream in a program of a user, on a real Pulumi engine') ?? '';
const repository = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(repository, 'README.md'), 'utf8');
const [, example = ''] = /^```ts pulumi\n(.*?)^```$/ms.exec(readme) ?? [];

describe.skipIf(programs === '')('HaStream in a program of a user', { timeout: 300_000 }, () => {
  it('J1, J5, J7, J10: two of them beside each other, in a compartment of the same program, as the README shows it', async () => {
    await using world = await openStackWorld(programs, 'as cloned', { fill: ownProgram(example) });
    const { stack } = world;
    await stack.must('stack', 'init', 'dev');
    // The compartment is not there yet: a preview cannot look into it.
    expect(await stack.must('preview')).toMatch(/oci-streaming-ha:infra:HaStream +clicks +create/);
    expect(await stack.up()).toMatchObject({ succeeded: true, warnings: [], errors: [] });
    const named = (region: string) =>
      liveStreams(world, region)
        .map(({ name }) => name)
        .toSorted();
    expect(named(primaryRegion)).toEqual(['clicks', 'orders']);
    expect(named(secondaryRegion)).toEqual(['orders-standby']);
    const [orders] = liveStreams(world, primaryRegion).filter(({ name }) => name === 'orders');
    expect(await stack.outputs()).toMatchObject({
      orders: { ocid: orders?.id, standby: liveStreams(world, secondaryRegion)[0]?.id },
    });
    expect(Object.keys((await stack.up()).changes)).toEqual(['same']);

    // Each keeps its own streams, and names itself; nothing of the other one is touched.
    const file = join(stack.directory, 'index.ts');
    const code = await readFile(file, 'utf8');
    await writeFile(file, code.replace("streamName: 'clicks'", "streamName: 'clicks', partitions: 4"));
    const refused = await stack.up();
    expect(refused.succeeded).toBe(false);
    expect(refused.errors.join('\n')).toMatch(
      /clicks \(ocid1\.stream\.\S+\) has partitions = 1; the configuration asks for 4/,
    );
    expect(refused.errors.join('\n')).not.toContain('orders (');
    await writeFile(file, code.replace("streamName: 'clicks'", "streamName: 'clicks', partition: 4"));
    expect((await stack.up()).errors.join('\n')).toContain("new HaStream('clicks', …) is wrong");
    await writeFile(file, code);
    expect(await stack.destroy()).toMatchObject({ succeeded: false });
    expect(Object.keys((await stack.up()).changes)).toEqual(['same']);
  });

  it('J1, J5: from a program of any language, through the provider of the package', async () => {
    const program = `
      import { ComponentResource, Config } from '@pulumi/pulumi';
      const args = { compartmentId: new Config().require('compartmentId'), partitions: new Config().getNumber('partitions') };
      const told = { primaryStreamOcid: undefined, secondaryStreamOcid: undefined, activeRegion: undefined };
      const remote = new ComponentResource('oci-streaming-ha:infra:HaStream', 'orders', { ...args, ...told }, {}, true);
      export const { primaryStreamOcid, activeRegion } = remote;
    `;
    await using world = await openStackWorld(programs, 'as cloned', {
      fill: async (directory) => {
        await ownProgram(program, { installed: false })(directory);
        const plugin = `plugins:\n  providers:\n    - name: oci-streaming-ha\n      path: ${join(repository, 'infra', 'plugin')}\n`;
        await appendFile(join(directory, 'Pulumi.yaml'), plugin);
      },
    });
    const { stack, emulator } = world;
    await stack.must('stack', 'init', 'dev');
    await stack.configure({ compartmentId: emulator.compartmentId });
    expect(await stack.up()).toMatchObject({ succeeded: true, warnings: [], errors: [] });
    const [made] = liveStreams(world, primaryRegion);
    expect(await stack.outputs()).toEqual({ primaryStreamOcid: made?.id, activeRegion: primaryRegion });
    expect(Object.keys((await stack.up()).changes)).toEqual(['same']);
    await stack.configure({ partitions: '3' });
    const refused = await stack.up();
    expect(refused.succeeded).toBe(false);
    expect(refused.errors.join('\n')).toContain('has partitions = 1; the configuration asks for 3');
    const schema = await stack.must(
      'package',
      'get-schema',
      join(repository, 'infra', 'plugin', 'pulumi-resource-oci-streaming-ha'),
    );
    expect(JSON.parse(schema)).toMatchObject({
      resources: { 'oci-streaming-ha:infra:HaStream': { isComponent: true } },
    });
  });
});
