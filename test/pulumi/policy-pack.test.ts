import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requiredEngine } from './required-engine.ts';
import { liveStreams, openStackWorld, primaryRegion } from './stack-world.ts';

const programs = requiredEngine('the policy pack on a real Pulumi engine') ?? '';

describe.skipIf(programs === '')('the policy pack', { timeout: 300_000 }, () => {
  it('J6: refuses before anything is made what it forbids, and lets the rest through', async () => {
    await using world = await openStackWorld(programs, 'as cloned');
    const { stack, emulator } = world;
    await stack.must('stack', 'init', 'production');
    await stack.configure({ compartmentId: emulator.compartmentId, protect: 'false' });
    const pack = ['--policy-pack', join(stack.directory, 'infra', 'policies', 'pack')];
    const refused = await stack.run('up', '--yes', '--skip-preview', ...pack);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toContain('pulumi config set protect true');
    expect(liveStreams(world, primaryRegion)).toEqual([]);

    await stack.configure({ protect: 'true' });
    const preview = await stack.run('preview', ...pack);
    expect(preview.stdout).toContain('pulumi config set standby warm');
    await stack.configure({ standby: 'warm', access: '{"producer":{"group":"writers"}}' });
    expect(await stack.must('up', '--yes', '--skip-preview', ...pack)).toContain('oci-streaming-ha');
    expect(liveStreams(world, primaryRegion)).toHaveLength(1);
  });
});
