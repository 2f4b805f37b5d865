import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { LEAST_NODE } from '../../runtime/node-version.js';
import { commandLine, LAUNCH, shell, startCommand } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

interface Status {
  readonly verdict: string;
  readonly because: string;
  readonly processes: readonly {
    readonly pid: number;
    readonly region: string;
    readonly component: string;
  }[];
}

async function status(world: EmulatedWorld, ...flags: string[]): Promise<Status & { code: number | null }> {
  const { code, stdout } = await commandLine(world, ['status', '--output', 'json', ...flags]);
  return { ...(JSON.parse(stdout) as Status), code };
}

describe.concurrent('processes that share a record', () => {
  test('G8: status shows who writes where; a trace goes with its process, also with one that is killed', async () => {
    await using world = await EmulatedWorld.start();
    const one = startCommand(world, ['producer', '-'], { input: null });
    const two = startCommand(world, ['producer', '-'], { input: null });
    await Promise.all([one.stderrHas('Writing to'), two.stderrHas('Writing to')]);
    const both = await status(world);
    expect(both.processes.map(({ pid, region }) => `${pid} ${region}`).sort()).toEqual(
      [one, two].map(({ pid }) => `${pid} ${SAO_PAULO}`).sort(),
    );
    one.kill('SIGKILL');
    await one.ended;
    expect((await status(world)).processes.map(({ pid }) => pid)).toEqual([two.pid]);
    two.endInput();
    await two.ended;
    expect((await status(world)).processes).toEqual([]);
    expect((await readdir(world.directory)).filter((name) => name.includes('processes'))).toEqual([]);
  });

  test('G8, G9: a record that is changed by hand is obeyed by a running producer, and status agrees', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { refuse: true });
    await commandLine(world, ['producer', '--count', '1']);
    await world.emulator.clearFaults(SAO_PAULO);
    const run = startCommand(world, ['producer', '-', '--failback', 'no'], { input: null });
    await run.stderrHas('Writing to sa-vinhedo-1');
    const record = await readFile(world.recordFile, 'utf8');
    await writeFile(
      world.recordFile,
      record.replace(`ACTIVE_REGION=${VINHEDO}`, `ACTIVE_REGION=${SAO_PAULO}`),
    );
    await run.stderrHas(`now publishing to ${SAO_PAULO}`);
    expect(await status(world)).toMatchObject({ code: 0, verdict: 'healthy' });
    run.endInput();
    await run.ended;
  });

  test('R7, G9: a switch that the record asks for and that cannot be made is refused in words, and made later', async () => {
    await using world = await EmulatedWorld.start();
    const standby = await world.makeStream(VINHEDO, 'OCI-SECONDARY-STREAM');
    const run = startCommand(world, ['producer', '-'], { input: null });
    await run.stderrHas('Writing to sa-saopaulo-1');
    await world.emulator.setFaults(VINHEDO, { refuse: true });
    await writeFile(
      world.recordFile,
      `SECONDARY_STREAM_OCID=${standby}\nSECONDARY_STREAM_ENDPOINT=${world.emulator.regions[VINHEDO]}\nACTIVE_REGION=${VINHEDO}\n`,
    );
    await run.stderrHas(`No switch to ${VINHEDO}`);
    await world.emulator.clearFaults(VINHEDO);
    await run.stderrHas(`now publishing to ${VINHEDO}`);
    await run.feed('goes where the record says\n');
    run.endInput();
    expect((await run.ended).code).toBe(10);
    expect(world.texts(VINHEDO)).toEqual(['goes where the record says']);
    expect(await readFile(world.recordFile, 'utf8')).toContain(`ACTIVE_REGION=${VINHEDO}\n`);
  });

  test('G8: two producers that cannot reach the same region write to different ones, and status says who writes where', async () => {
    await using world = await EmulatedWorld.start();
    const cutOff = (region: string): Record<string, string> => ({
      [`OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`]: 'http://127.0.0.1:9',
    });
    const here = startCommand(world, ['producer', '-', '--primary-stream-ocid', world.primaryOcid], {
      input: null,
      env: cutOff(VINHEDO),
    });
    await here.stderrHas('Writing to sa-saopaulo-1');
    const there = startCommand(world, ['producer', '-', '--primary-stream-ocid', world.primaryOcid], {
      input: null,
      env: cutOff(SAO_PAULO),
    });
    await there.feed('a line\n');
    await there.stderrHas('Message sent to secondary stream.');
    expect(await status(world)).toMatchObject({
      code: 12,
      because: `the record says ${VINHEDO}, but producer ${here.pid} writes to ${SAO_PAULO}`,
    });
    for (const run of [here, there]) run.endInput();
    await Promise.all([here.ended, there.ended]);
  });

  test('E17: a record in a directory that does not exist is refused at the start, exit 2', async () => {
    await using world = await EmulatedWorld.start();
    for (const command of ['producer', 'consumer', 'status', 'env']) {
      const run = await commandLine(world, [
        command,
        '--record-file',
        join(world.directory, 'no', 'stream.properties'),
      ]);
      expect(run.code).toBe(2);
      expect(run.stderr).toMatch(/does not exist; create it/);
    }
  });

  test('E15: a record with a byte order mark, or in UTF-16, is read; one with NULs is refused by name', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { refuse: true });
    await commandLine(world, ['producer', '--count', '1']);
    const record = await readFile(world.recordFile, 'latin1');
    const env = async (
      bytes: Uint8Array,
    ): Promise<{ code: number | null; stdout: string; stderr: string }> => {
      await writeFile(world.recordFile, bytes);
      return commandLine(world, ['env']);
    };
    const plain = (await env(Buffer.from(record))).stdout;
    expect(plain).toContain('SECONDARY_STREAM_OCID');
    expect((await env(Buffer.from(`\uFEFF${record}`))).stdout).toBe(plain);
    expect((await env(Buffer.from(`\uFEFF${record}`, 'utf16le'))).stdout).toBe(plain);
    expect((await env(Buffer.from(`\uFEFF${record}`, 'utf16le').swap16())).stdout).toBe(plain);
    expect((await env(Buffer.from(record, 'utf16le'))).stdout).toBe(plain);
    const withNul = await env(Buffer.from(record.replace('SECONDARY', 'SECOND\0ARY')));
    expect(withNul).toMatchObject({ code: 2, stdout: '' });
    expect(withNul.stderr).toContain('NUL');
  });

  test('E15: an outputs file as PowerShell writes it is read', async () => {
    await using world = await EmulatedWorld.start();
    const file = join(world.directory, 'outputs.json');
    const outputs = JSON.stringify({ primaryStreamOcid: world.primaryOcid, activeRegion: SAO_PAULO });
    await writeFile(file, Buffer.from(`\uFEFF${outputs}`, 'utf16le'));
    expect((await commandLine(world, ['producer', '--count', '1', '--outputs', file])).code).toBe(0);
  });
});

