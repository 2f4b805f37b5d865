import { describe, expect, it } from 'vitest';
import { marks } from '../../infra/marks.ts';
import { compartmentId } from './example-configuration.ts';
import { exampleStream } from './example-stream.ts';
import { runProgram, type Run } from './program.ts';

const streamType = 'oci:Streaming/stream:Stream';
const names = (run: Run, type: string) =>
  run.resources.filter((made) => made.type === type).map(({ name }) => name);

describe('the program', () => {
  it('makes one stream, a provider for each region, and tells eight outputs', async () => {
    const run = await runProgram();
    expect(run.resources.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'pulumi:providers:oci sa-saopaulo-1',
      'pulumi:providers:oci sa-vinhedo-1',
      'oci-streaming-ha:infra:HaStream streams',
      'oci:Streaming/stream:Stream primary',
    ]);
    expect(run.outputs).toEqual({
      primaryStreamOcid: 'ocid1.primary.made',
      primaryStreamEndpoint: 'https://primary.example',
      primaryRegion: 'sa-saopaulo-1',
      secondaryStreamOcid: null,
      secondaryStreamEndpoint: null,
      secondaryRegion: 'sa-vinhedo-1',
      activeRegion: 'sa-saopaulo-1',
      compartmentId,
    });
    expect(run.warnings).toEqual([]);
  });

  it('reports the secondary that the runtime made', async () => {
    const live = exampleStream();
    const run = await runProgram({
      streams: { 'OCI-SECONDARY-STREAM': [live] },
      record: { activeRegion: 'sa-vinhedo-1' },
    });
    expect(names(run, streamType)).toEqual(['primary']);
    expect(run.outputs).toMatchObject({
      secondaryStreamOcid: live.ocid,
      secondaryStreamEndpoint: live.endpoint,
      activeRegion: 'sa-vinhedo-1',
    });
  });

  it('does not ask a primary region that the record calls out of use', async () => {
    const run = await runProgram({
      streams: { 'OCI-PRIMARY-STREAM': new Error('down') },
      record: { activeRegion: 'sa-vinhedo-1' },
    });
    expect(run.asked.filter((token) => token.endsWith(':getStreams'))).toHaveLength(1);
    expect(run.warnings).toEqual([]);
  });

  it('keeps what the record says when the secondary region does not answer', async () => {
    const secondary = { ocid: 'ocid1.stream.oc1.sa-vinhedo-1.r', endpoint: 'https://recorded.example' };
    const run = await runProgram({
      streams: { 'OCI-SECONDARY-STREAM': new Error('down') },
      record: { secondary },
    });
    expect(run.outputs).toMatchObject({
      secondaryStreamOcid: secondary.ocid,
      secondaryStreamEndpoint: secondary.endpoint,
    });
    expect(run.warnings).toEqual([expect.stringContaining(`kept ${secondary.ocid} from stream.properties`)]);
  });

  it('keeps what the last update told, on a machine without a record', async () => {
    const lastOutputs = {
      secondaryStreamOcid: 'ocid1.stream.oc1.sa-vinhedo-1.l',
      secondaryStreamEndpoint: 'https://last.example',
    };
    const run = await runProgram({ streams: { 'OCI-SECONDARY-STREAM': new Error('down') }, lastOutputs });
    expect(run.outputs).toMatchObject(lastOutputs);
    expect(run.warnings).toEqual([expect.stringContaining('from the last update')]);
  });

  it('goes on, guarded by protect alone, when the primary cannot be looked at', async () => {
    const run = await runProgram({ streams: { 'OCI-PRIMARY-STREAM': new Error('down') } });
    expect(names(run, streamType)).toEqual(['primary']);
    expect(run.warnings).toEqual([expect.stringContaining('only `protect` guards it')]);
  });

  it('declares both streams for a warm standby', async () => {
    const run = await runProgram({ configuration: { standby: 'warm' } });
    expect(names(run, streamType)).toEqual(['primary', 'secondary']);
    expect(run.outputs['secondaryStreamOcid']).toBe('ocid1.secondary.made');
  });

  it('keeps its own warm standby, whatever else is called so and recorded', async () => {
    const own = exampleStream({
      ocid: 'ocid1.stream.oc1.sa-vinhedo-1.own',
      freeformTags: marks('oci-streaming-ha/test'),
    });
    const other = exampleStream({ ocid: 'ocid1.stream.oc1.sa-vinhedo-1.other' });
    const run = await runProgram({
      configuration: { standby: 'warm' },
      streams: { 'OCI-SECONDARY-STREAM': [other, own] },
      record: { secondary: other },
    });
    expect(names(run, streamType)).toEqual(['primary', 'secondary']);
    expect(run.outputs['secondaryStreamOcid']).toBe('ocid1.secondary.made');
    expect(run.warnings).toEqual([expect.stringContaining(`perhaps remove: ${other.ocid}`)]);
  });

  it('writes the policies and the alarms that the configuration asks for', async () => {
    const run = await runProgram({
      configuration: {
        access: '{"producer":{"group":"writers"}}',
        alarms: '{"email":"ops@example.com"}',
        tags: '{"team":"payments"}',
      },
    });
    const statements = run.resources.find(({ name }) => name === 'access')?.inputs['statements'];
    expect(statements).toEqual([
      expect.stringMatching(
        /^Allow group writers to use stream-push .*'ocid1\.primary\.made', request\.region = 'vcp'/,
      ),
      expect.stringContaining('read streams'),
    ]);
    expect(names(run, 'oci:Monitoring/alarm:Alarm')).toEqual([
      'primary-put-throttled',
      'primary-get-throttled',
      'primary-silent',
    ]);
    const alarm = run.resources.find(({ name }) => name === 'primary-silent')?.inputs;
    expect(alarm).toMatchObject({
      namespace: 'oci_streaming',
      query: 'PutMessagesThroughput.Count[1m]{resourceId = "ocid1.primary.made"}.absent(15m)',
      destinations: ['ocid1.primary-alarms.made'],
      freeformTags: { team: 'payments' },
    });
  });

  // J6
  it.each([
    [{ partitions: '0' }, 'partitions = "0"'],
    [
      { compartmentId: 'ocid1.compartment.oc1..REPLACE-WITH-YOUR-COMPARTMENT' },
      'is the placeholder of the example',
    ],
    [{ secondaryRegion: 'xx-nowhere-1', access: '{}' }, 'OCI_REGION_METADATA'],
  ])('refuses %o before it registers or asks anything', async (configuration, words) => {
    const made: Run[] = [];
    await expect(runProgram({ configuration }).then((run) => made.push(run))).rejects.toThrow(words);
    expect(made).toEqual([]);
  });

  // J5
  it('refuses a change that would replace the primary', async () => {
    const live = exampleStream({
      name: 'OCI-PRIMARY-STREAM',
      retentionInHours: 24,
      freeformTags: marks('oci-streaming-ha/test'),
    });
    const world = { streams: { 'OCI-PRIMARY-STREAM': [live] }, configuration: { retentionInHours: '48' } };
    await expect(runProgram(world)).rejects.toThrow('the configuration asks for 1 and 48');
  });

  it('takes a stream of that name for its own only by its mark', async () => {
    const foreign = exampleStream({ name: 'OCI-PRIMARY-STREAM', partitions: 9 });
    const run = await runProgram({ streams: { 'OCI-PRIMARY-STREAM': [foreign] } });
    expect(names(run, streamType)).toEqual(['primary']);
  });
});
