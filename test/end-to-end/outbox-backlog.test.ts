import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { commandLine } from '../support/command-line.ts';
import { EmulatedWorld } from '../support/emulated-world.ts';

const HOLD_OUTBOX = fileURLToPath(new URL('../runtime/outbox/hold-outbox.ts', import.meta.url));

const MESSAGES = 100_000;
const BYTES = 1_000;

/**
 * Prints how long (ms) the turns of the main thread were, in its own processor time: what others do on a busy machine is no
 * stall of this program. And the most memory that it held.
 */
const MEASURE = `
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) {
    const used = () => { const { user, system } = process.threadCpuUsage(); return user + system; };
    const turns = [];
    let before = used();
    const turn = () => { const now = used(); turns.push(now - before); before = now; setImmediate(turn).unref(); };
    // What is loaded at the start is not measured.
    setTimeout(() => { before = used(); turn(); }, 1_000).unref();
    process.on('exit', () => {
      turns.sort((a, b) => b - a);
      const seen = { longest: turns[0] / 1000, hundredth: turns[100] / 1000, peakMiB: process.resourceUsage().maxRSS / 1024 };
      console.error('measured ' + JSON.stringify(seen));
    });
  }`;
const env = { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(MEASURE)}"` };

/** Another process writes them, as one that was killed in an outage has. */
async function leave(world: EmulatedWorld): Promise<void> {
  const args = [HOLD_OUTBOX, `${world.recordFile}.outbox`, 'own', String(MESSAGES), String(BYTES), '1000'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await once(child, 'exit');
}

test(
  'F5, INV-5: a backlog of 100 MB is sent by a process whose turns stay short and whose memory does not grow by it',
  { timeout: 180_000 },
  async () => {
    await using world = await EmulatedWorld.start({
      maxStoredBytes: 64 * 1_048_576,
      whenFull: 'drop-oldest',
    });
    await commandLine(world, ['producer', '--count', '1']);
    await leave(world);
    const { code, stderr } = await commandLine(world, ['outbox', 'send', '--log', 'plain'], { env });
    expect(code).toBe(0);
    expect(stderr).toContain(`${MESSAGES} messages were sent, 0 wait in the outbox.`);
    const measured = JSON.parse(/^measured (.*)$/m.exec(stderr)?.[1] ?? '') as Record<string, number>;
    // The longest are those in which programs are loaded, and in which memory is collected.
    expect(measured['hundredth']).toBeLessThan(10);
    expect(measured['peakMiB']).toBeLessThan(300);
  },
);
