import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requiredEngine } from './required-engine.ts';
import { RunningProducer, runProducer } from './run-producer.ts';
import { liveStreams, openStackWorld, primaryRegion, secondaryRegion } from './stack-world.ts';

const programs = requiredEngine('a whole day with a real Pulumi engine') ?? '';

/** Exit codes of the command line. */
const done = 0;
const failedOver = 10;

/** On a busy machine pulumi takes longer than the 10 s that a producer waits for it at its end. */
const patiently = ['--close-timeout', '60s'];

describe.skipIf(programs === '')('a whole day', { timeout: 300_000 }, () => {
  it('J3, J8: up, produce, outage, the runtime makes the secondary, outputs, up, heal, failback, no teardown', async () => {
    await using world = await openStackWorld(programs);
    expect(await world.stack.up()).toMatchObject({ succeeded: true, changes: { create: 6 } });
    // No OCID is copied: with no compartment to look in, the stack is all that can name the primary.
    const first = await runProducer(world, ['--count', '20'], { OCI_COMPARTMENT_ID: undefined });
    expect(first).toMatchObject({ code: done });

    await world.emulator.setFaults(primaryRegion, { status: 500 });
    const away = await runProducer(world, ['--count', '20', ...patiently]);
    expect(away).toMatchObject({ code: failedOver });
    expect(away.stderr).toContain('The stack outputs tell it too');
    const [secondary, ...others] = liveStreams(world, secondaryRegion);
    expect(others).toEqual([]);
    // Nobody has run `pulumi up`.
    expect(await world.stack.outputs()).toMatchObject({
      secondaryStreamOcid: secondary?.id,
      secondaryStreamEndpoint: world.emulator.regions[secondaryRegion],
      activeRegion: secondaryRegion,
    });
    const told = await world.stack.up();
    expect(told).toMatchObject({ succeeded: true, warnings: [] });
    expect(Object.keys(told.changes)).toEqual(['same']);

    await world.emulator.clearFaults();
    const soon = ['--failback-after', '500ms', '--failback-min-interval', '0', '--probe-interval', '100ms'];
    const healed = await runProducer(world, ['--count', '60', '--rate', '10', ...soon, ...patiently]);
    // It began where the outage had left it.
    expect(healed.code).toBe(failedOver);
    expect(await world.stack.outputs()).toMatchObject({
      secondaryStreamOcid: secondary?.id,
      activeRegion: primaryRegion,
    });

    expect((await world.stack.destroy()).errors.join('\n')).toContain('cannot be deleted');
    expect(world.emulator.ledger()).toHaveLength(100);
  });

  it('J10, D16: the warm standby takes over although nobody can list, look up or make a stream there', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm' });
    await world.stack.up();
    const [standby] = liveStreams(world, secondaryRegion);
    const before = await world.stack.outputs();

    const producer = RunningProducer.start(world, ['--count', '100', '--rate', '20', '--no-stack-refresh']);
    await producer.tells('Secondary stream found');
    const controlPlane = ['ListStreams', 'GetStream', 'CreateStream'] as const;
    await world.emulator.setFaults(secondaryRegion, { status: 503, operation: [...controlPlane] });
    await world.emulator.setFaults(primaryRegion, { status: 503 });
    expect(await producer.ended).toMatchObject({ code: failedOver });
    expect(world.emulator.faults()[secondaryRegion]).toMatchObject([{ hits: 0 }]);
    expect(new Set(world.emulator.ledger().map(({ value }) => value)).size).toBe(100);
    // It was told not to.
    expect(await world.stack.outputs()).toEqual(before);

    await world.emulator.clearFaults();
    expect(liveStreams(world, secondaryRegion).map(({ id }) => id)).toEqual([standby?.id]);
    expect(Object.keys((await world.stack.up()).changes)).toEqual(['same']);
    expect(await world.stack.outputs()).toMatchObject({
      secondaryStreamOcid: standby?.id,
      activeRegion: secondaryRegion,
    });
  });

  it('J9: without pulumi the runtime goes by a file of the outputs, and says once that it cannot tell the stack', async () => {
    await using world = await openStackWorld(programs);
    await world.stack.up();
    const file = await world.stack.saveOutputs();
    const flags = ['--outputs', file, '--count', '40', '--rate', '20', '--debug'];
    const bare = { PATH: dirname(process.execPath) };
    const producer = RunningProducer.start(world, flags, bare);
    await expect.poll(() => world.emulator.ledger().length, { timeout: 30_000 }).toBeGreaterThan(0);
    await world.emulator.setFaults(primaryRegion, { status: 503 });
    const { code, stderr } = await producer.ended;
    expect(code).toBe(failedOver);
    expect(stderr.split('\n').filter((line) => line.includes('pulumi'))).toEqual([
      expect.stringContaining('No refresh of the stack outputs: there is no pulumi on PATH.'),
    ]);
  });
});
