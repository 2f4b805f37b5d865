import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import { StackRefresh } from '../../../runtime/stack/index.ts';
import {
  endingOf,
  type Pulumi,
  type PulumiOptions,
  type PulumiResult,
} from '../../../runtime/stack/pulumi.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { fakePulumi, OURS } from './fake-pulumi.ts';

type Scratch = NonNullable<ConstructorParameters<typeof StackRefresh>[0]['scratch']>;

/** Where virtual time begins. */
const START = new VirtualClock().now();

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'oci-ha-stack-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the refresh of the stack outputs', () => {
  /** A directory that is there at once: virtual time does not wait for a disk. */
  const atOnce: Scratch = () => Promise.resolve({ path: directory, remove: () => Promise.resolve() });
  const refresh = (
    run: Pulumi,
    scratch: Scratch = atOnce,
  ): { clock: VirtualClock; refresher: StackRefresh; events: HaEvent[] } => {
    const clock = new VirtualClock();
    const events: HaEvent[] = [];
    const emit = (event: HaEvent): void => void events.push(event);
    return { clock, refresher: new StackRefresh({ directory, clock, emit, run, scratch }), events };
  };

  test('J8: previews, and updates when nothing but the outputs changes', async () => {
    const { run, asked } = fakePulumi({});
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.passUntil(refresher.close(1_000));
    expect(asked).toEqual(['stack', 'preview', 'up']);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test('J8: a switch in any turn after a refresh is followed by another one', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const { run, asked } = fakePulumi({});
      const events: HaEvent[] = [];
      const switchAfter = async (left: number): Promise<void> => {
        for (let turn = 0; turn < left; turn++) await Promise.resolve();
        refresher.start();
      };
      const emit = (event: HaEvent): void => {
        if (events.push(event) === 1) void switchAfter(turns);
      };
      const clock = new VirtualClock();
      const refresher = new StackRefresh({ directory, clock, emit, run, scratch: atOnce });
      refresher.start();
      await clock.pass(1_000);
      expect(asked.filter((command) => command === 'up')).toHaveLength(2);
    }
  });

  test('J8: the update is bound to the plan that the preview saved, and the plan is gone afterwards', async () => {
    const plans: string[] = [];
    const run: Pulumi = async (args) => {
      const at = args.findIndex((each) => each === '--save-plan' || each === '--plan');
      const plan = args[at + 1];
      if (args[0] === 'preview' && plan !== undefined) await writeFile(plan, 'the plan');
      if (args[0] === 'up' && plan !== undefined) plans.push(plan, await readFile(plan, 'utf8'));
      return { type: 'done', stdout: OURS };
    };
    const events: HaEvent[] = [];
    const emit = (event: HaEvent): void => void events.push(event);
    new StackRefresh({ directory, clock: new VirtualClock(), emit, run }).start();
    await vi.waitUntil(() => events.length > 0);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
    expect(plans[1]).toBe('the plan');
    expect(existsSync(dirname(plans[0] ?? ''))).toBe(false);
  });

  test.each<[string, PulumiResult]>([
    [
      'a resource that the plan has not',
      endingOf(1, 'error: create is not allowed by the plan: no steps\n', ''),
    ],
    [
      'outputs that the plan has not, of which pulumi says nothing',
      endingOf(1, 'Resources:\n  2 unchanged\n', ''),
    ],
  ])('J8: what changed between preview and update (%s) is previewed again', async (_, violation) => {
    const { run, asked } = fakePulumi({ up: [violation, { type: 'done', stdout: '' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(10_000);
    expect(asked).toEqual(['stack', 'preview', 'up', 'stack', 'preview', 'up']);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test('J8: an update that fails for a reason of its own is not tried again', async () => {
    const { run, asked } = fakePulumi({ up: [endingOf(1, '', 'error: the backend is away\n')] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(60_000);
    expect(asked).toEqual(['stack', 'preview', 'up']);
    expect(events).toMatchObject([
      { type: 'warning', message: expect.stringContaining('the backend is away') as string },
    ]);
  });

  test('J8, INV-11: a place for the plan that cannot be made is a warning', async () => {
    const { clock, refresher, events } = refresh(fakePulumi({}).run, () =>
      Promise.reject(new Error('ENOENT: no such directory')),
    );
    refresher.start();
    await clock.passUntil(refresher.close(1_000));
    expect(events).toMatchObject([{ type: 'warning', message: expect.stringContaining('ENOENT') as string }]);
  });

  test('E10: the program of the stack gets the endpoints that the settings name', async () => {
    const environments: PulumiOptions['environment'][] = [];
    const run: Pulumi = (_, { environment }) => {
      environments.push(environment);
      return Promise.resolve({ type: 'done', stdout: OURS });
    };
    const clock = new VirtualClock();
    const refresher = new StackRefresh({
      directory,
      clock,
      emit: () => undefined,
      run,
      scratch: atOnce,
      environment: { HOME: '/home/maria' },
      endpoints: { 'sa-vinhedo-1': 'http://127.0.0.1:7102' },
    });
    refresher.start();
    await clock.passUntil(refresher.close(1_000));
    const environment = { HOME: '/home/maria', OCI_STREAMING_ENDPOINT_SA_VINHEDO_1: 'http://127.0.0.1:7102' };
    expect(environments).toEqual([environment, environment, environment]);
  });

  test("J8: other changes that wait are a person's to apply: it looks again, warns and leaves them alone", async () => {
    const { run, asked } = fakePulumi({ preview: [{ type: 'changes' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(60_000);
    expect(asked.filter((verb) => verb === 'preview')).toHaveLength(3);
    expect(asked).not.toContain('up');
    expect(events).toMatchObject([
      { type: 'warning', message: expect.stringContaining('other changes waiting') as string },
    ]);
  });

  test('J8: what looked like changes was another update half way: it goes on', async () => {
    const { run } = fakePulumi({ preview: [{ type: 'changes' }, { type: 'done', stdout: '' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(10_000);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test('J8, I1: nothing is begun after a close', async () => {
    const { run, asked } = fakePulumi({});
    const { clock, refresher, events } = refresh(run);
    await clock.passUntil(refresher.close(1_000));
    refresher.start();
    await clock.pass(1_000);
    expect([asked, events]).toEqual([[], []]);
  });

  test('J8: a close does not wait for a stack that has other changes', async () => {
    const { run } = fakePulumi({ preview: [{ type: 'changes' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(0);
    await clock.passUntil(refresher.close(10_000));
    expect(clock.now() - START).toBe(0);
    expect(events).toHaveLength(1);
  });

  test.each([
    ['a stack that was never updated', '{}'],
    ["a person's own project", '{"bucket":"x"}'],
  ])('J8: %s is not touched', async (_, stdout) => {
    const { run, asked } = fakePulumi({ stack: [{ type: 'done', stdout }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.passUntil(refresher.close(1_000));
    expect(asked).toEqual(['stack']);
    expect(events).toMatchObject([{ type: 'stack-skipped' }]);
  });

  test('J8: while another update runs it waits, and gives up after two minutes with a warning', async () => {
    const { run, asked } = fakePulumi({ up: [{ type: 'busy' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(200_000);
    expect(asked.length).toBeGreaterThan(10);
    expect(events).toMatchObject([
      { type: 'warning', message: expect.stringContaining('another update holds the stack') as string },
    ]);
    expect(clock.now() - START).toBe(200_000);
  });

  test('J8: and goes on when the other one ends', async () => {
    const { run } = fakePulumi({ up: [{ type: 'busy' }, { type: 'busy' }, { type: 'done', stdout: '' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(30_000);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test('J9: no pulumi: one debug line', async () => {
    const { run } = fakePulumi({ stack: [{ type: 'absent', because: 'there is no pulumi on PATH' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.passUntil(refresher.close(1_000));
    expect(events).toMatchObject([{ type: 'stack-skipped' }]);
  });

  test('J8: a close does not wait longer than it may', async () => {
    const { clock, refresher } = refresh(
      (_, { signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve({ type: 'failed', because: 'aborted' }));
        }),
    );
    refresher.start();
    await clock.passUntil(refresher.close(10_000));
    expect(clock.now() - START).toBe(10_000);
  });
});
