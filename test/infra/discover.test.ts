import { describe, expect, it } from 'vitest';
import { ownedPrimary, ownedSecondary } from './example-stream.ts';
import { runProgram } from './run-program.ts';

const primaryName = 'streams-primary-sa-saopaulo-1';
const lastOutputs = { protect: true };

describe('what the regions are asked, and what their answers mean', () => {
  it('J3: does not ask a primary region that the record calls out of use', async () => {
    const run = await runProgram({
      owned: [ownedPrimary()],
      lastOutputs,
      streams: { 'OCI-PRIMARY-STREAM': new Error('down') },
      record: { activeRegion: 'sa-vinhedo-1' },
    });
    expect(run.asked.filter((token) => /getStreams?$/.test(token))).toEqual([
      'oci:Streaming/getStreams:getStreams',
    ]);
    expect(run.warnings).toEqual([]);
  });

  it('J4: keeps what the record says when the secondary region does not answer', async () => {
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

  it('J4: keeps what the last update told, on a machine without a record, of this region only', async () => {
    const last = {
      secondaryStreamOcid: 'ocid1.stream.oc1.sa-vinhedo-1.l',
      secondaryStreamEndpoint: 'https://last.example',
    };
    const streams = { 'OCI-SECONDARY-STREAM': new Error('down') };
    const kept = await runProgram({ streams, lastOutputs: { ...last, secondaryRegion: 'sa-vinhedo-1' } });
    expect(kept.outputs).toMatchObject(last);
    expect(kept.warnings).toEqual([expect.stringContaining('from the last update')]);
    const moved = await runProgram({ streams, lastOutputs: { ...last, secondaryRegion: 'sa-santiago-1' } });
    expect(moved.outputs['secondaryStreamOcid']).toBeNull();
  });

  it('J4: leaves a primary as it is that its region does not show', async () => {
    const run = await runProgram({
      owned: [ownedPrimary()],
      lastOutputs,
      streams: { 'OCI-PRIMARY-STREAM': new Error('down') },
    });
    expect(run.resources.map(({ name }) => name)).toContain(primaryName);
    expect(run.warnings).toEqual([
      expect.stringMatching(/did not describe the primary.*is not changed: .*down/),
    ]);
  });

  it.each([
    ['primary', 'primaryStream'],
    ['warm standby', 'secondaryStream'],
  ])(
    'J3: the outputs do not name a %s that is known to be gone, and a warning says what to type',
    async (what, output) => {
      const owned = [ownedPrimary(), ownedSecondary()];
      const gone = [owned[what === 'primary' ? 0 : 1]?.ocid ?? ''];
      const run = await runProgram({ owned, gone, lastOutputs, configuration: { standby: 'warm' } });
      expect(run.outputs).toMatchObject({ [`${output}Ocid`]: null, [`${output}Endpoint`]: null });
      expect(Object.values(run.outputs).filter((value) => value === null)).toHaveLength(2);
      expect(run.warnings).toEqual([
        expect.stringContaining(
          `The ${what} ${gone[0]} is gone: it was deleted, or this user may not see it.`,
        ),
      ]);
      expect(run.warnings[0]).toContain('pulumi refresh --yes && pulumi up');
    },
  );

  it('J4: a stream that the user may not read is not taken for gone', async () => {
    const owned = [ownedPrimary()];
    const listed = await runProgram({ owned, lastOutputs, mayRead: false });
    expect(listed.warnings).toEqual([]);
    expect(listed.outputs['primaryStreamOcid']).toBe(`ocid1.${primaryName}.made`);
    const neither = await runProgram({ owned, lastOutputs, mayRead: false, mayList: false });
    expect(neither.warnings).toEqual([expect.stringMatching(/did not describe the primary.*is not changed/)]);
    expect(neither.outputs['primaryStreamOcid']).toBe(`ocid1.${primaryName}.made`);
  });
});
