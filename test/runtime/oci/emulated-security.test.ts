import { describe, expect, it } from 'vitest';

import { startEmulator, type Emulator } from '../../../emulator/index.ts';
import { systemClock } from '../../../runtime/clock.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { openAuth, openRegion } from '../../../runtime/oci/index.ts';
import type { StreamRef } from '../../../runtime/region.ts';
import { callErrorOf } from './fixtures/call-error-of.ts';
import { encoded } from './fixtures/encoded.ts';
import { ociDirectory } from './fixtures/oci-directory.ts';
import { REGION } from './fixtures/open-test-region.ts';

async function open(
  emulator: Emulator,
  { configFile = emulator.configFile, profile = 'DEFAULT', clock = systemClock } = {},
) {
  const events: HaEvent[] = [];
  const emit = (event: HaEvent): void => void events.push(event);
  const auth = await openAuth({ auth: 'api_key', configFile, profile }, emit);
  const settings = { endpoints: emulator.regions, requestTimeoutMs: 10_000 };
  const region = openRegion({ name: REGION, auth, settings, clock, emit });
  return { region, events, [Symbol.asyncDispose]: () => region.close() };
}

async function orders(emulator: Emulator): Promise<StreamRef> {
  await using owner = await open(emulator);
  const { ocid } = await owner.region.createStream({
    name: 'orders',
    partitions: 1,
    retentionInHours: 24,
    compartmentId: emulator.compartmentId,
    tags: {},
  });
  return await owner.region.stream(ocid);
}

describe('a region that checks every signature', () => {
  it('C3: corrects our clock when it is 10 minutes behind, with one event', async () => {
    await using emulator = await startEmulator({ signatures: 'required' });
    const stream = await orders(emulator);
    const clock = { ...systemClock, wall: () => systemClock.wall() - 600_000 };
    await using producer = await open(emulator, { clock });
    expect(await producer.region.put(stream, [encoded('k', 'v')], {})).toHaveLength(1);
    expect(await producer.region.put(stream, [encoded('k', 'v')], {})).toHaveLength(1);
    expect(producer.events).toEqual([
      { type: 'clock-corrected', region: REGION, byMs: expect.closeTo(600_000, -4) as number },
    ]);
  });

  it('C4: refuses a key that it does not know, and the error names profile and fingerprint', async () => {
    await using emulator = await startEmulator({ signatures: 'required' });
    const stream = await orders(emulator);
    using stranger = ociDirectory();
    await using producer = await open(emulator, stranger);
    const { failure, message } = await callErrorOf(producer.region.put(stream, [encoded('k', 'v')], {}));
    expect(failure).toMatchObject({ came: 'status', status: 401, code: 'NotAuthenticated' });
    expect(message).toContain(
      `Signed with profile DEFAULT in ${stranger.configFile}, fingerprint ${stranger.fingerprint}: check that user`,
    );
  });

  it('C5: refuses a put to who may only read, and the error names the permission', async () => {
    await using emulator = await startEmulator({
      signatures: 'required',
      users: { READER: ['use stream-pull', 'read streams'] },
    });
    const stream = await orders(emulator);
    await using reader = await open(emulator, { profile: 'READER' });
    const { failure, message } = await callErrorOf(reader.region.put(stream, [encoded('k', 'v')], {}));
    expect(failure).toMatchObject({ came: 'status', status: 404, code: 'NotAuthorizedOrNotFound' });
    expect(message).toContain('profile READER');
    expect(message).toContain('PutMessages needs STREAM_PRODUCE');
    expect(await reader.region.stream(stream.ocid)).toMatchObject({ name: 'orders' });
  });
});
