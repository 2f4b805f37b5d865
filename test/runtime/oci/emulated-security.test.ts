import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { startEmulator, type Emulator } from '../../../emulator/index.ts';
import { systemClock, type Clock } from '../../../runtime/clock.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { openAuth, openRegion } from '../../../runtime/oci/index.ts';
import type { StreamRef } from '../../../runtime/region.ts';
import type { Settings } from '../../../runtime/settings/index.ts';
import { failureOf, messageOf, refOf, valueFrom } from './fixtures/answers.ts';
import { encoded } from './fixtures/encoded.ts';
import { ociDirectory } from './fixtures/oci-directory.ts';
import { REGION } from './fixtures/open-test-region.ts';

async function open(
  emulator: Emulator,
  given: { kind?: Settings['auth']; configFile?: string; profile?: string; clock?: Clock } = {},
) {
  const {
    kind = 'api_key',
    configFile = emulator.configFile,
    profile = 'DEFAULT',
    clock = systemClock,
  } = given;
  const events: HaEvent[] = [];
  const emit = (event: HaEvent): void => void events.push(event);
  const auth = await openAuth({ auth: kind, configFile, profile }, emit);
  const settings = {
    endpoints: emulator.regions,
    requestTimeoutMs: 10_000,
    compartmentId: emulator.compartmentId,
    primaryStreamOcid: undefined,
  };
  const region = openRegion({ name: REGION, auth, settings, clock, emit });
  return { region, events, [Symbol.asyncDispose]: () => region.close() };
}

async function orders(emulator: Emulator): Promise<StreamRef> {
  await using owner = await open(emulator);
  const created = owner.region.createStream({
    name: 'orders',
    partitions: 1,
    retentionInHours: 24,
    compartmentId: emulator.compartmentId,
    tags: {},
  });
  const { ocid } = await valueFrom(created);
  return refOf(await valueFrom(owner.region.stream(ocid)));
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a region that checks every signature', () => {
  it('C3: corrects our clock when it is 10 minutes behind, with one event', async () => {
    await using emulator = await startEmulator({ signatures: 'required' });
    const stream = await orders(emulator);
    const clock = { ...systemClock, wall: () => systemClock.wall() - 600_000 };
    await using producer = await open(emulator, { clock });
    expect(await valueFrom(producer.region.put(stream, [encoded('k', 'v')], {}))).toHaveLength(1);
    expect(await valueFrom(producer.region.put(stream, [encoded('k', 'v')], {}))).toHaveLength(1);
    expect(producer.events).toEqual([
      { type: 'clock-corrected', region: REGION, byMs: expect.closeTo(600_000, -4) as number },
    ]);
  });

  it('C4: refuses a key that it does not know, and the error names profile and fingerprint', async () => {
    await using emulator = await startEmulator({ signatures: 'required' });
    const stream = await orders(emulator);
    using stranger = ociDirectory();
    await using producer = await open(emulator, stranger);
    const refused = producer.region.put(stream, [encoded('k', 'v')], {});
    expect(await failureOf(refused)).toMatchObject({ status: 401, code: 'NotAuthenticated' });
    expect(await messageOf(refused)).toContain(
      `Signed with profile DEFAULT in ${stranger.configFile}, fingerprint ${stranger.fingerprint}: check that user`,
    );
  });

  it('C6: takes the session token of a profile', async () => {
    await using emulator = await startEmulator({ signatures: 'required' });
    const stream = await orders(emulator);
    await using producer = await open(emulator, { kind: 'security_token', profile: 'DEFAULT_SESSION' });
    expect(await valueFrom(producer.region.put(stream, [encoded('k', 'v')], {}))).toHaveLength(1);
  });

  it('C6: takes the newer session token that stands in the file by now', async () => {
    await using emulator = await startEmulator({ signatures: 'required' });
    const stream = await orders(emulator);
    const tokenFile = join(dirname(emulator.configFile), 'DEFAULT.token');
    const good = readFileSync(tokenFile);
    writeFileSync(tokenFile, 'an.older.token');
    await using producer = await open(emulator, { kind: 'security_token', profile: 'DEFAULT_SESSION' });
    const refused = producer.region.put(stream, [encoded('k', 'v')], {});
    expect(await failureOf(refused)).toMatchObject({ status: 401, code: 'NotAuthenticated' });
    expect(await messageOf(refused)).toContain('oci session authenticate --profile-name DEFAULT_SESSION');
    writeFileSync(tokenFile, good);
    expect(await valueFrom(producer.region.put(stream, [encoded('k', 'v')], {}))).toHaveLength(1);
  });

  it('C4: takes a resource principal, whose token and key the environment names', async () => {
    await using emulator = await startEmulator({ signatures: 'required' });
    const stream = await orders(emulator);
    const directory = dirname(emulator.configFile);
    vi.stubEnv('OCI_RESOURCE_PRINCIPAL_VERSION', '2.2');
    vi.stubEnv('OCI_RESOURCE_PRINCIPAL_RPST', join(directory, 'DEFAULT.token'));
    vi.stubEnv('OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM', join(directory, 'DEFAULT.pem'));
    vi.stubEnv('OCI_RESOURCE_PRINCIPAL_REGION', REGION);
    await using producer = await open(emulator, { kind: 'resource_principal' });
    expect(await valueFrom(producer.region.put(stream, [encoded('k', 'v')], {}))).toHaveLength(1);
  });

  it('C5: refuses a put to who may only read, and the error names the permission', async () => {
    await using emulator = await startEmulator({
      signatures: 'required',
      users: { READER: ['use stream-pull', 'read streams'] },
    });
    const stream = await orders(emulator);
    await using reader = await open(emulator, { profile: 'READER' });
    const refused = reader.region.put(stream, [encoded('k', 'v')], {});
    expect(await failureOf(refused)).toMatchObject({ status: 404, code: 'NotAuthorizedOrNotFound' });
    const message = await messageOf(refused);
    expect(message).toContain('profile READER');
    expect(message).toContain('PutMessages needs STREAM_PRODUCE');
    expect(await valueFrom(reader.region.stream(stream.ocid))).toMatchObject({ name: 'orders' });
  });
});
