import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import { readStackOutputs, StackRefresh } from '../../../runtime/stack/index.ts';
import { endingOf, type Ran } from '../../../runtime/stack/ending.ts';
import type { Pulumi } from '../../../runtime/stack/pulumi.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const OCID = 'ocid1.stream.oc1.sa-saopaulo-1.x';
const OURS = JSON.stringify({ primaryStreamOcid: OCID, activeRegion: 'sa-saopaulo-1' });

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'oci-ha-stack-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A pulumi that ends as told, by the first word of the command; keeps what it was asked. */
function fakePulumi(endings: Record<string, Ran[]>): { run: Pulumi; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    run: ([verb = '']) => {
      asked.push(verb);
      const [next = { end: 'done', stdout: OURS }, ...rest] = endings[verb] ?? [];
      endings[verb] = rest.length === 0 ? [next] : rest;
      return Promise.resolve(next);
    },
  };
}

describe('the outputs of the stack', () => {
  const outputs = async (
    file: string | undefined,
    run?: Pulumi,
  ): Promise<{ found: unknown; events: HaEvent[] }> => {
    const events: HaEvent[] = [];
    const emit = (event: HaEvent): void => void events.push(event);
    const found = await readStackOutputs({ file, directory, emit, ...(run === undefined ? {} : { run }) });
    return { found, events };
  };

  test('are asked of pulumi', async () => {
    const stdout = JSON.stringify({
      primaryStreamOcid: OCID,
      primaryStreamEndpoint: 'https://x',
      secondaryStreamOcid: null,
      activeRegion: 'sa-saopaulo-1',
    });
    const { run, asked } = fakePulumi({ stack: [{ end: 'done', stdout }] });
    expect((await outputs(undefined, run)).found).toMatchObject({
      primaryStreamOcid: OCID,
      primaryStreamEndpoint: 'https://x',
    });
    expect(asked).toEqual(['stack']);
  });

  test('come from a file where there is no pulumi', async () => {
    const file = join(directory, 'outputs.json');
    await writeFile(file, JSON.stringify({ primaryStreamOcid: OCID }));
    expect((await outputs(file)).found).toMatchObject({ primaryStreamOcid: OCID, source: file });
  });

  test('J9: no project here: one debug line, and the runtime goes on without', async () => {
    const { found, events } = await outputs(undefined);
    expect(found).toBeUndefined();
    expect(events).toMatchObject([{ type: 'stack-skipped' }]);
  });

  test.each([
    ['a stack that was never updated', '{}'],
    ["a person's own project", '{"bucket":"x","primaryStreamOcid":7}'],
  ])('%s has none: one debug line', async (_, stdout) => {
    const { run } = fakePulumi({ stack: [{ end: 'done', stdout }] });
    const { found, events } = await outputs(undefined, run);
    expect(found).toBeUndefined();
    expect(events).toMatchObject([{ type: 'stack-skipped' }]);
  });

  test('a pulumi that fails is told, and the runtime goes on without', async () => {
    const { run } = fakePulumi({ stack: [{ end: 'failed', because: 'the backend is away' }] });
    const { found, events } = await outputs(undefined, run);
    expect(found).toBeUndefined();
    expect(events).toMatchObject([{ type: 'warning', message: 'not read: the backend is away' }]);
  });

  test.each([
    ['not there', undefined, /cannot be read \(ENOENT\).*pulumi stack output --json/],
    ['not JSON', 'primaryStreamOcid=x', /is not the JSON of stack outputs/],
    ['of another shape', '{"primaryStreamOcid": 3}', /is not the JSON of stack outputs/],
    ['of a stack never updated', '{}', /no primaryStreamOcid in it/],
  ])('a file that is %s is refused in words', async (name, text, message) => {
    const file = join(directory, `${name}.json`);
    if (text !== undefined) await writeFile(file, text);
    await expect(outputs(file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('the refresh of the stack outputs', () => {
  const refresh = (run: Pulumi): { clock: VirtualClock; refresher: StackRefresh; events: HaEvent[] } => {
    const clock = new VirtualClock();
    const events: HaEvent[] = [];
    const refresher = new StackRefresh({ directory, clock, emit: (event) => void events.push(event), run });
    return { clock, refresher, events };
  };

  test('previews, and updates when nothing but the outputs changes', async () => {
    const { run, asked } = fakePulumi({});
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.passUntil(refresher.close(1_000));
    expect(asked).toEqual(['stack', 'preview', 'up']);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test("other changes that wait are a person's to apply: it looks again, warns and leaves them alone", async () => {
    const { run, asked } = fakePulumi({ preview: [{ end: 'changes' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(60_000);
    expect(asked.filter((verb) => verb === 'preview')).toHaveLength(3);
    expect(asked).not.toContain('up');
    expect(events).toMatchObject([
      { type: 'warning', message: expect.stringContaining('other changes waiting') as string },
    ]);
  });

  test('what looked like changes was another update half way: it goes on', async () => {
    const { run } = fakePulumi({ preview: [{ end: 'changes' }, { end: 'done', stdout: '' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(10_000);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test('a close does not wait for a stack that has other changes', async () => {
    const { run } = fakePulumi({ preview: [{ end: 'changes' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(0);
    await clock.passUntil(refresher.close(10_000));
    expect(clock.now()).toBe(0);
    expect(events).toHaveLength(1);
  });

  test.each([
    ['a stack that was never updated', '{}'],
    ["a person's own project", '{"bucket":"x"}'],
  ])('%s is not touched', async (_, stdout) => {
    const { run, asked } = fakePulumi({ stack: [{ end: 'done', stdout }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.passUntil(refresher.close(1_000));
    expect(asked).toEqual(['stack']);
    expect(events).toMatchObject([{ type: 'stack-skipped' }]);
  });

  test('J8: while another update runs it waits, and gives up after two minutes with a warning', async () => {
    const { run, asked } = fakePulumi({ up: [{ end: 'busy' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(200_000);
    expect(asked.length).toBeGreaterThan(10);
    expect(events).toMatchObject([
      { type: 'warning', message: expect.stringContaining('another update holds the stack') as string },
    ]);
    expect(clock.now()).toBe(200_000);
  });

  test('J8: and goes on when the other one ends', async () => {
    const { run } = fakePulumi({ up: [{ end: 'busy' }, { end: 'busy' }, { end: 'done', stdout: '' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(30_000);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test('J9: no pulumi: one debug line', async () => {
    const { run } = fakePulumi({ stack: [{ end: 'absent', because: 'there is no pulumi on PATH' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.passUntil(refresher.close(1_000));
    expect(events).toMatchObject([{ type: 'stack-skipped' }]);
  });

  test('a close does not wait longer than it may', async () => {
    const { clock, refresher } = refresh(
      (_, { signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve({ end: 'failed', because: 'aborted' }));
        }),
    );
    refresher.start();
    await clock.passUntil(refresher.close(10_000));
    expect(clock.now()).toBe(10_000);
  });
});

describe('how a pulumi command ended', () => {
  // Words and exit codes of pulumi 3.259, and what its Automation API looks for on the service.
  test.each<[string, number, string, Ran]>([
    [
      'a lock of the file backend',
      1,
      'error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.',
      { end: 'busy' },
    ],
    [
      'an update on the service',
      255,
      'error: [409] Conflict: Another update is currently in progress.',
      { end: 'busy' },
    ],
    [
      'changes',
      7,
      'error: no changes were expected for preview but changes were proposed',
      { end: 'changes' },
    ],
    [
      'no stack selected',
      1,
      'error: no stack selected; please use `pulumi stack select` to choose one',
      { end: 'absent', because: 'no stack is selected' },
    ],
    [
      'no such stack',
      6,
      "error: no stack named 'x' found",
      { end: 'absent', because: 'no stack is selected' },
    ],
    [
      'no login',
      3,
      'error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions',
      { end: 'absent', because: 'pulumi is not logged in' },
    ],
    [
      'anything else',
      1,
      'error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE',
      { end: 'failed', because: 'passphrase must be set with PULUMI_CONFIG_PASSPHRASE' },
    ],
    ['nothing said', 2, '', { end: 'failed', because: 'pulumi ended with 2' }],
  ])('%s', (_, code, words, ending) => {
    expect(endingOf(code, '', `${words}\n`)).toEqual(ending);
  });
});
