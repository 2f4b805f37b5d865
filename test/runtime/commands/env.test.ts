import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../runtime/main.ts', import.meta.url));
const RECORD = [
  'SECONDARY_STREAM_OCID=ocid1.stream.oc1.sa-vinhedo-1.aaa',
  'SECONDARY_STREAM_ENDPOINT=https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com',
  '',
].join('\n');

/** What `env` prints in a directory with these files. */
function env(files: Record<string, string | Buffer>, ...args: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'env-command-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const options = {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: directory },
      encoding: 'utf8',
    } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'env', ...args], options);
    return { status, stdout, stderr };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('the command env', () => {
  test.each([
    ['latin1', Buffer.from(RECORD, 'latin1')],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${RECORD}`)],
    ['UTF-16', Buffer.from(`\uFEFF${RECORD}`, 'utf16le')],
  ])('E15, E13: prints what a record in %s names', (_, bytes) => {
    expect(env({ 'stream.properties': bytes })).toEqual({
      status: 0,
      stdout:
        "export SECONDARY_STREAM_OCID='ocid1.stream.oc1.sa-vinhedo-1.aaa'\n" +
        "export SECONDARY_STREAM_ENDPOINT='https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com'\n",
      stderr: '',
    });
  });

  test('E15: a record that cannot be decoded is named, and is no record that says nothing', () => {
    const { status, stdout, stderr } = env({ 'stream.properties': Buffer.alloc(300) });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('stream.properties holds NUL characters');
    expect(stderr).not.toContain('no failover');
  });

  test('E14, E7: without a secondary it does not claim that there was no failover: a producer may not have been able to write', () => {
    const { status, stdout, stderr } = env({});
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      /names no secondary.*Either there was no failover yet, or the producer could not write/,
    );
  });

  test('E14, R6: the state knows of a switch that the record does not name', () => {
    const { stderr } = env({ 'stream.properties.state': 'SWITCH_REASON=503 from sa-saopaulo-1\n' });
    expect(stderr).toMatch(/But the active region was changed \(503 from sa-saopaulo-1\)/);
    expect(stderr).not.toContain('no failover yet');
  });

  test('E17: a directory that does not exist is said', () => {
    const { status, stderr } = env({}, '--record-file', 'missing/stream.properties');
    expect(status).toBe(2);
    expect(stderr).toContain('missing does not exist; create it');
  });
});
