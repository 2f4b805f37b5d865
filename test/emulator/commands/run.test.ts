import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../emulator/main.ts', import.meta.url));

interface Ready {
  readonly regions: Record<string, string>;
  readonly control: string;
  readonly configFile: string;
  readonly compartmentId: string;
}

/** A run of the command: what it wrote so far, and how it ended. */
function run(...words: string[]) {
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, ...written }));
  });
  return { child, written, ended };
}

test('says one line when ready, is told to fail from a shell, and cleans up when asked to end', async () => {
  const emulator = run('--json', '--port', '0');
  await expect.poll(() => emulator.written.stdout, { timeout: 45_000 }).toContain('\n');
  const ready = JSON.parse(emulator.written.stdout) as Ready;
  expect(Object.keys(ready.regions)).toEqual(['sa-saopaulo-1', 'sa-vinhedo-1']);
  const fault = (...words: string[]) => run('fault', ...words, '--control', ready.control).ended;
  expect(await fault('sa-saopaulo-1', '--status', '503', '--for', '30s')).toMatchObject({ code: 0 });
  expect((await fetch(`${ready.regions['sa-saopaulo-1']}/20180418/streams`)).status).toBe(503);
  expect(await fault('sa-saopaulo-1', '--clear')).toMatchObject({
    code: 0,
    stdout: 'sa-saopaulo-1: no faults\n',
  });
  expect((await fetch(`${ready.regions['sa-saopaulo-1']}/20180418/streams`)).status).toBe(401);
  const made = await run('stream', 'sa-saopaulo-1', 'orders', '--partitions', '2', '--control', ready.control)
    .ended;
  expect(made).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^ocid1\.stream\.oc1\.sa-saopaulo-1\.\S+\n$/) as string,
  });
  expect(await run('stream', 'sa-saopaulo-1', 'orders', '--control', ready.control).ended).toMatchObject({
    code: 2,
  });
  expect(
    await run('stream', 'sa-saopaulo-1', 'more', '--partitions', '0', '--control', ready.control).ended,
  ).toMatchObject({ code: 2 });
  expect(await fault('sa-vinhedo-1', '--hang')).toMatchObject({ code: 0 });
  expect(await fault('mars-1', '--hang')).toMatchObject({
    code: 2,
    stderr: 'emulator: mars-1 is not a region here; there are sa-saopaulo-1, sa-vinhedo-1\n',
  });
  emulator.child.kill('SIGTERM');
  expect(await emulator.ended).toMatchObject({
    code: 0,
    stderr: 'emulator: never hit: sa-vinhedo-1 {"hang":true}\n',
  });
  expect(existsSync(ready.configFile)).toBe(false);
});

test('tells a person what to type next', async () => {
  const emulator = run('--port', '0');
  await expect.poll(() => emulator.written.stdout, { timeout: 45_000 }).toContain('Ctrl-C');
  emulator.child.kill('SIGINT');
  const { code, stdout } = await emulator.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/export OCI_CONFIG_FILE=\S+\n/);
  expect(stdout).toMatch(/export OCI_STREAMING_ENDPOINT_SA_VINHEDO_1=http:\S+\n/);
});

