import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import { readStackOutputs } from '../../../runtime/stack/index.ts';
import { endingOf, pulumi, type PulumiResult } from '../../../runtime/stack/pulumi.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe.skipIf(process.platform === 'win32')('running pulumi', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'oci-ha-pulumi-'));
    await writeFile(join(directory, 'Pulumi.yaml'), 'name: x\n');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** A program called `pulumi` on PATH that does this. */
  async function standIn(script: string): Promise<{ PATH: string }> {
    const file = join(directory, 'pulumi');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return { PATH: [directory, process.env['PATH']].join(delimiter) };
  }

  test('J8: asks nothing back, checks for no update, and lets pulumi find the node that runs here', async () => {
    const environment = await standIn('echo "$@|$PULUMI_SKIP_UPDATE_CHECK"; command -v node');
    const ran = await pulumi(['up', '--yes'], { directory, environment, timeoutMs: 20_000 });
    expect(ran).toEqual({
      type: 'done',
      stdout: `up --yes --non-interactive --color never|true\n${process.execPath}\n`,
    });
  });

  test('I16: one that takes too long is ended, whatever fraction of a millisecond it was given', async () => {
    const environment = await standIn('exec sleep 60');
    expect(await pulumi(['up'], { directory, environment, timeoutMs: 99.5 })).toEqual({
      type: 'failed',
      because: 'it took longer than 0 s',
    });
  });

  test('I16: ended early, it gets the time to free the stack', async () => {
    const environment = await standIn(
      'trap "sleep 0.2; echo free > lock; exit 1" TERM; echo held > lock; while :; do sleep 0.05; done',
    );
    const lock = (): Promise<string> => readFile(join(directory, 'lock'), 'utf8').catch(() => '');
    const ending = new AbortController();
    const ran = pulumi(['up'], {
      directory,
      environment,
      timeoutMs: 20_000,
      graceMs: 20_000,
      signal: ending.signal,
    });
    await vi.waitUntil(async () => (await lock()) === 'held\n');
    ending.abort();
    expect(await ran).toEqual({ type: 'failed', because: 'this program ended first' });
    expect(await lock()).toBe('free\n');
  });

  test('J9: where there is none, there is nothing to ask', async () => {
    const environment = { PATH: directory };
    expect(await pulumi(['up'], { directory, environment, timeoutMs: 20_000 })).toEqual({
      type: 'absent',
      because: 'there is no pulumi on PATH',
    });
  });

  test('J9: where there is none, the process can end at once', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    await pulumi(['up'], { directory, environment: { PATH: directory }, timeoutMs: 120_000 });
    expect(timers()).toBe(before);
  });

  /** The processes that wrote their numbers into the file. */
  async function started(count: number): Promise<number[]> {
    const read = async (): Promise<string[]> =>
      (await readFile(join(directory, 'pids'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
    await vi.waitUntil(async () => (await read()).length >= count, { timeout: 10_000 });
    return (await read()).map(Number);
  }
  const isThere = (pid: number): boolean => {
    const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
    return state !== '' && !state.startsWith('Z');
  };
  const allGone = async (count: number): Promise<void> => {
    const pids = await started(count);
    await vi.waitUntil(() => !pids.some(isThere), { timeout: 10_000 });
  };

  const HANGS = 'echo $$ >> pids; sleep 600 & echo $! >> pids; wait';
  const DEAF = `trap "" TERM INT HUP; ${HANGS}; while :; do sleep 600; done`;

  describe('I16: a pulumi that does not end', () => {
    test.each([
      ['hangs', HANGS],
      ['ignores SIGTERM', DEAF],
    ])('I16: one that %s is gone after its time and its grace, with what it started', async (_, script) => {
      const environment = await standIn(script);
      const clock = new VirtualClock();
      const ran = pulumi(['stack'], { directory, environment, timeoutMs: 4_000, graceMs: 500, clock });
      await started(2);
      await clock.pass(3_999);
      expect((await started(2)).every(isThere)).toBe(true);
      await clock.pass(1);
      await clock.pass(500);
      expect(await ran).toEqual({ type: 'failed', because: 'it took longer than 4 s' });
      await allGone(2);
    });

    test('I16: SIGKILL is not sent before the grace is over', async () => {
      const environment = await standIn(DEAF);
      const clock = new VirtualClock();
      const ran = pulumi(['up'], { directory, environment, timeoutMs: 1_000, graceMs: 5_000, clock });
      const [leader = 0] = await started(2);
      await clock.pass(5_999);
      expect(isThere(leader)).toBe(true);
      await clock.pass(1);
      expect(await ran).toMatchObject({ type: 'failed' });
      await allGone(2);
    });

    test('I16: one that ends and leaves a child with its stdout is read, and the child is killed', async () => {
      const environment = await standIn('sleep 600 & echo $! >> pids; echo "{}"');
      const { clock, leaderEnded } = watchedClock();
      const ran = pulumi(['stack'], { directory, environment, timeoutMs: 4_000, clock });
      await leaderEnded();
      expect(await clock.passUntil(ran)).toEqual({ type: 'done', stdout: '{}\n' });
      await allGone(1);
    });

    test('I16: a child that left the group cannot hold up anything either', async () => {
      const environment = await standIn('setsid sleep 600 & echo $! >> pids; echo "{}"');
      const { clock, leaderEnded } = watchedClock();
      const ran = pulumi(['stack'], { directory, environment, timeoutMs: 4_000, clock });
      const [pid = 0] = await started(1);
      try {
        await leaderEnded();
        expect(await clock.passUntil(ran)).toEqual({ type: 'done', stdout: '{}\n' });
      } finally {
        process.kill(pid, 'SIGKILL');
      }
    });

    test('I16: one that writes without end costs no memory, and ends like any other', async () => {
      const environment = await standIn('echo $$ >> pids; exec yes');
      const clock = new VirtualClock();
      const ran = pulumi(['stack'], { directory, environment, timeoutMs: 4_000, clock });
      await started(1);
      await clock.pass(4_000);
      expect(await ran).toEqual({ type: 'failed', because: 'it took longer than 4 s' });
      await allGone(1);
    });

    test('I16: a start asks the stack, and goes on after 5 s at the latest, with a warning', async () => {
      const environment = await standIn(DEAF);
      const clock = new VirtualClock();
      const events: HaEvent[] = [];
      const emit = (event: HaEvent): void => void events.push(event);
      const asked = readStackOutputs({ file: undefined, endpoints: {}, directory, environment, emit, clock });
      await started(2);
      await clock.pass(5_000);
      expect(await asked).toBeUndefined();
      expect(events).toMatchObject([
        { type: 'warning', message: 'The stack outputs are not read: it took longer than 4 s' },
      ]);
      await allGone(2);
    });

    test('I16: a process that ends at once takes its pulumi with it', async () => {
      const environment = await standIn(DEAF);
      const program = `
        import { pulumi } from ${JSON.stringify(new URL('../../../runtime/stack/pulumi.ts', import.meta.url).href)};
        process.on('SIGTERM', () => process.exit(130));
        await pulumi(['stack'], { directory: ${JSON.stringify(directory)}, timeoutMs: 600_000 });`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        env: { ...process.env, ...environment },
        stdio: 'ignore',
      });
      await started(2);
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([130, null]);
      await allGone(2);
    });

    /** A clock, and a wait until pulumi itself has ended: what follows is the time in which its pipes are drained. */
    function watchedClock(): { clock: VirtualClock; leaderEnded: () => Promise<void> } {
      const clock = new VirtualClock();
      const after = vi.spyOn(clock, 'after');
      const isDraining = (): boolean => after.mock.calls.some(([ms]) => ms === 250);
      return {
        clock,
        leaderEnded: () => vi.waitUntil(isDraining, { timeout: 10_000 }).then(() => undefined),
      };
    }
  });
});

