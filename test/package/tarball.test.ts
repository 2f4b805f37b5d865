import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = `
import { openManager, openProducer, openConsumer, errorCodes, HaError } from 'oci-streaming-ha';
import type { Receipt, StreamConsumer, StreamManager, StreamProducer } from 'oci-streaming-ha';
import { startEmulator } from 'oci-streaming-ha/emulator';
type Opened = StreamConsumer | StreamManager | StreamProducer;
const opened: (() => Promise<Opened>)[] = [openManager, openProducer, openConsumer];
const emulator = await startEmulator();
const error = await openProducer({ lanes: 0 }, { environment: {} }).catch((e: unknown) => e);
const files = ['/', '/page.css', '/page.js'].map((path) => fetch(emulator.control + path));
const page = (await Promise.all(files)).map(({ status }) => status).join(' ');
await emulator.close();
const receipt: Receipt | undefined = undefined;
console.log(opened.length, errorCodes.includes('CONFIG'), error instanceof HaError && error.code, receipt, page);
`;

let project = '';

/**
 * What npm does with a tarball, without asking a registry: unpacked below node_modules, with the dependencies that it names
 * beside it.
 */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'oci-ha-package-'));
  const modules = join(project, 'node_modules');
  const installed = join(modules, 'oci-streaming-ha');
  await mkdir(installed, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: root, stdio: 'pipe' });
  const tarball = (await readdir(project)).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync('tar', ['-xzf', join(project, tarball), '--strip-components=1', '-C', installed]);
  const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(project, 'program.ts'), program);
}, 120_000);

afterAll(() => rm(project, { recursive: true, force: true }));

test('the packed tarball holds what runs and nothing else', async () => {
  const files = await readdir(join(project, 'node_modules', 'oci-streaming-ha'));
  expect(files.toSorted((a, b) => a.localeCompare(b))).toEqual([
    'dist',
    'LICENSE',
    'package.json',
    'README.md',
  ]);
});

test('a program that imports it type-checks', () => {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    'node',
    '--skipLibCheck',
  ];
  expect(() => execFileSync(process.execPath, [tsc, ...flags, 'program.ts'], { cwd: project })).not.toThrow();
}, 120_000);

const nodes = { 'this Node': process.execPath, 'Node 22': process.env['NODE_22'] };

test.each(Object.entries(nodes))('and runs under %s', (name, node) => {
  if (node === undefined) {
    // Said once, so that nobody takes it for proven.
    process.stderr.write(`tarball.test.ts: ${name} is not tried; set NODE_22 to its path (.ci/run does).\n`);
    return;
  }
  const output = execFileSync(node, ['program.ts'], { cwd: project, encoding: 'utf8' });
  expect(output).toBe('3 true CONFIG undefined 200 200 200\n');
});
