import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';

const main = (name: string): string => fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url));

function run(name: string, args: readonly string[], stdout: 'pipe' | number = 'pipe') {
  return spawnSync(process.execPath, [main(name), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', stdout, 'pipe'],
  });
}

describe('I6: a command of this repository', () => {
  test.each([
    [
      'simulation',
      ['--workers', '0'],
      '--workers 0 is not a whole number from 1 on; --help lists the options',
    ],
    ['simulation', ['--seed', '1.5'], '--seed 1.5 is not a whole number from 0 on; --help lists the options'],
    ['simulation', ['--minutes', '0'], 'Nothing is to be simulated'],
    ['simulation', ['--hours', '0'], 'Nothing is to be simulated'],
    ['simulation', ['--file', '/dev/null'], '--file /dev/null is not a schedule that was kept: '],
    ['simulation', ['--planted', 'no such'], '--planted no such: no planted bug has this in its name'],
    ['simulation', ['--day', '--seed', '3'], '--seed has no meaning with --day; --help lists the options'],
    ['simulation', ['--shrink'], '--shrink has no meaning by itself; --help lists the options'],
    ['drill', ['--messages', '0'], '--messages 0 is not a whole number from 1 on; --help lists the options'],
    ['bench', ['toString'], 'there is no part toString; there are put, get'],
  ])('I6: %s %j is refused in one line, exit 2', (name, args, words) => {
    const { status, stderr, stdout } = run(name, args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test.skipIf(process.platform !== 'linux').each(['simulation', 'drill', 'bench'])(
    'I4: %s whose output cannot be written says so, exit 1',
    (name) => {
      const full = openSync('/dev/full', 'w');
      const { status, stderr } = run(name, ['--help'], full);
      closeSync(full);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: 'Standard output cannot be written any more (ENOSPC).\n',
      });
    },
  );

  test.skipIf(process.platform === 'win32').each([
    ['SIGTERM', [143, null]],
    ['SIGHUP', [129, null]],
    ['SIGKILL', [null, 'SIGKILL']],
  ] as const)('I7: %s ends the bench with its emulator', async (signal, end) => {
    const bench = spawn(process.execPath, [main('bench'), '--quick', 'put'], {
      stdio: 'ignore',
      detached: true,
    });
    const ended = once(bench, 'exit');
    // A detached process leads a group, in which its children are.
    const group = (): string[] =>
      spawnSync('ps', ['-eo', 'pgid=,args='], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line.trim().startsWith(`${bench.pid} `));
    await vi.waitUntil(() => group().some((line) => line.includes('emulator/launch.js')), 30_000);
    bench.kill(signal);
    expect(await ended).toEqual(end);
    await vi.waitUntil(() => group().length === 0, 10_000);
  });
});
