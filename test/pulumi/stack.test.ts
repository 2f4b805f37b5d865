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

const programs = requiredEngine('the stack on a real Pulumi engine') ?? '';

describe.skipIf(programs === '')('the stack', { timeout: 90_000 }, () => {
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
      compartmentId: world.emulator.compartmentId,
    });

    const second = await world.stack.up();
    expect(Object.keys(second.changes)).toEqual(['same']);
  });

  it('J3, J4: reports the emergency secondary, and goes on when nobody can see it', async () => {
    await using world = await openStackWorld(programs);
    await world.stack.up();
    const made = await makeSecondary(world);
    await world.stack.record(recordOf(made));

    // As it is after a failover: the primary region is dead, and not asked.
    await world.emulator.setFaults(primaryRegion, { status: 500 });
    const found = await world.stack.up();
    expect(found).toMatchObject({ succeeded: true, warnings: [] });
    expect(Object.keys(found.changes)).toEqual(['same']);
    const reported = {
      secondaryStreamOcid: made.id,
      secondaryStreamEndpoint: made.messagesEndpoint,
      activeRegion: secondaryRegion,
    };
    expect(await world.stack.outputs()).toMatchObject(reported);

    await world.emulator.clearFaults();
    await world.emulator.setFaults(secondaryRegion, { status: 503 });
    const blind = await world.stack.up();
    expect(blind.succeeded).toBe(true);
    expect(blind.warnings).toEqual([expect.stringContaining(`kept ${made.id} from stream.properties`)]);
    expect(await world.stack.outputs()).toMatchObject(reported);

    // On another machine there is no record either.
    await world.stack.record('# empty\n');
    const elsewhere = await world.stack.up();
    expect(elsewhere.warnings).toEqual([expect.stringContaining(`kept ${made.id} from the last update`)]);
    expect(await world.stack.outputs()).toMatchObject({ ...reported, activeRegion: primaryRegion });
    expect(liveStreams(world, primaryRegion)).toHaveLength(1);
    expect(liveStreams(world, secondaryRegion)).toHaveLength(1);
  });

  it('J5: refuses other partitions in words, by protect alone when it is blind, and obeys when it is meant', async () => {
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

  it('J6: refuses a wrong configuration, the placeholder of Pulumi.dev.yaml included, before any call', async () => {
    await using world = await openStackWorld(programs, {
      partitions: '0',
      retentionInHours: '12',
      primaryRegion: 'gru',
    });
    await world.stack.configure({ compartmentId: 'ocid1.compartment.oc1..REPLACE-WITH-YOUR-COMPARTMENT' });
    const { succeeded, errors } = await world.stack.up();
    expect(succeeded).toBe(false);
    for (const words of [
      'partitions = "0"',
      'from 24 to 168',
      'primaryRegion = "gru"',
      'is the placeholder of the example',
    ]) {
      expect(errors.join('\n')).toContain(words);
    }
    expect(errors.join('\n')).not.toContain('file://');
    const { regions } = world.emulator.state();
    expect([regions[primaryRegion]?.calls, regions[secondaryRegion]?.calls]).toEqual([{}, {}]);
  });

  it('J7: leaves the streams when it is destroyed, unless that is meant; the runtime’s own always', async () => {
    await using world = await openStackWorld(programs);
    await world.stack.up();
    await world.stack.record(recordOf(await makeSecondary(world)));
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
});
