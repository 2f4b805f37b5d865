import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { commandLine } from '../support/command-line.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

/** More at once would test the memory of the machine: each takes about 100 MiB. */
const PROCESSES = 12;

test(
  'I5, D7, E6, F8: producers that start at once in an outage use one secondary, one record, and an outbox each',
  { timeout: 180_000 },
  async () => {
    await using world = await EmulatedWorld.start();
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', status: 503 });
    const runs = await Promise.all(
      Array.from({ length: PROCESSES }, (_, index) =>
        commandLine(world, ['producer', '-', '--outbox', 'always', '--log', 'plain'], {
          input: `${index}-a\n${index}-b\n`,
        }),
      ),
    );
    for (const { code, stderr } of runs) {
      expect(stderr).toContain('sent 2, stored 2 (sa-vinhedo-1 2), failed 0');
      expect(code).toBe(10);
    }
    const streams = world.emulator.state().regions[VINHEDO]?.streams ?? [];
    expect(streams).toHaveLength(1);
    expect(new Set(world.texts(VINHEDO)).size).toBe(2 * PROCESSES);
    const record = (await readFile(world.recordFile, 'utf8')).split('\n');
    expect(record).toContain(`SECONDARY_STREAM_OCID=${streams[0]?.id}`);
    expect(record).toContain(`ACTIVE_REGION=${VINHEDO}`);
    expect((await commandLine(world, ['outbox', 'status'])).code).toBe(0);
  },
);
