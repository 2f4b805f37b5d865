import { describe, expect, it } from 'vitest';
import { requiredEngine } from './required-engine.ts';
import {
  liveStreams,
  makeSecondary,
  openStackWorld,
  primaryRegion,
  recordOf,
  secondaryRegion,
} from './stack-world.ts';

const programs = requiredEngine('the standby on a real Pulumi engine') ?? '';

describe.skipIf(programs === '')('the standby', { timeout: 300_000 }, () => {
  it('J10, D16: is a stream of the stack when it is warm, left alone while its region is blind', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm', partitions: '2' });
    expect(await world.stack.up()).toMatchObject({ succeeded: true, warnings: [] });
    const [standby] = liveStreams(world, secondaryRegion);
    expect(standby).toMatchObject({ name: 'OCI-SECONDARY-STREAM', lifecycleState: 'ACTIVE' });
    expect(standby?.partitions).toHaveLength(2);
    expect(await world.stack.outputs()).toMatchObject({
      secondaryStreamOcid: standby?.id,
      secondaryStreamEndpoint: world.emulator.regions[secondaryRegion],
    });
    expect(Object.keys((await world.stack.up()).changes)).toEqual(['same']);

    await world.emulator.setFaults(secondaryRegion, { status: 503 });
    const blind = await world.stack.up();
    expect(blind).toMatchObject({ succeeded: true });
    expect(Object.keys(blind.changes)).toEqual(['same']);
  });

  it('J10: is adopted as it is where the runtime has made one, and left when the stack goes', async () => {
    await using world = await openStackWorld(programs, { protect: 'false' });
    await world.stack.up();
    const made = await makeSecondary(world, 3);
    await world.stack.configure({ standby: 'warm' });
    expect(await world.stack.up()).toMatchObject({ succeeded: true, changes: { import: 1 } });
    expect(await world.stack.outputs()).toMatchObject({ secondaryStreamOcid: made.id });
    expect(Object.keys((await world.stack.up()).changes)).toEqual(['same']);

    expect(await world.stack.destroy()).toMatchObject({ succeeded: true });
    expect(liveStreams(world, primaryRegion)).toEqual([]);
    const left = liveStreams(world, secondaryRegion);
    expect(left).toEqual([
      expect.objectContaining({ id: made.id, freeformTags: { 'created-by': 'oci-streaming-ha' } }),
    ]);
    expect(left[0]?.partitions).toHaveLength(3);
  });

  it('D12: is one stream when the runtime makes it at the same moment', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm' });
    // The stack has looked and found none; its create call is on its way when the runtime's arrives.
    await world.emulator.setFaults(secondaryRegion, { operation: 'CreateStream', latencyMs: 1000, count: 1 });
    const racing = world.stack.up();
    await expect.poll(() => world.emulator.faults()[secondaryRegion]?.[0]?.hits, { timeout: 30_000 }).toBe(1);
    const made = await makeSecondary(world);
    const lost = await racing;
    expect(lost.succeeded).toBe(false);
    expect(lost.errors.join('\n')).toContain('409');

    expect(await world.stack.up()).toMatchObject({ succeeded: true, changes: { import: 1 } });
    expect(liveStreams(world, secondaryRegion).map(({ id }) => id)).toEqual([made.id]);
    expect(await world.stack.outputs()).toMatchObject({ secondaryStreamOcid: made.id });
  });

  it('J3: changes neither policies nor alarms when it comes about', async () => {
    const access = '{"producer":{"group":"writers"},"provisioner":{"dynamicGroup":"ops"}}';
    await using world = await openStackWorld(programs, { access, alarms: '{"email":"ops@example.com"}' });
    // Stack, component, two providers, stream, policy, topic, subscription, three alarms, protection.
    expect(await world.stack.up()).toMatchObject({ succeeded: true, changes: { create: 12 } });
    await world.stack.record(recordOf(await makeSecondary(world)));
    expect(Object.keys((await world.stack.up()).changes)).toEqual(['same']);
  });
});
