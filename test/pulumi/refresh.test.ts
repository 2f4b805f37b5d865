import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HaEvent } from '../../runtime/events.ts';
import { pulumi, type Pulumi } from '../../runtime/stack/pulumi.ts';
import { StackRefresh } from '../../runtime/stack/stack-refresh.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { requiredEngine } from './required-engine.ts';
import {
  makeSecondary,
  openStackWorld,
  primaryRegion,
  recordOf,
  secondaryRegion,
  type MadeStream,
  type StackWorld,
} from './stack-world.ts';
import type { Update } from './update.ts';

const programs = requiredEngine('the refresh of the outputs on a real Pulumi engine') ?? '';

// One stack for all of it; each test leaves it as it was updated last: in the primary, with nothing waiting.
describe.skipIf(programs === '')('the refresh of the stack outputs', { timeout: 300_000 }, () => {
  let world: StackWorld;
  let secondary: MadeStream;

  beforeAll(async () => {
    world = await openStackWorld(programs);
    await world.stack.must('up', '--yes', '--skip-preview');
    secondary = await makeSecondary(world);
    await world.stack.record(recordOf(secondary));
  }, 60_000);
  afterAll(() => world[Symbol.asyncDispose]());

  interface Changed {
    readonly run?: Pulumi;
    readonly environment?: NodeJS.ProcessEnv;
  }

  /** A refresh of this stack, begun, on a clock that stands still. */
  function begun(changed: Changed = {}) {
    const events: HaEvent[] = [];
    const clock = new VirtualClock();
    const sleep = vi.spyOn(clock, 'sleep');
    const { directory, environment } = world.stack;
    const emit = (event: HaEvent) => void events.push(event);
    const refresh = new StackRefresh({ directory, environment, clock, emit, ...changed });
    refresh.start();
    const told = () => expect.poll(() => events, { timeout: 60_000 }).toHaveLength(1);
    /** It waits for the nth time before it looks again: only then may time pass. */
    const resting = (nth: number) =>
      expect.poll(() => sleep.mock.calls, { timeout: 60_000 }).toHaveLength(nth);
    return { refresh, clock, events, told, resting };
  }

  const active = async () => (await world.stack.outputs())['activeRegion'];
  const look = () => world.emulator.faults()[secondaryRegion]?.[0]?.hits;

  /** The lock that an update leaves behind when it is killed. */
  async function leaveLock(): Promise<AsyncDisposable> {
    const { stack } = world;
    const folder = join(stack.backend, '.pulumi', 'locks', 'organization', 'oci-streaming-ha', 'dev');
    const file = join(folder, '00000000-0000-4000-8000-000000000000.json');
    await mkdir(folder, { recursive: true });
    await writeFile(
      file,
      '{"pid":1,"username":"someone","hostname":"elsewhere","timestamp":"2026-11-23T20:00:00Z"}',
    );
    return { [Symbol.asyncDispose]: () => rm(file) };
  }

  it('J8: gives up on a stack that stays locked, with a warning that names the remedy', async () => {
    const before = await active();
    await using _ = await leaveLock();
    const tries: string[] = [];
    const { clock, events, told, resting } = begun({
      run: async (args, options) => {
        const ran = await pulumi(args, options);
        if (args[0] === 'up') tries.push(ran.type);
        return ran;
      },
    });
    for (let nth = 1; nth <= 2; nth += 1) {
      await resting(nth);
      await clock.pass(nth === 1 ? 5_000 : 120_000);
    }
    await told();
    expect(tries).toEqual(['busy', 'busy', 'busy']);
    expect(events).toMatchObject([
      {
        type: 'warning',
        message: expect.stringMatching(/another update holds the stack.*pulumi cancel/) as string,
      },
    ]);
    expect(await active()).toBe(before);
  });

  it('J8: leaves a stack alone that has other changes waiting, with a warning', async () => {
    const before = await active();
    await world.stack.configure({ alarms: '{}' });
    const { refresh, events } = begun();
    await refresh.close(60_000);
    expect(events).toMatchObject([
      { type: 'warning', message: expect.stringContaining('other changes waiting') as string },
    ]);
    expect(await active()).toBe(before);
    await world.stack.must('config', 'rm', 'alarms');
  });

  it('J8: cut off in the middle of its update, leaves outputs and no lock behind', async () => {
    const before = await world.stack.outputs();
    const { refresh, clock, events } = begun({
      run: async (args, options) => {
        // The first look is the preview's.
        const slow = { operation: 'ListStreams', latencyMs: 60_000 } as const;
        if (args[0] === 'up') await world.emulator.setFaults(secondaryRegion, slow);
        return pulumi(args, options);
      },
    });
    await expect.poll(look, { timeout: 60_000 }).toBe(1);
    const closed = refresh.close(10);
    await clock.pass(10);
    await closed;
    expect(events).toMatchObject([
      { type: 'warning', message: expect.stringContaining('this program ended first') as string },
    ]);
    await world.emulator.clearFaults();
    expect(await world.stack.outputs()).toEqual(before);
  });

  it.each([
    ['no stack of that name', { PULUMI_STACK: 'other' }, 'no stack is selected'],
    ['nobody logged in', { PULUMI_BACKEND_URL: undefined, PULUMI_HOME: '/nowhere' }, 'not logged in'],
  ])('J9: %s: one debug line', async (_, changed, because) => {
    const { events, told } = begun({
      environment: { ...world.stack.environment, PULUMI_ACCESS_TOKEN: undefined, ...changed },
    });
    await told();
    expect(events).toMatchObject([
      { type: 'stack-skipped', because: expect.stringContaining(because) as string },
    ]);
  });

  it('J8: waits while an update runs, then goes on: the outputs tell of the switch, and nothing else changes', async () => {
    let other: Promise<Update> | undefined;
    const metTheOther = Promise.withResolvers<void>();
    const { clock, events, told, resting } = begun({
      run: async (args, options) => {
        if (args[0] === 'up' && other === undefined) {
          await world.emulator.setFaults(secondaryRegion, {
            operation: 'ListStreams',
            latencyMs: 4_000,
            count: 1,
          });
          other = world.stack.up();
          await expect.poll(look, { timeout: 30_000 }).toBe(1);
          const met = await pulumi(args, options);
          expect(met).toEqual({ type: 'busy' });
          await other;
          // What the other one told is told again only if the refresh goes on.
          await world.stack.record('# empty\n');
          metTheOther.resolve();
          return met;
        }
        return pulumi(args, options);
      },
    });
    await metTheOther.promise;
    expect(await active()).toBe(secondaryRegion);
    await resting(1);
    await clock.pass(5_000);
    await told();
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
    expect(await active()).toBe(primaryRegion);
  });

  it.each([
    [
      'a resource',
      ['changes'],
      () => world.stack.configure({ alarms: '{}' }),
      () => world.stack.must('config', 'rm', 'alarms'),
    ],
    [
      // Of this, pulumi tells nothing but its exit code at times.
      'another record',
      ['changes', 'failed'],
      () => world.stack.record('# empty\n'),
      () => world.stack.record(recordOf(secondary)),
    ],
  ])(
    'J8: %s that comes between preview and update is refused, and looked at again',
    async (_, ends, change, undo) => {
      await world.stack.record(recordOf(secondary));
      const before = await world.stack.outputs();
      const updates: string[] = [];
      const { clock, events, told, resting } = begun({
        run: async (args, options) => {
          if (args[0] !== 'up' || updates.length > 0) return pulumi(args, options);
          await change();
          const ran = await pulumi(args, options);
          updates.push(ran.type);
          expect(await world.stack.outputs()).toEqual(before);
          await undo();
          return ran;
        },
      });
      await resting(1);
      await clock.pass(5_000);
      await told();
      expect(updates).toHaveLength(1);
      expect(ends).toContain(updates[0]);
      expect(events).toEqual([{ type: 'stack-refreshed' }]);
      // The outputs are those of the record; the alarm was not made.
      expect(await active()).toBe(secondaryRegion);
      await world.stack.must('preview', '--expect-no-changes');
    },
  );
});
