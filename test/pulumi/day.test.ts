import { describe, expect, it } from 'vitest';
import { requiredEngine } from './required-engine.ts';
import { runProducer } from './run-producer.ts';
import { liveStreams, openStackWorld, primaryRegion, secondaryRegion } from './stack-world.ts';

const programs = requiredEngine('a whole day with a real Pulumi engine') ?? '';

/** Exit codes of the command line. */
const done = 0;
const failedOver = 10;

describe.skipIf(programs === '')('a whole day', { timeout: 120_000 }, () => {
  it('up, produce, outage, the runtime makes the secondary, outputs, up, heal, failback, no teardown', async () => {
    await using world = await openStackWorld(programs);
    expect(await world.stack.up()).toMatchObject({ succeeded: true, changes: { create: 5 } });
    expect(await runProducer(world, '--count', '20')).toMatchObject({ code: done });

    await world.emulator.setFaults(primaryRegion, { status: 500 });
    expect(await runProducer(world, '--count', '20')).toMatchObject({ code: failedOver });
    const [secondary, ...others] = liveStreams(world, secondaryRegion);
    expect(others).toEqual([]);
    const told = await world.stack.up();
    expect(told).toMatchObject({ succeeded: true, warnings: [] });
    expect(Object.keys(told.changes)).toEqual(['same']);
    expect(await world.stack.outputs()).toMatchObject({
      secondaryStreamOcid: secondary?.id,
      secondaryStreamEndpoint: world.emulator.regions[secondaryRegion],
      activeRegion: secondaryRegion,
    });

    await world.emulator.clearFaults();
    const soon = ['--failback-after', '500ms', '--failback-min-interval', '0', '--probe-interval', '100ms'];
    const healed = await runProducer(world, '--count', '60', '--rate', '10', ...soon);
    expect(healed.code).toBe(done);
    const after = await world.stack.up();
    expect(Object.keys(after.changes)).toEqual(['same']);
    expect(await world.stack.outputs()).toMatchObject({
      secondaryStreamOcid: secondary?.id,
      activeRegion: primaryRegion,
    });

    expect((await world.stack.destroy()).errors.join('\n')).toContain('cannot be deleted');
    expect(world.emulator.ledger()).toHaveLength(100);
  });

  it('J10: fails over to the warm standby of the stack and makes no other', async () => {
    await using world = await openStackWorld(programs, { standby: 'warm' });
    await world.stack.up();
    const [standby] = liveStreams(world, secondaryRegion);
    await world.emulator.setFaults(primaryRegion, { status: 503 });
    expect(await runProducer(world, '--count', '20')).toMatchObject({ code: failedOver });
    expect(liveStreams(world, secondaryRegion).map(({ id }) => id)).toEqual([standby?.id]);
    expect(Object.keys((await world.stack.up()).changes)).toEqual(['same']);
    expect(await world.stack.outputs()).toMatchObject({
      secondaryStreamOcid: standby?.id,
      activeRegion: secondaryRegion,
    });
  });
});
