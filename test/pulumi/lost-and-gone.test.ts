import { describe, expect, it } from 'vitest';
import { requiredEngine } from './required-engine.ts';
import {
  deleteByHand,
  liveStreams,
  makeSecondary,
  openStackWorld,
  primaryRegion,
  recordOf,
  secondaryRegion,
} from './stack-world.ts';
import { StackWorkspace } from './stack-workspace.ts';

const programs =
  requiredEngine('what a stack makes of lost answers and deleted streams, on a real Pulumi engine') ?? '';

describe.skipIf(programs === '')('lost answers and deleted streams', { timeout: 300_000 }, () => {
  it('J1: a stream whose creation was not answered is taken in by the next update, and belongs to the stack', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm', protect: 'false' });
    const { stack, emulator } = world;
    const lost = { reset: 'after', operation: 'CreateStream', count: 1 } as const;
    await emulator.setFaults(primaryRegion, lost);
    await emulator.setFaults(secondaryRegion, lost);
    // Else the failure of one may come before the other one is made.
    expect(await stack.up('--continue-on-error')).toMatchObject({ succeeded: false });
    const made = [primaryRegion, secondaryRegion].flatMap((region) => liveStreams(world, region));
    expect(made).toHaveLength(2);

    const next = await stack.up();
    expect(next).toMatchObject({ succeeded: true, changes: { import: 2 } });
    expect(
      next.warnings.filter((words) => words.includes('the answer to its creation was lost')),
    ).toHaveLength(2);
    expect(await stack.outputs()).toMatchObject({
      primaryStreamOcid: made[0]?.id,
      secondaryStreamOcid: made[1]?.id,
    });
    // From now on they are streams like any other of the stack: a change of tags reaches them, a destroy deletes them.
    await stack.configure({ tags: '{"team":"payments"}' });
    expect(await stack.up()).toMatchObject({ succeeded: true, warnings: [], changes: { update: 2 } });
    expect(liveStreams(world, primaryRegion)[0]?.freeformTags).toMatchObject({ team: 'payments' });
    expect(await stack.destroy()).toMatchObject({ succeeded: true });
    expect(liveStreams(world, primaryRegion)).toEqual([]);
  });

  it('J3: a stream that was deleted by hand is named no more, and the words that say how to make another one are right', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm' });
    const { stack } = world;
    await stack.up();
    const [primary] = liveStreams(world, primaryRegion);
    const [standby] = liveStreams(world, secondaryRegion);
    await deleteByHand(world, primaryRegion, primary?.id ?? '');
    await deleteByHand(world, secondaryRegion, standby?.id ?? '');
    const gone = await stack.up();
    expect(gone.succeeded).toBe(true);
    expect(gone.warnings).toEqual([
      expect.stringContaining(`The primary ${primary?.id} is gone`),
      expect.stringContaining(`The warm standby ${standby?.id} is gone`),
    ]);
    expect(await stack.outputs()).toMatchObject({
      primaryStreamOcid: null,
      primaryStreamEndpoint: null,
      secondaryStreamOcid: null,
      secondaryStreamEndpoint: null,
    });

    expect(gone.warnings.join('\n')).toContain('pulumi refresh --yes && pulumi up');
    await stack.must('refresh', '--yes', '--skip-preview');
    expect(await stack.up()).toMatchObject({ succeeded: true, warnings: [], changes: { create: 2 } });
    expect(await stack.outputs()).toMatchObject({
      primaryStreamOcid: liveStreams(world, primaryRegion)[0]?.id,
      secondaryStreamOcid: liveStreams(world, secondaryRegion)[0]?.id,
    });
  });

  it('J3: a secondary of the runtime that was deleted by hand is named no more, with a record of it and without', async () => {
    await using world = await openStackWorld(programs);
    const { stack } = world;
    await stack.up();
    const made = await makeSecondary(world);
    await stack.record(recordOf(made));
    await stack.up();
    await deleteByHand(world, secondaryRegion, made.id);
    for (const from of ['stream.properties', 'the last update']) {
      const { warnings } = await stack.up();
      expect(await stack.outputs()).toMatchObject({
        secondaryStreamOcid: null,
        secondaryStreamEndpoint: null,
      });
      if (from === 'stream.properties')
        expect(warnings.join('\n')).toContain(`${made.id} from ${from} is gone`);
      await stack.record('# empty\n');
    }
  });

  it('J6: two stacks in one compartment do not take each other’s streams, and are told what to type', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm' });
    const { stack, emulator } = world;
    await stack.up();
    await using other = await StackWorkspace.open({
      programs,
      regions: emulator.regions,
      initialized: false,
    });
    await other.must('stack', 'init', 'other');
    await other.configure({ compartmentId: emulator.compartmentId, standby: 'warm' });
    const first = await other.up();
    expect(first).toMatchObject({ succeeded: false });
    expect(first.errors.join('\n')).toContain('and the stack oci-streaming-ha/dev created it');
    expect(first.errors.join('\n')).toContain('pulumi config set streamName <name>');
    await other.configure({ streamName: 'OTHER' });
    expect((await other.up()).errors.join('\n')).toContain('pulumi config set secondaryStreamName <name>');
    await other.configure({ secondaryStreamName: 'OTHER-SECONDARY' });
    expect(await other.up()).toMatchObject({ succeeded: true, warnings: [] });
    expect(liveStreams(world, primaryRegion)).toHaveLength(2);
    expect(Object.keys((await stack.up()).changes)).toEqual(['same']);
  });
});
