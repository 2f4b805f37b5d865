import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_RULES } from '../../emulator/state/region-state.ts';
import { RELAXED } from '../../emulator/state/limits.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'emulator', 'README.md'), 'utf8');

/** The README promises this version; in CI it is there (.ci/run sets NODE_22). */
const nodes = { 'this Node': process.execPath, 'Node 22': process.env['NODE_22'] };

test.each(Object.entries(nodes))('the example of the README runs as written under %s', async (name, node) => {
  if (node === undefined) {
    process.stderr.write(`readme.test.ts: ${name} is not tried; set NODE_22 to its path (.ci/run does).\n`);
    return;
  }
  const [, example = ''] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? [];
  expect(example).toContain("from 'oci-streaming-ha/emulator'");
  // Inside the repository, where the package's dependencies are found; its own name would mean dist/, which needs a build.
  const directory = mkdtempSync(join(tmpdir(), 'emulator-readme-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'example.ts');
  const entry = JSON.stringify(join(root, 'emulator', 'index.ts'));
  writeFileSync(file, example.replace("'oci-streaming-ha/emulator'", entry));
  const { stdout } = await promisify(execFile)(node, [file], { cwd: directory, env: { HOME: directory } });
  const printed = [...example.matchAll(/\/\/ prints (.*)$/gm)].map(([, text]) => text);
  expect(printed).not.toEqual([]);
  expect(stdout.trim().split('\n')).toEqual(printed);
});

test('the README names every limit, and the default memory', () => {
  expect(Object.keys(RELAXED).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  expect(readme).toContain(`${DEFAULT_RULES.maxStoredBytes / 2 ** 20} MiB`);
});
