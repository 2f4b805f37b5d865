import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { EmulatedWorld, SAO_PAULO } from '../support/emulated-world.ts';
import { worker } from './contestants.ts';
import { AS_USERS_RUN_IT } from './emulated.ts';
import { BASE } from './work.ts';

test('a worker leaves no files behind, whatever it was doing when it ended', async () => {
  await using world = await EmulatedWorld.start();
  const { regions, configFile, compartmentId } = world.emulator;
  const endpoint = regions[SAO_PAULO] ?? '';
  const place = { regions, control: '', configFile, compartmentId, endpoint };
  const stream = { streamName: 'OCI-PRIMARY-STREAM', streamOcid: world.primaryOcid };
  const directory = mkdtempSync(join(tmpdir(), 'oci-ha-test-'));
  Object.assign(AS_USERS_RUN_IT, { TMPDIR: directory });
  const left = (): string[] => readdirSync(directory).filter((name) => name.startsWith('oci-ha-bench-'));
  try {
    const job = { type: 'put', length: { messages: 10 } } as const;
    const opened = await worker('', {
      rival: 'this project',
      place: { ...place, ...stream },
      work: BASE,
      job,
    }).open();
    void opened.turn().catch(() => {});
    expect(left()).not.toEqual([]);
    await opened[Symbol.asyncDispose]();
    expect(left()).toEqual([]);
  } finally {
    Object.assign(AS_USERS_RUN_IT, { TMPDIR: process.env['TMPDIR'] });
    rmSync(directory, { recursive: true, force: true });
  }
});
