import { describe, expect, it } from 'vitest';
import { requiredEngine } from './required-engine.ts';
import {
  changesMade,
  liveStreams,
  openStackWorld,
  primaryRegion,
  secondaryRegion,
  thirdRegion,
} from './stack-world.ts';

const programs = requiredEngine('what OCI fixes when it makes a stream, on a real Pulumi engine') ?? '';

describe.skipIf(programs === '')('what OCI fixes when it makes a stream', { timeout: 300_000 }, () => {
  it('J5: under protect no change of it does anything, even in an outage; the words say how it is done on purpose', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm' });
    const { stack, emulator } = world;
    await stack.up();
    const outputs = await stack.outputs();
    const made = changesMade(world);
    const otherPool = (region: string) => `ocid1.streampool.oc1.${region}.amaaaaaaother`;
    // Each key of an update is named; alone, each is refused too (test/infra/fixed-at-creation.test.ts).
    const updates: { [key: string]: string }[] = [
      { primaryRegion: thirdRegion, secondaryStreamName: 'OTHER-SECONDARY' },
      {
        secondaryRegion: thirdRegion,
        streamName: 'OTHER-PRIMARY',
        compartmentId: 'ocid1.compartment.oc1..aaaaaaaaanother',
      },
      { streamPoolId: otherPool(primaryRegion), secondaryStreamPoolId: otherPool(secondaryRegion) },
      { primaryPool: '{"kmsKeyId":"ocid1.key.oc1.sa-saopaulo-1.k"}', standby: 'onDemand' },
      { partitions: '3', retentionInHours: '48' },
    ];
    const asConfigured = await stack.configurationFile();
    for (const update of updates) {
      if ('partitions' in update) await emulator.setFaults(primaryRegion, { status: 503 });
      await stack.configure(update);
      const { succeeded, errors } = await stack.up();
      const words = errors.join('\n');
      expect.soft({ update, succeeded }).toEqual({ update, succeeded: false });
      expect.soft(words).toContain('protect is true. Nothing was changed.');
      for (const [key, wanted] of Object.entries(update)) {
        expect.soft(words).toMatch(new RegExp(`has .*\\b${key} = `));
        if (key !== 'primaryPool') expect.soft(words).toContain(`pulumi config set ${key} ${wanted}`);
      }
      await asConfigured.restore();
    }
    await emulator.clearFaults();
    expect(changesMade(world)).toEqual(made);
    expect(await stack.outputs()).toEqual(outputs);
    expect(await stack.must('preview', '--expect-no-changes')).toContain('unchanged');
  });

  it('J5: step by step as the words say: another region, and what the update does is said as it does it', async () => {
    await using world = await openStackWorld(programs);
    const { stack } = world;
    await stack.up();
    const [first] = liveStreams(world, primaryRegion);
    // Both at once: the old protection is still in the state, and the engine would refuse half way through.
    await stack.configure({ protect: 'false', primaryRegion: thirdRegion });
    const early = await stack.up();
    expect(early.errors.join('\n')).toContain('protect was true when the stack was last updated');
    expect(liveStreams(world, thirdRegion)).toEqual([]);

    await stack.configure({ primaryRegion });
    await stack.up();
    await stack.configure({ primaryRegion: thirdRegion });
    const moved = await stack.up();
    expect(moved).toMatchObject({ succeeded: true });
    expect(moved.warnings).toEqual([
      expect.stringContaining(`This update deletes ${first?.id} with every message`),
    ]);
    expect(liveStreams(world, primaryRegion)).toEqual([]);
    const [second] = liveStreams(world, thirdRegion);
    expect(await stack.outputs()).toMatchObject({
      primaryStreamOcid: second?.id,
      primaryRegion: thirdRegion,
      activeRegion: thirdRegion,
    });
    await stack.configure({ protect: 'true' });
    expect(await stack.up()).toMatchObject({ succeeded: true, warnings: [] });
    expect(await stack.destroy()).toMatchObject({ succeeded: false });
  });

  it('J5: on purpose: more partitions at once, and a standby no more', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm' });
    const { stack } = world;
    await stack.up();
    const [standby] = liveStreams(world, secondaryRegion);
    await stack.configure({ protect: 'false', partitions: '3' });
    const replaced = await stack.up();
    expect(replaced).toMatchObject({ succeeded: true, changes: { replace: 2 } });
    expect(replaced.warnings.join('\n')).toContain('This update deletes');
    const after = liveStreams(world, primaryRegion);
    expect(after.map(({ partitions }) => partitions.length)).toEqual([3]);

    await stack.configure({ standby: 'onDemand' });
    const removed = await stack.up();
    expect(removed).toMatchObject({ succeeded: true, changes: { delete: 1 } });
    expect(liveStreams(world, secondaryRegion)).toEqual([]);
    expect(standby?.id).toBeDefined();
    expect(await stack.outputs()).toMatchObject({ secondaryStreamOcid: null, secondaryStreamEndpoint: null });
  });

  it('J2: the region of a secondary that the runtime makes can change at any time, and the old one is not named beside it', async () => {
    await using world = await openStackWorld(programs);
    const { stack } = world;
    await stack.up();
    await stack.configure({ secondaryRegion: thirdRegion });
    expect(await stack.up()).toMatchObject({ succeeded: true, warnings: [] });
    expect(await stack.outputs()).toMatchObject({ secondaryRegion: thirdRegion, secondaryStreamOcid: null });
    expect(await stack.must('preview', '--expect-no-changes')).toContain('unchanged');
  });
});
