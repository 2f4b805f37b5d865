import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import { readStackOutputs, StackRefresh } from '../../../runtime/stack/index.ts';
import type { Pulumi, Ran } from '../../../runtime/stack/pulumi.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const OCID = 'ocid1.stream.oc1.sa-saopaulo-1.x';

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
      const [next = { end: 'done', stdout: '' }, ...rest] = endings[verb] ?? [];
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

  test('a stack that was never updated has none', async () => {
    const { run } = fakePulumi({ stack: [{ end: 'done', stdout: '{}' }] });
    expect((await outputs(undefined, run)).found).toBeUndefined();
  });

  test.each([
    ['not there', undefined, /cannot be read \(ENOENT\).*pulumi stack output --json/],
    ['not JSON', 'primaryStreamOcid=x', /is not the JSON of stack outputs/],
    ['of another shape', '{"primaryStreamOcid": 3}', /is not the JSON of stack outputs/],
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
    expect(asked).toEqual(['preview', 'up']);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test("other changes that wait are a person's to apply: it warns and leaves them alone", async () => {
    const { run, asked } = fakePulumi({
      preview: [{ end: 'failed', because: 'error: no changes were expected but changes were proposed' }],
    });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.passUntil(refresher.close(1_000));
    expect(asked).toEqual(['preview']);
    expect(events).toMatchObject([
      { type: 'warning', message: expect.stringContaining('no changes were expected') as string },
    ]);
  });

  test('J8: while another update runs it waits, and gives up after two minutes with a warning', async () => {
    const { run, asked } = fakePulumi({ preview: [{ end: 'busy' }] });
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
    const { run } = fakePulumi({ preview: [{ end: 'busy' }, { end: 'busy' }, { end: 'done', stdout: '' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(30_000);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test('J9: no pulumi: one debug line', async () => {
    const { run } = fakePulumi({ preview: [{ end: 'absent', because: 'there is no pulumi on PATH' }] });
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
