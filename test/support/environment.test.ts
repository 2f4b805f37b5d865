import { spawnSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { table, variablesOf } from '../../runtime/settings/index.ts';

const CONFIG = new URL('../../vitest.config.ts', import.meta.url).href;

test('npm test sees nothing of the streams and credentials that its shell names, as after `export OCI_…`', () => {
  const named = Object.values(table).flatMap((row: Parameters<typeof variablesOf>[0]) => variablesOf(row));
  const endpoint = 'OCI_STREAMING_ENDPOINT_SA_VINHEDO_1';
  const names = [...named, endpoint, 'OCI_CLI_USER', 'SECONDARY_STREAM_OCID'];
  const env = { ...process.env, ...Object.fromEntries(names.map((name) => [name, 'of the shell'])) };
  const script = `await import(${JSON.stringify(CONFIG)}); console.log(JSON.stringify(process.env))`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env,
    encoding: 'utf8',
  });
  const seen = JSON.parse(stdout) as Record<string, string>;
  expect(names.filter((name) => name in seen)).toEqual([]);
  expect(seen['PATH']).toBe(process.env['PATH']);
});