describe('how a pulumi command ended', () => {
  // Words and exit codes of pulumi 3.259, and what its Automation API looks for on the service.
  test.each<[string, number, string, PulumiResult]>([
    [
      'a lock of the file backend',
      1,
      'error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.',
      { type: 'busy' },
    ],
    [
      'an update on the service',
      255,
      'error: [409] Conflict: Another update is currently in progress.',
      { type: 'busy' },
    ],
    [
      'changes',
      7,
      'error: no changes were expected for preview but changes were proposed',
      { type: 'changes' },
    ],
    [
      'no stack selected',
      1,
      'error: no stack selected; please use `pulumi stack select` to choose one',
      { type: 'absent', because: 'no stack is selected' },
    ],
    [
      'no such stack',
      6,
      "error: no stack named 'x' found",
      { type: 'absent', because: 'no stack is selected' },
    ],
    [
      'no login',
      3,
      'error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions',
      { type: 'absent', because: 'pulumi is not logged in' },
    ],
    [
      'anything else',
      1,
      'error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE',
      { type: 'failed', because: 'passphrase must be set with PULUMI_CONFIG_PASSPHRASE' },
    ],
    ['nothing said', 2, '', { type: 'failed', because: 'pulumi ended with 2' }],
    ['nothing said by a failure', 1, '', { type: 'failed', because: 'pulumi ended with 1', silent: true }],
    [
      'a violation of the plan',
      1,
      'error: delete is not allowed by the plan: this resource is constrained to same',
      { type: 'changes' },
    ],
  ])('J8, J9: %s', (_, code, words, ending) => {
    expect(endingOf(code, '', `${words}\n`)).toEqual(ending);
  });
});