describe.concurrent('a status that tells the truth', () => {
  test('I6: a wrong key, no stream, and an outage without a secondary are not "both down"', async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', status: 503 });
    expect(await status(world)).toMatchObject({
      code: 12,
      because: expect.stringContaining('has no stream yet') as string,
    });
    for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { status: 401 });
    const refused = await status(world);
    expect(refused.code).toBe(12);
    expect(refused.because).toContain('not permitted (401');
    await world.emulator.clearFaults(SAO_PAULO);
    expect(await status(world, '--stream-name', 'none')).toMatchObject({ code: 12 });
  });

  test('I14: --watch looks again and again until it is interrupted', async () => {
    await using world = await EmulatedWorld.start();
    const run = startCommand(world, ['status', '--watch', '100ms', '--output', 'json']);
    await run.stdoutHas('"healthy"');
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', status: 503 });
    await run.stdoutHas('"cannot tell"');
    run.kill('SIGINT');
    const { code } = await run.ended;
    expect([12, 130]).toContain(code);
  });
});

test('C21: a mistyped region is refused with the nearest name, and nothing is created anywhere', async () => {
  await using world = await EmulatedWorld.start();
  const run = await commandLine(world, ['producer', '--count', '1', '--primary-region', 'sa-saopaolo-1']);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain('did you mean sa-saopaulo-1?');
  expect(world.emulator.state().regions[VINHEDO]?.streams).toEqual([]);
});

