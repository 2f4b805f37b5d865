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

const programs = requiredEngine('the stack on a real Pulumi engine (test/pulumi)') ?? '';
const unseen = 'ocid1.stream.oc1.sa-vinhedo-1.amaaaaaaunseen';

describe.skipIf(programs === '')('the stack', { timeout: 60_000 }, () => {
  it('J1, J2: makes one stream, tells where it is, and changes nothing the second time', async () => {
    await using world = await openStackWorld(programs);
    const first = await world.stack.up();
    expect(first).toMatchObject({ succeeded: true, warnings: [], errors: [] });
    const [primary, ...others] = liveStreams(world, primaryRegion);
    expect(others).toEqual([]);
    expect(liveStreams(world, secondaryRegion)).toEqual([]);
    expect(primary).toMatchObject({ name: 'OCI-PRIMARY-STREAM', retentionInHours: 24 });
    expect(await world.stack.outputs()).toEqual({
      primaryStreamOcid: primary?.id,
      primaryStreamEndpoint: world.emulator.regions[primaryRegion],
      primaryRegion,
      secondaryStreamOcid: null,
      secondaryStreamEndpoint: null,
      secondaryRegion,
      activeRegion: primaryRegion,
    });

    const second = await world.stack.up();
    expect(Object.keys(second.changes)).toEqual(['same']);
  });

  it('J3, J4: reports the emergency secondary, and goes on reporting it when nobody can see it', async () => {
    await using world = await openStackWorld(programs);
    await world.stack.up();
    const made = await makeSecondary(world);
    await world.stack.record(recordOf(made));

    const found = await world.stack.up();
    expect(Object.keys(found.changes)).toEqual(['same']);
    const reported = {
      secondaryStreamOcid: made.id,
      secondaryStreamEndpoint: made.messagesEndpoint,
      activeRegion: secondaryRegion,
    };
    expect(await world.stack.outputs()).toMatchObject(reported);
    expect(liveStreams(world, primaryRegion)).toHaveLength(1);
    expect(liveStreams(world, secondaryRegion)).toHaveLength(1);

    await world.emulator.setFaults(secondaryRegion, { status: 503 });
    const blind = await world.stack.up();
    expect(blind.succeeded).toBe(true);
    expect(blind.warnings).toEqual([expect.stringContaining(`kept ${made.id} from stream.properties`)]);
    expect(await world.stack.outputs()).toMatchObject(reported);

    // Another machine: no record either.
    await world.stack.record('# empty\n');
    const elsewhere = await world.stack.up();
    expect(elsewhere.warnings).toEqual([expect.stringContaining(`kept ${made.id} from the last update`)]);
    expect(await world.stack.outputs()).toMatchObject({ ...reported, activeRegion: primaryRegion });
  });

  it('takes the news of a failover while the primary region is dead', async () => {
    await using world = await openStackWorld(programs);
    await world.stack.up();
    const made = await makeSecondary(world);
    await world.stack.record(recordOf(made));
    await world.emulator.setFaults(primaryRegion, { status: 500 });
    expect(await world.stack.up()).toMatchObject({ succeeded: true, warnings: [] });
    expect(await world.stack.outputs()).toMatchObject({
      secondaryStreamOcid: made.id,
      activeRegion: secondaryRegion,
    });
  });

  it('J5: refuses another number of partitions or hours, in words; by protect alone when the region is blind', async () => {
    await using world = await openStackWorld(programs);
    await world.stack.up();
    const before = liveStreams(world, primaryRegion);
    await world.stack.configure({ partitions: '3' });
    const refused = await world.stack.up();
    expect(refused.succeeded).toBe(false);
    expect(refused.errors.join('\n')).toContain('the configuration asks for 3 and 24');
    expect(refused.errors.join('\n')).toContain('with every message in it');

    await world.emulator.setFaults(primaryRegion, { status: 503, operation: ['ListStreams', 'GetStream'] });
    const blind = await world.stack.up();
    expect(blind.succeeded).toBe(false);
    expect(blind.errors.join('\n')).toContain('marked for protection');
    await world.emulator.clearFaults();
    expect(liveStreams(world, primaryRegion)).toEqual(before);

    // On purpose, step by step as the words say.
    await world.stack.configure({ partitions: '1', protect: 'false' });
    expect(await world.stack.up()).toMatchObject({ succeeded: true });
    await world.stack.configure({ partitions: '3' });
    const replaced = await world.stack.up();
    expect(replaced).toMatchObject({ succeeded: true, changes: { replace: 1 } });
    expect(replaced.warnings.join('\n')).toContain('with every message in it');
    const after = liveStreams(world, primaryRegion);
    expect(after).toEqual([expect.objectContaining({ name: 'OCI-PRIMARY-STREAM' })]);
    expect(after[0]?.partitions).toHaveLength(3);
  });

  it('J6: refuses a wrong configuration, the example placeholder included, before any call', async () => {
    await using world = await openStackWorld(programs);
    const { compartmentId } = world.emulator;
    const wrong = {
      partitions: '0',
      retentionInHours: '12',
      primaryRegion: 'gru',
      compartmentId: compartmentId.replace('compartment', 'user'),
    };
    await world.stack.configure(wrong);
    const refused = await world.stack.up();
    expect(refused.succeeded).toBe(false);
    for (const words of [
      'partitions = "0"',
      'from 24 to 168',
      'primaryRegion = "gru"',
      'the OCID of a user',
    ]) {
      expect(refused.errors.join('\n')).toContain(words);
    }
    expect(refused.errors.join('\n')).not.toContain('at file:');

    await world.stack.must(
      'config',
      'set',
      'compartmentId',
      'ocid1.compartment.oc1..REPLACE-WITH-YOUR-COMPARTMENT',
    );
    expect((await world.stack.up()).errors.join('\n')).toContain('is the placeholder of the example');
    const { regions } = world.emulator.state();
    expect([regions[primaryRegion]?.calls, regions[secondaryRegion]?.calls]).toEqual([{}, {}]);
  });

  it('J7: leaves the streams when it is destroyed, unless that is meant; the runtime’s own always', async () => {
    await using world = await openStackWorld(programs);
    await world.stack.up();
    const made = await makeSecondary(world);
    await world.stack.record(recordOf(made));
    const refused = await world.stack.destroy();
    expect(refused.succeeded).toBe(false);
    expect(refused.errors.join('\n')).toContain('cannot be deleted');
    expect(liveStreams(world, primaryRegion)).toHaveLength(1);

    await world.stack.configure({ protect: 'false' });
    await world.stack.up();
    expect(await world.stack.destroy()).toMatchObject({ succeeded: true });
    expect(liveStreams(world, primaryRegion)).toEqual([]);
    expect(liveStreams(world, secondaryRegion)).toHaveLength(1);
  });

  it('J10, D16: declares both streams for a warm standby', async () => {
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

  it('adopts the emergency secondary when the standby becomes warm, as it is, and leaves it when it goes', async () => {
    await using world = await openStackWorld(programs);
    await world.stack.up();
    const made = await makeSecondary(world, 3);
    await world.stack.configure({ standby: 'warm' });
    expect(await world.stack.up()).toMatchObject({ succeeded: true, changes: { import: 1 } });
    expect(await world.stack.outputs()).toMatchObject({ secondaryStreamOcid: made.id });
    expect(Object.keys((await world.stack.up()).changes)).toEqual(['same']);

    await world.stack.configure({ protect: 'false' });
    await world.stack.up();
    expect(await world.stack.destroy()).toMatchObject({ succeeded: true });
    const left = liveStreams(world, secondaryRegion);
    expect(left).toEqual([
      expect.objectContaining({ id: made.id, freeformTags: { 'created-by': 'oci-streaming-ha' } }),
    ]);
    expect(left[0]?.partitions).toHaveLength(3);
  });

  it('D12: converges on one secondary when the runtime makes it at the same moment', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm' });
    // The stack has looked and found none; its create call is on its way when the runtime's arrives.
    await world.emulator.setFaults(secondaryRegion, { operation: 'CreateStream', latencyMs: 1000, count: 1 });
    const racing = world.stack.up();
    await expect.poll(() => world.emulator.faults()[secondaryRegion]?.[0]?.hits, { timeout: 20_000 }).toBe(1);
    const made = await makeSecondary(world);
    const lost = await racing;
    expect(lost.succeeded).toBe(false);
    expect(lost.errors.join('\n')).toContain('409');

    expect(await world.stack.up()).toMatchObject({ succeeded: true, changes: { import: 1 } });
    expect(liveStreams(world, secondaryRegion).map(({ id }) => id)).toEqual([made.id]);
    expect(await world.stack.outputs()).toMatchObject({ secondaryStreamOcid: made.id });
  });

  it('writes policies and alarms, and names no stream that is not there after a failover', async () => {
    const access = '{"producer":{"group":"writers"},"provisioner":{"dynamicGroup":"ops"}}';
    await using world = await openStackWorld(programs, { access, alarms: '{"email":"ops@example.com"}' });
    const first = await world.stack.up();
    // Stack, component, two providers, stream, policy, topic, subscription, three alarms.
    expect(first).toMatchObject({ succeeded: true, changes: { create: 11 } });
    await world.stack.record(recordOf(await makeSecondary(world)));
    expect(Object.keys((await world.stack.up()).changes)).toEqual(['same']);
  });

  it('refuses two primaries of one name in a pool with the service’s own words', async () => {
    await using world = await openStackWorld(programs);
    const response = await fetch(`${world.emulator.regions[primaryRegion]}/20180418/streams`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'OCI-PRIMARY-STREAM',
        partitions: 5,
        compartmentId: world.emulator.compartmentId,
      }),
    });
    expect(response.ok).toBe(true);
    const refused = await world.stack.up();
    expect(refused.errors.join('\n')).toContain('409');
    expect(liveStreams(world, primaryRegion)).toHaveLength(1);
    expect(refused.errors.join('\n')).not.toContain(unseen);
  });
});
