import { chmod, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { COMMAND_LINE, type ProducerOptions } from '../../../runtime/settings/index.ts';
import { managerFrom, openConsumer, openProducer } from '../../../runtime/wiring/index.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../../support/emulated-world.ts';

/** A Pulumi project with a program called `pulumi` that writes down how it is called, and has no stack. */
async function pulumiProject(world: EmulatedWorld) {
  const { directory } = world;
  const file = join(directory, 'pulumi');
  await writeFile(join(directory, 'Pulumi.yaml'), 'name: x\n');
  await writeFile(
    file,
    `#!/bin/sh\necho "$1 $2" >> '${directory}/calls'\necho 'error: no stack selected' >&2\nexit 255\n`,
  );
  await chmod(file, 0o755);
  const environment = { ...world.environment, PATH: [directory, process.env['PATH']].join(delimiter) };
  return {
    context: { environment, directory },
    calls: (): Promise<string> => readFile(join(directory, 'calls'), 'utf8').catch(() => ''),
  };
}

describe.skipIf(process.platform === 'win32')(
  'a program of a user’s, in the directory of a Pulumi project',
  () => {
    test('J9: starts no pulumi, when it is opened or after a failover', async () => {
      await using world = await EmulatedWorld.start();
      const { context, calls } = await pulumiProject(world);
      const producer = await openProducer({}, context);
      await world.emulator.setFaults(SAO_PAULO, { status: 503 });
      expect((await producer.send({ value: 'x' })).region).toBe(VINHEDO);
      await producer.close();
      const consumer = await openConsumer({}, context);
      await consumer.close();
      expect(await calls()).toBe('');
    });

    test.each<[string, ProducerOptions]>([
      ['for the primary with stackOutputs', { stackOutputs: true }],
      ['after a failover with stackRefresh', { stackRefresh: true }],
    ])('J9: asks pulumi %s', async (_, options) => {
      await using world = await EmulatedWorld.start();
      const { context, calls } = await pulumiProject(world);
      await using producer = await openProducer(options, context);
      if (options.stackRefresh === true) {
        await world.emulator.setFaults(SAO_PAULO, { status: 503 });
        await producer.send({ value: 'x' });
        await producer.close();
      }
      expect(await calls()).toBe('stack output\n');
    });

    test('J9: the command line asks pulumi without being told', async () => {
      await using world = await EmulatedWorld.start();
      const { context, calls } = await pulumiProject(world);
      await using manager = await managerFrom({}, COMMAND_LINE, context);
      expect(manager.active?.role).toBe('primary');
      expect(await calls()).toBe('stack output\n');
    });
  },
);

test('C15: an OCID and an endpoint of different regions are refused by the name of the option, before any call', async () => {
  await using world = await EmulatedWorld.start();
  const options = {
    primaryStreamOcid: world.primaryOcid,
    primaryStreamEndpoint: 'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com',
  };
  const { OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1: _, ...environment } = world.environment;
  await expect(openProducer(options, { environment })).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(/^`primaryStreamEndpoint` \(PRIMARY_STREAM_ENDPOINT\) /) as string,
  });
});
