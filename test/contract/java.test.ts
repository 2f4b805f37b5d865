import { join } from 'node:path';
import common from 'oci-common';
import { StreamAdminClient } from 'oci-streaming';
import { describe, expect, it } from 'vitest';
import { saveSecondaryStream } from '../../runtime/index.ts';
import { java } from './clients.ts';
import { describeContract } from './contract.ts';
import { linesOf, type Seen } from './walk.ts';
import { openContractWorld, type ContractWorld } from './world.ts';

const walker = java('Walk');

describe.skipIf(walker === undefined)('the Java SDK', () => {
  if (walker !== undefined) describeContract(walker);
});

describe.skipIf(walker === undefined)('a Java program that follows a failover', () => {
  it('reads our stream.properties with java.util.Properties, and puts to the stream that is named there', async () => {
    await using world = await openContractWorld();
    const { emulator, described, directory } = world;
    const [ocid, endpoint] = [await newStream(world, 'sa-vinhedo-1'), emulator.regions['sa-vinhedo-1']!];
    const file = join(directory, 'stream.properties');
    await saveSecondaryStream(ocid, endpoint, file);

    const program = java('PutToRecorded')!;
    const [recorded, seen] = await linesOf(program, [JSON.stringify(described), file], directory);
    expect(recorded).toEqual({ SECONDARY_STREAM_OCID: ocid, SECONDARY_STREAM_ENDPOINT: endpoint });
    expect(seen as Seen).toMatchObject({ status: 200, body: { failures: 0 } });
    expect(emulator.ledger()).toMatchObject([
      { streamId: ocid, region: 'sa-vinhedo-1', value: base64('from Java') },
    ]);
  }, 60_000);
});

async function newStream({ emulator, described }: ContractWorld, region: string): Promise<string> {
  const authenticationDetailsProvider = new common.ConfigFileAuthenticationDetailsProvider(
    described['configFile'],
  );
  const admin = new StreamAdminClient({ authenticationDetailsProvider });
  admin.endpoint = emulator.regions[region]!;
  const createStreamDetails = { name: 'orders', partitions: 1, compartmentId: emulator.compartmentId };
  const { stream } = await admin.createStream({ createStreamDetails });
  emulator.clock.advance(1000);
  admin.close();
  return stream.id;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
