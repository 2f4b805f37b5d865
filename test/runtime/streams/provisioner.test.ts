import { describe, expect, test } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import type { StreamRef } from '../../../runtime/region.ts';
import { Provisioner } from '../../../runtime/streams/index.ts';
import { FakeRegion, status } from '../../support/fake-region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function world(): {
  clock: VirtualClock;
  region: FakeRegion;
  events: HaEvent[];
  kinds: () => string[];
  secure: (recorded?: string) => Promise<StreamRef>;
} {
  const clock = new VirtualClock();
  const region = new FakeRegion('sa-vinhedo-1', clock);
  const events: HaEvent[] = [];
  const provisioner = new Provisioner({
    region,
    name: 'OCI-SECONDARY-STREAM',
    shape: () =>
      Promise.resolve({
        partitions: 3,
        retentionInHours: 48,
        compartmentId: 'ocid1.compartment.oc1..x',
        primaryOcid: 'ocid1.stream.oc1.sa-saopaulo-1.p',
        known: true,
      }),
    limits: { baseDelayMs: 250, maxDelayMs: 5_000 },
    clock,
    emit: (event) => void events.push(event),
  });
  const secure = (recorded?: string): Promise<StreamRef> =>
    clock.passUntil(provisioner.secure(recorded, new AbortController().signal));
  return { clock, region, events, kinds: () => events.map((event) => event.type), secure };
}

const creates = (region: FakeRegion): number =>
  region.adminCalls.filter((call) => call === 'CreateStream').length;
const ocid = (name: string): string => `ocid1.stream.oc1.sa-vinhedo-1.${name}`;

test('D1: absent: it is made as the primary is, marked, and waited for', async () => {
  const { region, kinds, secure } = world();
  region.createDelayMs = 12_000;
  const stream = await secure();
  expect(region.streams).toMatchObject([
    { partitions: 3, retentionInHours: 48, state: 'ACTIVE', tags: { 'created-by': 'oci-streaming-ha' } },
  ]);
  expect(stream.ocid).toBe(region.streams[0]?.ocid);
  expect(kinds()).toEqual([
    'secondary-absent',
    'secondary-awaited',
    'secondary-awaited',
    'secondary-awaited',
    'secondary-created',
  ]);
});

test('D2: ACTIVE: it is adopted, without a create call', async () => {
  const { region, kinds, secure } = world();
  region.addStream(ocid('a'), { partitions: 3, retentionInHours: 48 });
  expect((await secure()).ocid).toBe(ocid('a'));
  expect(creates(region)).toBe(0);
  expect(kinds()).toEqual(['secondary-adopted']);
});

test('D3: CREATING for 60 s: it is waited for, and told every 5 s', async () => {
  const { clock, region, events, secure } = world();
  const coming = region.addStream(ocid('a'), { state: 'CREATING' });
  clock.after(60_000, () => {
    region.streams[0] = { ...coming, state: 'ACTIVE' };
  });
  await secure();
  expect(clock.now()).toBeGreaterThanOrEqual(60_000);
  expect(creates(region)).toBe(0);
  expect(events.filter((event) => event.type === 'secondary-awaited').length).toBeGreaterThan(8);
});

test.each(['FAILED', 'DELETING', 'DELETED'] as const)(
  'D5: a %s stream is not adopted: another is made',
  async (state) => {
    const { region, secure } = world();
    region.addStream(ocid('a'), { state });
    expect((await secure()).ocid).not.toBe(ocid('a'));
    expect(creates(region)).toBe(1);
  },
);

test('D6: the answer to the create is lost: the stream is found, not made twice', async () => {
  const { region, secure } = world();
  region.adminBehaviour = (operation, number) =>
    operation === 'CreateStream' && number === 1 ? { type: 'reset', detail: 'ECONNRESET' } : undefined;
  await secure();
  expect(region.streams).toHaveLength(1);
  expect(creates(region)).toBe(1);
});

describe('D8: two ACTIVE streams of the name', () => {
  test('the recorded OCID wins', async () => {
    const { region, events, secure } = world();
    region.addStream(ocid('a'));
    region.addStream(ocid('b'));
    expect((await secure(ocid('b'))).ocid).toBe(ocid('b'));
    expect(JSON.stringify(events)).toContain(`not used: ${ocid('a')}`);
  });

  test('else the smallest, and never a DELETED one', async () => {
    const { region, secure } = world();
    for (const name of ['c', 'b']) region.addStream(ocid(name));
    region.addStream(ocid('a'), { state: 'DELETED' });
    expect((await secure(ocid('a'))).ocid).toBe(ocid('b'));
  });
});

test.each([
  ['limit exceeded', status(400, { code: 'LimitExceeded' }), 'Ask for more partitions'],
  ['not authorised', status(404, { code: 'NotAuthorizedOrNotFound' }), 'manage streams'],
  ['not subscribed', status(401, { code: 'NotAuthenticated' }), 'subscribed'],
])('D9: %s: an error with the remedy, tried again each minute', async (_, failure, remedy) => {
  const { clock, region, events, secure } = world();
  region.adminBehaviour = (operation, number) =>
    operation === 'CreateStream' && number < 3 ? failure : undefined;
  await secure();
  const failures = events.filter((event) => event.type === 'provision-failed');
  expect(failures).toHaveLength(2);
  for (const event of failures)
    expect(event).toMatchObject({
      retryInMs: 60_000,
      error: { message: expect.stringContaining(remedy) as string },
    });
  expect(clock.now()).toBeGreaterThanOrEqual(120_000);
});

test.each([429, 500])('D10: %i while creating: looks again, creates again', async (code) => {
  const { clock, region, secure } = world();
  region.adminBehaviour = (operation, number) =>
    operation === 'CreateStream' && number < 4 ? status(code) : undefined;
  await secure();
  expect(region.streams).toHaveLength(1);
  expect(clock.now()).toBeLessThan(10_000);
});

test('D7: a create that loses the race (409) adopts the winner', async () => {
  const { clock, region, kinds, secure } = world();
  region.adminBehaviour = (operation, number) => {
    if (operation === 'CreateStream' && number === 1) region.addStream(ocid('winner'));
    return undefined;
  };
  expect((await secure()).ocid).toBe(ocid('winner'));
  expect(kinds()).toContain('secondary-adopted');
  expect(clock.now()).toBeLessThan(2_000);
});

test('D11: fewer partitions or shorter retention than the primary: adopted, and warned about in words', async () => {
  const { region, events, secure } = world();
  region.addStream(ocid('a'), { partitions: 1, retentionInHours: 24 });
  await secure();
  const [adopted] = events.filter((event) => event.type === 'secondary-adopted');
  expect(adopted?.warnings.join()).toMatch(/1 partitions, the primary 3.*24 h, the primary for 48 h/);
});
