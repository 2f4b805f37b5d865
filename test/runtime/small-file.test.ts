import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readSmallFile, readSmallFileLater, textOf, whyUnreadable } from '../../runtime/small-file.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'oci-ha-small-file-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function written(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

function pipe(name: string): string {
  spawnSync('sh', ['-c', 'mkfifo "$0"', join(directory, name)]);
  return join(directory, name);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const why = (read: () => unknown): string => {
  try {
    return `read: ${String(read())}`;
  } catch (error) {
    return whyUnreadable(error);
  }
};

describe.skipIf(process.platform === 'win32')('E11: a file that the user names', () => {
  test('E11: is read whole, whatever size the system tells', () => {
    expect(text(readSmallFile(written('config', '[DEFAULT]\n')))).toBe('[DEFAULT]\n');
    expect(text(readSmallFile('/proc/self/comm'))).not.toBe('');
    expect(readSmallFile('/dev/null')).toHaveLength(0);
  });

  test('E11: takes memory by its size, and a device or a pipe by what comes', () => {
    expect(readSmallFile(written('little', 'key=value\n')).buffer.byteLength).toBeLessThan(10_000);
    const most = readSmallFile(written('most', `${'x'.repeat(1_048_575)}y`));
    expect(most).toHaveLength(1_048_576);
    expect(most.at(-1)).toBe('y'.charCodeAt(0));
    const name = pipe('long');
    const writer = spawn('sh', ['-c', 'seq 20000 > "$0"', name]);
    expect(text(readSmallFile(name))).toBe(
      Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join(''),
    );
    writer.kill();
  });

  test('E11: that cannot be read is said in words', () => {
    expect(why(() => readSmallFile(join(directory, 'absent')))).toBe('there is no such file');
    expect(why(() => readSmallFile(directory))).toBe('it cannot be read (EISDIR)');
    expect(why(() => readSmallFile('/dev/zero'))).toBe('it is longer than 1048576 bytes');
    expect(why(() => readSmallFile(written('large', 'x'.repeat(1_048_577))))).toBe(
      'it is longer than 1048576 bytes',
    );
  });

  test('E11: that is a pipe is read when something is written to it', async () => {
    const name = pipe('written');
    const writer = spawn('sh', ['-c', 'exec > "$0"; printf one; printf two', name]);
    expect(text(readSmallFile(name))).toBe('onetwo');
    const later = spawn('sh', ['-c', 'printf three > "$0"', name]);
    expect(text(await readSmallFileLater(name))).toBe('three');
    writer.kill();
    later.kill();
  });

  test('E11: that is a pipe of nobody is given up in time', async () => {
    const name = pipe('silent');
    expect(why(() => readSmallFile(name, 20))).toBe('it is a pipe to which nothing was written in 0.02 s');
    const clock = new VirtualClock();
    const given = readSmallFileLater(name, { clock }).catch(whyUnreadable);
    expect(await clock.passUntil(given)).toBe('it is a pipe to which nothing was written in 60 s');
  });

  test('I1: the wait for a pipe ends with the signal', async () => {
    const stop = new AbortController();
    const read = readSmallFileLater(pipe('stopped'), { signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(read).rejects.toThrow('stopped');
  });
});

describe.skipIf(process.platform === 'win32')('E11, R7: the text of a file of a program', () => {
  test('E11, R7: is that of a regular file, of /proc too', () => {
    expect(textOf(written('said', 'text'))).toBe('text');
    expect(textOf('/proc/self/comm')).not.toBe('');
  });

  test('E11, R7: is empty for a pipe or a device, without a wait', () => {
    const [silent, device] = [pipe('unsaid'), join(directory, 'device')];
    symlinkSync('/dev/zero', device);
    for (const path of [silent, device, directory, join(directory, 'absent')]) expect(textOf(path)).toBe('');
  });
});
