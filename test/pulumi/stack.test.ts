import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

describe.skipIf(programs === '')('the stack', { timeout: 300_000 }, () => {
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

  it('J7: a refused destroy deletes nothing, so that the outputs can still be refreshed; a destroy that is meant does', async () => {
    const access = '{"producer":{"group":"writers"}}';
    await using world = await openStackWorld(programs, { access, alarms: '{}', standby: 'warm' });
    const { stack } = world;
    await stack.up();
    const before = await stack.must('stack', 'export');
    for (const _ of ['once', 'twice']) {
      const refused = await stack.destroy();
      expect(refused).toMatchObject({ succeeded: false });
      expect(refused.errors.join('\n')).toContain(
        'protected-until-pulumi-config-set-protect-false-and-pulumi-up" cannot be deleted',
      );
    }
    expect(resourcesOf(await stack.must('stack', 'export'))).toEqual(resourcesOf(before));
    expect(await stack.must('preview', '--expect-no-changes')).toContain('unchanged');
    expect(liveStreams(world, primaryRegion)).toHaveLength(1);

    await stack.configure({ protect: 'false' });
    await stack.up();
    expect(await stack.destroy()).toMatchObject({ succeeded: true });
    expect(liveStreams(world, primaryRegion)).toEqual([]);
    expect(liveStreams(world, secondaryRegion)).toEqual([]);
    expect(await stack.destroy()).toMatchObject({ succeeded: true, changes: {} });
  });

  it.each(['true', 'false'])(
    'J2, J7: keeps a stream of the time before regions were part of names, protect = %s',
    async (protect) => {
      await using world = await openStackWorld(programs, { protect });
      const { stack } = world;
      await stack.up();
      const before = liveStreams(world, primaryRegion);
      const file = join(stack.directory, 'state.json');
      const exported = await stack.must('stack', 'export');
      await writeFile(file, exported.replaceAll('streams-primary-sa-saopaulo-1', 'primary'));
      await stack.must('stack', 'import', '--file', file);
      await stack.configure({ partitions: '2', protect: 'true' });
      expect((await stack.up()).errors.join('\n')).toContain(`(${before[0]?.id}) has partitions = 1`);
      await stack.configure({ partitions: '1', protect });
      const next = await stack.up();
      expect(next).toMatchObject({ succeeded: true, warnings: [] });
      expect(Object.keys(next.changes)).toEqual(['same']);
      expect(liveStreams(world, primaryRegion)).toEqual(before);
      expect(await stack.must('stack', 'export')).toContain('::streams-primary-sa-saopaulo-1');
    },
  );

  it('J7: the secondary that the runtime made stays in any case', async () => {
    await using world = await openStackWorld(programs, { protect: 'false' });
    await world.stack.up();
    await world.stack.record(recordOf(await makeSecondary(world)));
    await world.stack.up();
    expect(await world.stack.destroy()).toMatchObject({ succeeded: true });
    expect(liveStreams(world, secondaryRegion)).toHaveLength(1);
  });

  it('J4: says what it waits for while a region is silent, and goes on when it answers', async () => {
    await using world = await openStackWorld(programs);
    const slow = { operation: 'ListStreams', latencyMs: 6_000, count: 1 } as const;
    await world.emulator.setFaults(primaryRegion, slow);
    const { succeeded, infos } = await world.stack.up();
    expect(infos).toEqual([
      'Still waiting for sa-saopaulo-1 to list its streams called OCI-PRIMARY-STREAM (5 s so far).',
    ]);
    expect(succeeded).toBe(true);
  });

  it('J6: refuses an engine that is too old in one sentence, before the program runs', async () => {
    await using world = await openStackWorld(programs);
    const file = join(world.stack.directory, 'Pulumi.yaml');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(/(requiredPulumiVersion: '>=)\S+'/, "$199.0.0'"),
    );
    const { code, stderr } = await world.stack.run('preview');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Pulumi CLI version \S+ does not satisfy the version range ">=99\.0\.0"/);
  });
});

function resourcesOf(exported: string): unknown[] {
  const { deployment } = JSON.parse(exported) as {
    deployment: { resources: { urn: string; id?: string; protect?: boolean }[] };
  };
  // The engine's own default provider, for look-ups in the state, comes and goes unseen.
  const ours = deployment.resources.filter(({ urn }) => !urn.endsWith('pulumi:providers:pulumi::default'));
  return ours.map(({ urn, id, protect }) => ({ urn, id, protect }));
}
