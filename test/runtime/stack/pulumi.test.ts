import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { pulumi } from '../../../runtime/stack/pulumi.ts';

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

  test('asks nothing back, checks for no update, and lets pulumi find the node that runs here', async () => {
    const environment = await standIn('echo "$@|$PULUMI_SKIP_UPDATE_CHECK"; command -v node');
    const ran = await pulumi(['up', '--yes'], { directory, environment, timeoutMs: 20_000 });
    expect(ran).toEqual({
      end: 'done',
      stdout: `up --yes --non-interactive --color never|true\n${process.execPath}\n`,
    });
  });

  test('one that takes too long is ended, whatever fraction of a millisecond it was given', async () => {
    const environment = await standIn('exec sleep 60');
    expect(await pulumi(['up'], { directory, environment, timeoutMs: 99.5 })).toEqual({
      end: 'failed',
      because: 'it took longer than 0 s',
    });
  });

  test('ended early, it gets the time to free the stack', async () => {
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
    expect(await ran).toEqual({ end: 'failed', because: 'this program ended first' });
    expect(await lock()).toBe('free\n');
  });

  test('J9: where there is none, there is nothing to ask', async () => {
    const environment = { PATH: directory };
    expect(await pulumi(['up'], { directory, environment, timeoutMs: 20_000 })).toEqual({
      end: 'absent',
      because: 'there is no pulumi on PATH',
    });
  });

  test('J9: where there is none, the process can end at once', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    await pulumi(['up'], { directory, environment: { PATH: directory }, timeoutMs: 120_000 });
    expect(timers()).toBe(before);
  });
});
