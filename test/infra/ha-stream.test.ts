import { describe, expect, it } from 'vitest';
import { stackTags } from '../../infra/tags.ts';
import { compartmentId } from './example-configuration.ts';
import { exampleStream, ownedPrimary, ownedSecondary, stack } from './example-stream.ts';
import { runProgram, type Run } from './run-program.ts';

const streamType = 'oci:Streaming/stream:Stream';
const names = (run: Run, type: string) =>
  run.resources.filter((made) => made.type === type).map(({ name }) => name);
const primaryName = 'streams-primary-sa-saopaulo-1';
const secondaryName = 'streams-secondary-sa-vinhedo-1';
const lastOutputs = { protect: true };

describe('the program', () => {
  it('J1: makes one stream, a provider for each region, and tells eight outputs', async () => {
    const run = await runProgram();
    expect(run.resources.map(({ type, name }) => `${type} ${name}`).toSorted()).toEqual([
      'oci-streaming-ha:infra:HaStream streams',
      'oci-streaming-ha:infra:Protection streams-protected-until-pulumi-config-set-protect-false-and-pulumi-up',
      'oci:Streaming/stream:Stream streams-primary-sa-saopaulo-1',
      'pulumi:providers:oci streams-sa-saopaulo-1',
      'pulumi:providers:oci streams-sa-vinhedo-1',
    ]);
    expect(run.outputs).toEqual({
      primaryStreamOcid: `ocid1.${primaryName}.made`,
      primaryStreamEndpoint: `https://${primaryName}.example`,
      primaryRegion: 'sa-saopaulo-1',
      secondaryStreamOcid: null,
      secondaryStreamEndpoint: null,
      secondaryRegion: 'sa-vinhedo-1',
      activeRegion: 'sa-saopaulo-1',
      compartmentId,
    });
    expect(run.warnings).toEqual([]);
  });

  it('J3: reports the secondary that the runtime made', async () => {
    const live = exampleStream();
    const run = await runProgram({
      streams: { 'OCI-SECONDARY-STREAM': [live] },
      record: { activeRegion: 'sa-vinhedo-1' },
    });
    expect(names(run, streamType)).toEqual([primaryName]);
    expect(run.outputs).toMatchObject({
      secondaryStreamOcid: live.ocid,
      secondaryStreamEndpoint: live.endpoint,
      activeRegion: 'sa-vinhedo-1',
    });
  });

  it('J5: does not say of a stream that is gone, or not shown, that this update deletes it', async () => {
    const owned = [ownedPrimary()];
    const configuration = { partitions: '2', protect: 'false' };
    const down = { 'OCI-PRIMARY-STREAM': new Error('down') };
    for (const world of [{ gone: [owned[0]?.ocid ?? ''] }, { streams: down }]) {
      const { warnings } = await runProgram({
        owned,
        lastOutputs: { protect: false },
        configuration,
        ...world,
      });
      expect(warnings).toEqual([expect.stringMatching(/is gone|is not changed/)]);
    }
    const { warnings } = await runProgram({ owned, lastOutputs: { protect: false }, configuration });
    expect(warnings).toEqual([expect.stringContaining('This update deletes')]);
  });

  it('J10: declares both streams for a warm standby', async () => {
    const run = await runProgram({ configuration: { standby: 'warm' } });
    expect(names(run, streamType).toSorted()).toEqual([primaryName, secondaryName]);
    expect(run.outputs['secondaryStreamOcid']).toBe(`ocid1.${secondaryName}.made`);
  });

  it('J10: keeps its own warm standby, whatever else is called so and recorded', async () => {
    const own = ownedSecondary({ ocid: 'ocid1.stream.oc1.sa-vinhedo-1.own' });
    const other = exampleStream({ ocid: 'ocid1.stream.oc1.sa-vinhedo-1.other' });
    const run = await runProgram({
      configuration: { standby: 'warm' },
      owned: [ownedPrimary(), own],
      lastOutputs,
      streams: { 'OCI-SECONDARY-STREAM': [other, own] },
      record: { secondary: other },
    });
    expect(names(run, streamType).toSorted()).toEqual([primaryName, secondaryName]);
    expect(run.outputs['secondaryStreamOcid']).toBe(`ocid1.${secondaryName}.made`);
    expect(run.warnings).toEqual([]);
  });

  it('J1: writes the policies and the alarms that the configuration asks for', async () => {
    const run = await runProgram({
      configuration: {
        access: '{"producer":{"group":"writers"}}',
        alarms: '{"email":"ops@example.com"}',
        tags: '{"team":"payments"}',
      },
    });
    const statements = run.resources.find(({ name }) => name === 'streams-access-sa-saopaulo-1')?.inputs[
      'statements'
    ];
    expect(statements).toEqual([
      expect.stringMatching(
        /^Allow group writers to use stream-push .*'ocid1\.streams-primary-sa-saopaulo-1\.made', request\.region = 'vcp'/,
      ),
      expect.stringContaining('read streams'),
    ]);
    expect(names(run, 'oci:Monitoring/alarm:Alarm').toSorted()).toEqual([
      'streams-primary-get-throttled-sa-saopaulo-1',
      'streams-primary-put-throttled-sa-saopaulo-1',
      'streams-primary-silent-sa-saopaulo-1',
    ]);
    const alarm = run.resources.find(({ name }) => name === 'streams-primary-silent-sa-saopaulo-1')?.inputs;
    expect(alarm).toMatchObject({
      namespace: 'oci_streaming',
      query: `PutMessagesThroughput.Count[1m]{resourceId = "ocid1.${primaryName}.made"}.absent(15m)`,
      destinations: ['ocid1.streams-primary-alarms-sa-saopaulo-1.made'],
      freeformTags: { team: 'payments' },
    });
  });

  it('J1: makes a pool with a key and a private endpoint, and the stream in it', async () => {
    const primaryPool = {
      kmsKeyId: 'ocid1.key.oc1.sa-saopaulo-1.k',
      subnetId: 'ocid1.subnet.oc1.sa-saopaulo-1.s',
      nsgIds: ['ocid1.networksecuritygroup.oc1.sa-saopaulo-1.n'],
    };
    const run = await runProgram({ configuration: { primaryPool: JSON.stringify(primaryPool) } });
    const pool = run.resources.find(({ type }) => type === 'oci:Streaming/streamPool:StreamPool');
    expect(pool).toMatchObject({
      name: 'streams-primary-pool-sa-saopaulo-1',
      inputs: {
        name: 'oci-streaming-ha-test-streams-primary',
        compartmentId,
        customEncryptionKey: { kmsKeyId: primaryPool.kmsKeyId },
        privateEndpointSettings: { subnetId: primaryPool.subnetId, nsgIds: primaryPool.nsgIds },
      },
    });
    const stream = run.resources.find(({ type }) => type === streamType)?.inputs;
    expect(stream).toMatchObject({ streamPoolId: `ocid1.${pool?.name}.made` });
    expect(stream).not.toHaveProperty('compartmentId');
  });

  it.each([
    [{ partitions: '0' }, 'partitions = "0"'],
    [
      { compartmentId: 'ocid1.compartment.oc1..REPLACE-WITH-YOUR-COMPARTMENT' },
      'is the placeholder of the example',
    ],
    [{ secondaryRegion: 'xx-nowhere-1', access: '{"producer":{"group":"a"}}' }, 'OCI_REGION_METADATA'],
  ])('J6: refuses %o before it registers or asks anything', async (configuration, words) => {
    const made: Run[] = [];
    await expect(runProgram({ configuration }).then((run) => made.push(run))).rejects.toThrow(words);
    expect(made).toEqual([]);
  });

  it('J5: refuses a change that would replace the primary, and says so though its region is down', async () => {
    const world = {
      owned: [ownedPrimary()],
      streams: { 'OCI-PRIMARY-STREAM': new Error('down') },
      configuration: { retentionInHours: '48' },
    };
    await expect(runProgram(world)).rejects.toThrow(
      'has retentionInHours = 24; the configuration asks for 48',
    );
  });

  it('J5: changes nothing when the state cannot be read', async () => {
    await expect(runProgram({ stateFails: true })).rejects.toThrow(
      /organization\/oci-streaming-ha\/test cannot be read, so nothing was changed: .*no passphrase/,
    );
  });

  it('J1: takes in a stream of its own that is not in its state, and refuses one of somebody else', async () => {
    const own = exampleStream({ name: 'OCI-PRIMARY-STREAM', freeformTags: stackTags(stack) });
    const taken = await runProgram({ streams: { 'OCI-PRIMARY-STREAM': [own] } });
    expect(taken.warnings).toEqual([expect.stringContaining('It is imported into this stack.')]);
    const foreign = exampleStream({ name: 'OCI-PRIMARY-STREAM', partitions: 9 });
    await expect(runProgram({ streams: { 'OCI-PRIMARY-STREAM': [foreign] } })).rejects.toThrow(
      `already has a stream called OCI-PRIMARY-STREAM (${foreign.ocid}), and this stack did not create it`,
    );
  });
});
