import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { openProducer } from '../../runtime/wiring/index.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

test('A17: the primary is the one of the flags, then of the environment, then of the outputs, then the one of that name', async () => {
  await using world = await EmulatedWorld.start();
  const [ofFlags = '', ofEnvironment = '', ofOutputs = ''] = await Promise.all(
    ['a', 'b', 'c'].map((name) => world.makeStream(SAO_PAULO, name, 1)),
  );
  const outputs = join(world.directory, 'outputs.json');
  await writeFile(
    outputs,
    JSON.stringify({
      primaryStreamOcid: ofOutputs,
      primaryStreamEndpoint: world.environment['OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1'],
      activeRegion: SAO_PAULO,
    }),
  );
  const flags = { primaryStreamOcid: ofFlags };
  const variables = { PRIMARY_STREAM_OCID: ofEnvironment };
  const streamOf = async (given: object, named: object): Promise<string> => {
    const environment = { ...world.environment, ...named };
    await using producer = await openProducer(given, { environment, directory: world.directory });
    return (await producer.send({ value: 'x' })).stream;
  };
  expect(await streamOf({ ...flags, outputs }, variables)).toBe(ofFlags);
  expect(await streamOf({ outputs }, variables)).toBe(ofEnvironment);
  expect(await streamOf({ outputs }, {})).toBe(ofOutputs);
  expect(await streamOf({}, {})).toBe(world.primaryOcid);
});

test('A17: started in an outage, what the stack says is enough to make the secondary and publish to it', async () => {
  await using world = await EmulatedWorld.start();
  const { OCI_COMPARTMENT_ID: compartmentId, ...environment } = world.environment;
  const outputs = join(world.directory, 'outputs.json');
  await writeFile(
    outputs,
    JSON.stringify({
      primaryStreamOcid: world.primaryOcid,
      primaryStreamEndpoint: world.environment['OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1'],
      activeRegion: SAO_PAULO,
      compartmentId,
    }),
  );
  await world.emulator.setFaults(SAO_PAULO, { status: 503 });
  await using producer = await openProducer({ outputs }, { environment, directory: world.directory });
  expect((await producer.send({ value: 'x' })).region).toBe(VINHEDO);
});
