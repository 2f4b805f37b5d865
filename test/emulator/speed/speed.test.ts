import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AS_USERS_RUN_IT } from '../../bench/emulated.ts';
import { BARE_SERVER, EMULATOR, messagesPerSecond, openPutter } from '../../bench/emulator/puts.ts';

// Ratios of what ran side by side: a machine's own speed, and what else it does, is in both.

test('takes puts at a pace near that of a server that only reads and answers them', async () => {
  await using bare = await openPutter(BARE_SERVER);
  await using emulator = await openPutter(EMULATOR);
  const [without = 0, taken = 0] = await messagesPerSecond([bare, emulator], 7, 60);
  // 0.55 to 0.7 was measured (node test/bench/emulator/emulator-puts.ts).
  expect(taken / without).toBeGreaterThan(0.3);
});

test('is ready soon after Node itself is', async () => {
  const launch = fileURLToPath(new URL('../../../emulator/launch.js', import.meta.url));
  const emulator = [launch, '--json', '--port', '0'];
  await readyMs(emulator); // fills the compile cache
  const rounds: { readonly bare: number; readonly emulator: number }[] = [];
  for (let round = 0; round < 7; round++) {
    rounds.push({ bare: await readyMs(['-e', 'console.log(1)']), emulator: await readyMs(emulator) });
  }
  const fastest = (which: 'bare' | 'emulator'): number => Math.min(...rounds.map((round) => round[which]));
  // 4 to 5 on a quiet machine, up to 9 beside three busy processes: the emulator keeps two cores busy, bare Node one.
  expect(fastest('emulator') / fastest('bare')).toBeLessThan(20);
});

/** From the start of Node to its first word. */
async function readyMs(words: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: AS_USERS_RUN_IT,
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  const ms = performance.now() - startedAt;
  child.kill();
  await ended;
  return ms;
}