test.each([
  [['--nope'], "emulator: unknown option '--nope'\n"],
  [['--port', 'x'], 'emulator: x is not a number\n'],
  [['--port', '70000'], 'emulator: port: must be a whole number from 0 to 65535, not 70000\n'],
  [
    ['--port', '65535'],
    'emulator: port of the last region: must be a whole number from 0 to 65535, not 65536\n',
  ],
  [['--offset-gaps', '2'], 'emulator: offsetGapProbability: must be a number from 0 to 1, not 2\n'],
  [['--regions', 'Moon'], "emulator: regions: Moon is not a region's name\n"],
  [['--limits', 'speed=3'], 'emulator: limits: speed is not a limit; there are putBytesPerSecond'],
  [['--scenario', '/nowhere.json'], 'emulator: --scenario /nowhere.json: ENOENT\n'],
  [['--user', 'a=do things'], 'emulator: users: a: "do things" is not a grant'],
  [
    ['fault', 'sa-saopaulo-1', '--for', 'long'],
    'emulator: long is not a duration such as 250ms, 30s, 5m, 24h or 7d\n',
  ],
  [
    ['fault', 'sa-saopaulo-1', '--hang', '--control', 'http://127.0.0.1:1'],
    'emulator: no emulator answers at http://127.0.0.1:1',
  ],
])('%j is one line and exit 2', async (words, message) => {
  const { code, stderr, stdout } = await run(...words).ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.startsWith(message)).toBe(true);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test.skipIf(process.platform === 'win32').each([
  ['config', (directory: string) => ['--data', directory], 'remove it'],
  ['DEFAULT.pem', (directory: string) => ['--data', directory], 'remove it'],
  [
    'scenario.json',
    (directory: string) => ['--scenario', join(directory, 'scenario.json')],
    'write the scenario to a file',
  ],
])('a pipe in place of %s is one line and exit 2', async (name, flags, remedy) => {
  const directory = mkdtempSync(join(tmpdir(), 'emulator-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const pipe = join(directory, name);
  execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
  const emulator = run('--json', '--port', '0', ...flags(directory));
  onTestFinished(() => void emulator.child.kill('SIGKILL'));
  expect(await emulator.ended).toEqual({
    code: 2,
    stdout: '',
    stderr: `emulator: ${pipe} is a pipe or a device, not a file: ${remedy}\n`,
  });
});

test('keeps resources in the states between for as long as the flags say', async () => {
  const delays = ['--create-delay', '0ms', '--update-delay', '1h', '--delete-delay', '1h'];
  const emulator = run('--json', '--port', '0', '--signatures', 'ignored', ...delays);
  await expect.poll(() => emulator.written.stdout, { timeout: 45_000 }).toContain('\n');
  const { regions, compartmentId } = JSON.parse(emulator.written.stdout) as Ready;
  interface Shown {
    readonly id: string;
    readonly lifecycleState: string;
  }
  const call = async (method: string, path: string, body?: object): Promise<Shown> => {
    const sent = body === undefined ? null : JSON.stringify(body);
    const headers = { 'content-type': 'application/json' };
    const url = `${regions['sa-saopaulo-1']}/20180418/streams${path}`;
    const text = await (await fetch(url, { method, body: sent, headers })).text();
    return JSON.parse(text === '' ? '{}' : text) as Shown;
  };
  const state = async (id: string): Promise<string> => (await call('GET', `/${id}`)).lifecycleState;
  const updated = await call('POST', '', { name: 'a', partitions: 1, compartmentId });
  const deleted = await call('POST', '', { name: 'b', partitions: 1, compartmentId });
  await state(updated.id);
  await state(deleted.id);
  await call('PUT', `/${updated.id}`, { freeformTags: { team: 'orders' } });
  await call('DELETE', `/${deleted.id}`);
  expect([await state(updated.id), await state(deleted.id)]).toEqual(['UPDATING', 'DELETING']);
  emulator.child.kill('SIGTERM');
  await emulator.ended;
});

test('says in one line that its output cannot be written, and goes on', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [MAIN, '--port', '0'], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await expect.poll(() => stderr, { timeout: 45_000 }).toContain('\n');
  expect(stderr).toBe('emulator: standard output cannot be written (ENOSPC)\n');
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
});

test('goes on when nobody reads what it says any more', async () => {
  const emulator = run('--json', '--log', '--port', '0', '--offset-gaps', '1');
  await expect.poll(() => emulator.written.stdout, { timeout: 45_000 }).toContain('\n');
  const { regions } = JSON.parse(emulator.written.stdout) as Ready;
  emulator.child.stdout.destroy();
  emulator.child.stderr.destroy();
  for (let call = 0; call < 3; call++) {
    expect((await fetch(`${regions['sa-saopaulo-1']}/20180418/streams`)).status).toBe(401);
  }
  emulator.child.kill('SIGTERM');
  expect(await emulator.ended).toMatchObject({ code: 0 });
});
