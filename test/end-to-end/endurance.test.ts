import { execFile } from 'node:child_process';
import { setTimeout as passing } from 'node:timers/promises';
import { promisify } from 'node:util';

import { describe, expect, test, vi } from 'vitest';

import { commandLine, startCommand } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

const RATE = 500;
const SECONDS = 45;

describe('endurance', () => {
  test(
    'INV-1, INV-2: 45 seconds at 500 messages a second, two outages: every message is stored and received',
    { timeout: 240_000 },
    async () => {
      await using world = await EmulatedWorld.start();
      const quick = ['--failback-after', '3s', '--failback-min-interval', '1s', '--probe-interval', '1s'];
      const consumer = startCommand(world, ['consumer', '--output', 'json', '--standby-poll', '1s']);
      const count = RATE * SECONDS;
      const producer = startCommand(world, [
        'producer',
        '--rate',
        `${RATE}`,
        '--count',
        `${count}`,
        '--keys',
        '64',
        '--output',
        'json',
        ...quick,
      ]);
      await producer.stdoutHas('"offset"');
      await world.emulator.setFaults(SAO_PAULO, { status: 500 });
      await producer.stderrHas('Message sent to secondary stream.');
      await world.emulator.clearFaults(SAO_PAULO);
      await producer.stderrHas('Message sent to primary stream.');
      await world.emulator.setFaults(SAO_PAULO, { hang: true });
      await producer.stderrHas('latest: no answer in 2000 ms');
      await world.emulator.clearFaults(SAO_PAULO);
      const published = await producer.ended;
      expect(published.stderr).toMatch(/failed over[^]*failed back[^]*failed over/);
      expect(published.code).toBe(10);
      const values = (lines: string): Set<string> =>
        new Set(
          lines
            .trim()
            .split('\n')
            .map((line) => (JSON.parse(line) as { value: string }).value),
        );
      await vi.waitUntil(
        () => lineCount(consumer.stdout()) >= count && values(consumer.stdout()).size === count,
        { timeout: 60_000, interval: 1_000 },
      );
      consumer.kill('SIGTERM');
      expect((await consumer.ended).code).toBe(0);
      const stored = new Set([SAO_PAULO, VINHEDO].flatMap((region) => world.texts(region)));
      expect(stored.size).toBe(count);
      expect(lineCount(published.stdout)).toBe(count);
    },
  );

  test.concurrent.each([1_024, 1])(
    "C22, INV-5: with both regions down the producer's memory stays flat, with messages of %i bytes",
    { timeout: 120_000 },
    async (size) => {
      await using world = await EmulatedWorld.start();
      await commandLine(world, ['producer', '--count', '1']);
      for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { status: 503 });
      const producer = startCommand(world, [
        'producer',
        '--rate',
        '20000',
        '--count',
        '10000000',
        '--size',
        `${size}`,
        '--max-buffer-bytes',
        '8MiB',
        '--close-timeout',
        '0',
      ]);
      await producer.stderrHas('No region takes messages yet');
      // Memory over time is what this is about, so time passes.
      await passing(8_000);
      const early = await residentKiB(producer.pid);
      await passing(10_000);
      const late = await residentKiB(producer.pid);
      producer.kill('SIGKILL');
      await producer.ended;
      expect(late / early).toBeLessThan(1.25);
    },
  );
});

function lineCount(text: string): number {
  return text.split('\n').length - 1;
}

async function residentKiB(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', `${pid}`]);
  return Number(stdout.trim());
}
