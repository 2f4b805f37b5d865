import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import { readStackOutputs, StackRefresh } from '../../../runtime/stack/index.ts';
import { endingOf, type Pulumi, type PulumiOptions, type Ran } from '../../../runtime/stack/pulumi.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const OCID = 'ocid1.stream.oc1.sa-saopaulo-1.x';
const ENDPOINT = 'https://cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com';
const OURS = JSON.stringify({ primaryStreamOcid: OCID, activeRegion: 'sa-saopaulo-1' });

type Scratch = NonNullable<ConstructorParameters<typeof StackRefresh>[0]['scratch']>;

/** Where virtual time begins. */
const START = new VirtualClock().now();

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
    endpoints: Record<string, string> = {},
  ): Promise<{ found: unknown; events: HaEvent[] }> => {
    const events: HaEvent[] = [];
    const emit = (event: HaEvent): void => void events.push(event);
    const found = await readStackOutputs({
      file,
      directory,
      endpoints,
      emit,
      ...(run === undefined ? {} : { run }),
    });
    return { found, events };
  };

  test('J9: are asked of pulumi', async () => {
    const stdout = JSON.stringify({
      primaryStreamOcid: OCID,
      primaryStreamEndpoint: `${ENDPOINT}/`,
      secondaryStreamOcid: null,
      activeRegion: 'sa-saopaulo-1',
    });
    const { run, asked } = fakePulumi({ stack: [{ end: 'done', stdout }] });
    expect((await outputs(undefined, run)).found).toMatchObject({
      primaryStreamOcid: OCID,
      primaryStreamEndpoint: ENDPOINT,
    });
    expect(asked).toEqual(['stack']);
  });

  test('J9: come from a file where there is no pulumi', async () => {
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
  ])('J9: %s has none: one debug line', async (_, stdout) => {
    const { run } = fakePulumi({ stack: [{ end: 'done', stdout }] });
    const { found, events } = await outputs(undefined, run);
    expect(found).toBeUndefined();
    expect(events).toMatchObject([{ type: 'stack-skipped' }]);
  });

  test('J9: a pulumi that fails is told, and the runtime goes on without', async () => {
    const { run } = fakePulumi({ stack: [{ end: 'failed', because: 'the backend is away' }] });
    const { found, events } = await outputs(undefined, run);
    expect(found).toBeUndefined();
    expect(events).toMatchObject([{ type: 'warning', message: 'not read: the backend is away' }]);
  });

  const named = (changed: object): string =>
    JSON.stringify({ primaryStreamOcid: OCID, activeRegion: 'sa-saopaulo-1', ...changed });
  const refused: [string, object, string][] = [
    ['an OCID that is none', { primaryStreamOcid: 'x' }, "primaryStreamOcid is not a stream's OCID"],
    ['an OCID with a line break', { primaryStreamOcid: `${OCID}\nx` }, "primaryStreamOcid is not a stream's"],
    ['an OCID of another region', { primaryRegion: 'sa-vinhedo-1' }, 'primaryStreamOcid is of sa-saopaulo-1'],
    ['an OCID of another realm', { compartmentId: 'ocid1.compartment.oc2..a' }, 'is of realm oc1'],
    ['an endpoint of http', { primaryStreamEndpoint: 'http://127.0.0.1:7101' }, 'is not https'],
    ['an endpoint elsewhere', { primaryStreamEndpoint: 'https://evil.example' }, 'in a domain of OCI'],
    ['an empty endpoint', { primaryStreamEndpoint: '' }, 'primaryStreamEndpoint is not a web address'],
    ['a password', { primaryStreamEndpoint: 'https://a:hunter2@x.example' }, 'holds a user name'],
  ];

  test.each(refused)(
    'E10, D17: %s in the outputs of pulumi is not used: a warning',
    async (_, changed, words) => {
      const { run } = fakePulumi({ stack: [{ end: 'done', stdout: named(changed) }] });
      const { found, events } = await outputs(undefined, run);
      expect(found).toBeUndefined();
      expect(events).toMatchObject([{ type: 'warning', message: expect.stringContaining(words) as string }]);
      expect(JSON.stringify(events)).not.toContain('hunter2');
    },
  );

  test.each(refused)('E10, D17: %s in a file is refused by name', async (name, changed, words) => {
    const file = join(directory, `${name}.json`);
    await writeFile(file, named(changed));
    await expect(outputs(file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(words) as string,
    });
    await expect(outputs(file)).rejects.not.toThrow('hunter2');
  });

  test('E10: an endpoint that the settings name is used', async () => {
    const stdout = named({ primaryStreamEndpoint: 'http://127.0.0.1:7101' });
    const { run } = fakePulumi({ stack: [{ end: 'done', stdout }] });
    const endpoints = { 'sa-saopaulo-1': 'http://127.0.0.1:7101' };
    expect((await outputs(undefined, run, endpoints)).found).toMatchObject({
      primaryStreamOcid: OCID,
      primaryStreamEndpoint: 'http://127.0.0.1:7101',
    });
  });

  test.each<[string, Buffer]>([
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${OURS}`)],
    ["UTF-16 with a mark, as PowerShell's > makes it", Buffer.from(`\uFEFF${OURS}\r\n`, 'utf16le')],
    ['UTF-16BE with a mark', Buffer.from(`\uFEFF${OURS}`, 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from(OURS, 'utf16le')],
  ])('E15: a file in %s is read', async (_, bytes) => {
    const file = join(directory, 'encoded.json');
    await writeFile(file, bytes);
    expect((await outputs(file)).found).toMatchObject({ primaryStreamOcid: OCID });
  });

  test.each<[string, Buffer, string]>([
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), 'is UTF-32'],
    ['zeros', Buffer.alloc(100), 'holds NUL characters'],
    ['latin1', Buffer.from('{"name":"caf\xe9"}', 'latin1'), 'is not whole UTF-8'],
    ['more than a megabyte', Buffer.alloc(1_048_577, ' '), 'is longer than 1048576 bytes'],
  ])('E15, E11: a file of %s is refused by name', async (_, bytes, words) => {
    const file = join(directory, 'undecodable.json');
    await writeFile(file, bytes);
    await expect(outputs(file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(`--outputs ${file} ${words}`) as string,
    });
  });

  test.skipIf(process.platform === 'win32')('E11: a device without an end is not read for ever', async () => {
    await expect(outputs('/dev/zero')).rejects.toThrow('is longer than 1048576 bytes');
    await expect(outputs(directory)).rejects.toThrow('cannot be read (EISDIR)');
  });

  test.each([
    ['not there', undefined, /cannot be read \(ENOENT\).*pulumi stack output --json/],
    ['not JSON', 'primaryStreamOcid=x', /is not the JSON of stack outputs/],
    ['of another shape', '{"primaryStreamOcid": 3}', /is not the JSON of stack outputs/],
    ['of a stack never updated', '{}', /no primaryStreamOcid in it/],
  ])('I6: a file that is %s is refused in words', async (name, text, message) => {
    const file = join(directory, `${name}.json`);
    if (text !== undefined) await writeFile(file, text);
    await expect(outputs(file)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(message) as string,
    });
  });
});

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

  test('J8: the update is bound to the plan that the preview saved, and the plan is gone afterwards', async () => {
    const plans: string[] = [];
    const run: Pulumi = async (args) => {
      const at = args.findIndex((each) => each === '--save-plan' || each === '--plan');
      const plan = args[at + 1];
      if (args[0] === 'preview' && plan !== undefined) await writeFile(plan, 'the plan');
      if (args[0] === 'up' && plan !== undefined) plans.push(plan, await readFile(plan, 'utf8'));
      return { end: 'done', stdout: OURS };
    };
    const events: HaEvent[] = [];
    const emit = (event: HaEvent): void => void events.push(event);
    new StackRefresh({ directory, clock: new VirtualClock(), emit, run }).start();
    await vi.waitUntil(() => events.length > 0);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
    expect(plans[1]).toBe('the plan');
    expect(existsSync(dirname(plans[0] ?? ''))).toBe(false);
  });

  test.each<[string, Ran]>([
    [
      'a resource that the plan has not',
      endingOf(1, 'error: create is not allowed by the plan: no steps\n', ''),
    ],
    [
      'outputs that the plan has not, of which pulumi says nothing',
      endingOf(1, 'Resources:\n  2 unchanged\n', ''),
    ],
  ])('J8: what changed between preview and update (%s) is previewed again', async (_, violation) => {
    const { run, asked } = fakePulumi({ up: [violation, { end: 'done', stdout: '' }] });
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
      return Promise.resolve({ end: 'done', stdout: OURS });
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

  test('J8: what looked like changes was another update half way: it goes on', async () => {
    const { run } = fakePulumi({ preview: [{ end: 'changes' }, { end: 'done', stdout: '' }] });
    const { clock, refresher, events } = refresh(run);
    refresher.start();
    await clock.pass(10_000);
    expect(events).toEqual([{ type: 'stack-refreshed' }]);
  });

  test('J8: a close does not wait for a stack that has other changes', async () => {
    const { run } = fakePulumi({ preview: [{ end: 'changes' }] });
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
    expect(clock.now() - START).toBe(200_000);
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

  test('J8: a close does not wait longer than it may', async () => {
    const { clock, refresher } = refresh(
      (_, { signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve({ end: 'failed', because: 'aborted' }));
        }),
    );
    refresher.start();
    await clock.passUntil(refresher.close(10_000));
    expect(clock.now() - START).toBe(10_000);
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
    ['nothing said by a failure', 1, '', { end: 'failed', because: 'pulumi ended with 1', silent: true }],
    [
      'a violation of the plan',
      1,
      'error: delete is not allowed by the plan: this resource is constrained to same',
      { end: 'changes' },
    ],
  ])('J8, J9: %s', (_, code, words, ending) => {
    expect(endingOf(code, '', `${words}\n`)).toEqual(ending);
  });
});