test('I6: config shows every setting, its value, and where it came from', async () => {
  await using world = await EmulatedWorld.start();
  const { code, stdout } = await commandLine(world, ['config', '--lanes', '3', '--output', 'json']);
  expect(code).toBe(0);
  const rows = JSON.parse(stdout) as { name: string; value: unknown; source: string }[];
  const row = (name: string): unknown => rows.find((each) => each.name === name);
  expect(row('lanes')).toMatchObject({ value: 3, source: 'flag' });
  expect(row('recordFile')).toMatchObject({ source: 'environment (STREAM_PROPERTIES)' });
  expect(row('maxAttempts')).toMatchObject({ value: 5, source: 'default' });
  expect(row('primaryStreamOcid')).toMatchObject({ value: null, source: 'unset' });
});

test('I6: no command is answered by the help, on stderr, with exit code 2', async () => {
  await using world = await EmulatedWorld.start();
  const run = await commandLine(world, []);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toMatch(/^Usage: oci-streaming-ha/);
  expect(run.stderr).not.toContain('outputHelp');
  const version = await commandLine(world, ['--version']);
  expect(version).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    stderr: '',
  });
});

test.for(['config', 'status', 'completion bash', 'producer --help', '--version'])(
  'I8: %s to a full disk: exit 1 and the reason; to a reader that goes away: exit 0',
  async (command) => {
    await using world = await EmulatedWorld.start();
    const full = await shell(world, `$RUN ${command} > /dev/full`);
    expect(full.code).toBe(1);
    expect(full.stderr).toMatch(/Standard output cannot be written any more \(ENOSPC\)\.\n$/);
    const head = await shell(world, `$RUN ${command} | head -c 1; exit \${PIPESTATUS[0]}`);
    expect({ code: head.code, stdout: head.stdout.length, stderr: head.stderr }).toEqual({
      code: 0,
      stdout: 1,
      stderr: '',
    });
  },
);

test('I6: bash completes commands, flags and regions', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'oci-ha-completion-'));
  try {
    await writeFile(
      join(directory, 'oci-streaming-ha'),
      `#!/bin/sh\nexec ${process.execPath} ${LAUNCH} "$@"\n`,
      {
        mode: 0o755,
      },
    );
    const complete = async (...words: string[]): Promise<string[]> => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const script = `eval "$(oci-streaming-ha completion bash)"; COMP_WORDS=(oci-streaming-ha ${list}); COMP_CWORD=${words.length}; _oci_streaming_ha; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const env = { PATH: `${directory}:${process.env['PATH']}` };
      return (await promisify(execFile)('bash', ['-c', script], { env, cwd: directory })).stdout
        .trim()
        .split('\n');
    };
    expect(await complete('pro')).toEqual(['producer']);
    expect(await complete('producer', '--max-b')).toEqual([
      '--max-batch-messages',
      '--max-batch-bytes',
      '--max-buffer-bytes',
      '--max-block',
    ]);
    expect(await complete('consumer', '--primary-region', 'sa-sao')).toEqual(['sa-saopaulo-1']);
    expect(await complete('consumer', '--output', '')).toEqual(['text', 'json']);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('I17: an older Node is refused in one line, exit 2', async () => {
  const { engines } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  expect(`>=${LEAST_NODE}`.startsWith(engines.node)).toBe(true);
  const old = await oldNode();
  if (old === undefined) {
    process.stderr.write('processes.test.ts: no older Node is here to try; name one with NODE_20.\n');
    return;
  }
  const run = promisify(execFile)(old, [LAUNCH, 'producer', '--count', '1']);
  await expect(run).rejects.toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^oci-streaming-ha needs Node 22\.18\.0 or newer; this is Node [^\n]*\n$/,
    ) as string,
  });
});

async function oldNode(): Promise<string | undefined> {
  for (const path of [process.env['NODE_20'], '/usr/bin/node', '/usr/local/bin/node']) {
    if (path === undefined) continue;
    try {
      await access(path);
      const { stdout } = await promisify(execFile)(path, ['--version']);
      if (Number(/^v(\d+)/.exec(stdout)?.[1]) < 22) return path;
    } catch {
      continue;
    }
  }
  return undefined;
}
