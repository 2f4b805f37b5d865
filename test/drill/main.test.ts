import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect, test, vi } from 'vitest';

import { EmulatedWorld, SAO_PAULO } from '../support/emulated-world.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

test.skipIf(process.platform === 'win32').each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('I14: a drill that %s ends says what is known of its messages', async (signal, code) => {
  await using world = await EmulatedWorld.start();
  const drill = spawn(process.execPath, [MAIN, '--messages', '5000', '--rate', '100'], {
    cwd: world.directory,
    env: { PATH: process.env['PATH'], HOME: world.directory, ...world.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  drill.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  const ended = once(drill, 'close');
  await vi.waitUntil(() => world.texts(SAO_PAULO).length >= 20, 30_000);
  drill.kill(signal);
  expect(await ended).toEqual([code, null]);
  const [id = ''] = world.texts(SAO_PAULO)[0]!.split(' ');
  const [, sent] =
    new RegExp(`no verdict: (\\d+) of 5000 messages were sent \\(their values begin with ${id}\\)`).exec(
      stdout,
    ) ?? [];
  const [, stored, open, read] =
    /^stored: sa-saopaulo-1 (\d+); rejected: 0; not known, may be stored: (\d+); read: (\d+)$/m.exec(
      stdout,
    ) ?? [];
  expect(Number(stored)).toBeGreaterThan(0);
  expect(Number(stored) + Number(open)).toBe(Number(sent));
  expect(Number(stored)).toBeLessThanOrEqual(world.texts(SAO_PAULO).length);
  expect(Number(read)).toBeLessThanOrEqual(world.texts(SAO_PAULO).length);
});
