import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startEmulator, type Emulator } from '../../../emulator/index.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { openAuth, openRegion } from '../../../runtime/oci/index.ts';
import type { GroupPosition, Region, StreamState } from '../../../runtime/region.ts';
import { callErrorOf } from './fixtures/call-error-of.ts';
import { encoded } from './fixtures/encoded.ts';
import { openTestRegion, REGION } from './fixtures/open-test-region.ts';
import { scriptedService } from './fixtures/scripted-service.ts';
import { expectSilence } from './fixtures/silent-console.ts';

const ignore = (): void => {};

describe('a region of the emulator, by the official clients', () => {
  let emulator: Emulator;
  let region: Region;
  let stream: StreamState;
  const group: GroupPosition = {
    group: 'readers',
    instance: 'one',
    from: 'TRIM_HORIZON',
    timeoutMs: 30_000,
    commitOnGet: false,
  };
  const wanted = (name: string) => ({
    name,
    partitions: 1,
    retentionInHours: 48,
    compartmentId: emulator.compartmentId,
    tags: { made: 'by test' },
  });

  expectSilence();
  beforeAll(async () => {
    emulator = await startEmulator({ signatures: 'required' });
    const auth = await openAuth(
      { auth: 'api_key', configFile: emulator.configFile, profile: 'DEFAULT' },
      ignore,
    );
    region = openRegion({
      name: REGION,
      auth,
      settings: { endpoints: emulator.regions, requestTimeoutMs: 10_000 },
      clock: systemClock,
      emit: ignore,
    });
    stream = await region.createStream(wanted('orders'));
  });
  afterAll(async () => {
    await region.close();
    await emulator.close();
  });

  it('creates a stream, finds it by OCID and by name', async () => {
    const made = await region.createStream(wanted('made'));
    expect(made).toMatchObject({ region: REGION, name: 'made', partitions: 1, retentionInHours: 48 });
    const found = await region.stream(made.ocid);
    expect(found).toMatchObject({ ocid: made.ocid, state: 'ACTIVE', tags: { made: 'by test' } });
    expect(found.endpoint).toBe(emulator.regions[REGION]);
    const listed = await region.streamsNamed({ compartmentId: emulator.compartmentId, name: 'made' });
    expect(listed.map(({ ocid }) => ocid)).toEqual([made.ocid]);
    expect(await region.streamsNamed({ compartmentId: emulator.compartmentId, name: 'none' })).toEqual([]);
  });

  it('puts messages and reads them back through a group', async () => {
    const made = await region.createStream(wanted('round-trip'));
    await region.stream(made.ocid); // CREATING ends when it is looked at
    const entries = await region.put(made, [encoded('k', 'eins'), encoded(null, 'zwei')], {});
    expect(entries).toMatchObject([
      { stored: { partition: '0', offset: 0 } },
      { stored: { partition: '0', offset: 1 } },
    ]);
    const cursor = await region.groupCursor(made, group);
    const { messages, nextCursor } = await region.read(made, cursor, { limit: 10 });
    expect(messages.map(({ key, value }) => [key?.toString(), value.toString()])).toEqual([
      ['k', 'eins'],
      [undefined, 'zwei'],
    ]);
    const committed = await region.commit(made, nextCursor);
    const kept = await region.heartbeat(made, committed);
    expect((await region.read(made, kept, { limit: 10 })).messages).toEqual([]);
    const again = await region.groupCursor(made, { ...group, instance: 'two' });
    expect((await region.read(made, again, { limit: 10 })).messages).toEqual([]);
  });

  it('takes a group back to the beginning', async () => {
    const made = await region.createStream(wanted('reset'));
    await region.stream(made.ocid);
    await region.put(made, [encoded(null, 'eins')], {});
    const first = await region.read(made, await region.groupCursor(made, group), { limit: 10 });
    await region.commit(made, first.nextCursor);
    expect(await region.committedOffsets(made, group.group)).toEqual(new Map([['0', 0]]));
    await region.resetGroup(made, group.group, 'TRIM_HORIZON');
    expect(await region.committedOffsets(made, group.group)).toEqual(new Map());
    const again = await region.read(made, await region.groupCursor(made, group), { limit: 10 });
    expect(again.messages).toHaveLength(1);
  });

  it('reads a partition from its oldest message, outside of any group', async () => {
    const made = await region.createStream(wanted('oldest'));
    await region.stream(made.ocid);
    await region.put(made, [encoded(null, 'eins'), encoded(null, 'zwei')], {});
    const cursor = await region.oldestCursor(made, '0');
    const { messages } = await region.read(made, cursor, { limit: 1 });
    expect(messages.map(({ value }) => value.toString())).toEqual(['eins']);
  });

  it('can start a group at a time', async () => {
    const made = await region.createStream(wanted('at-time'));
    await region.stream(made.ocid);
    await region.put(made, [encoded(null, 'before')], {});
    const from = { time: new Date(systemClock.wall() + 60_000).toISOString() };
    const cursor = await region.groupCursor(made, { ...group, from });
    expect((await region.read(made, cursor, { limit: 10 })).messages).toEqual([]);
  });

  it('is probed by a put of nothing', async () => {
    expect(await region.put(stream, [], {})).toEqual([]);
  });

  it('B1: names refused entries among stored ones', async () => {
    await emulator.setFaults(REGION, { entries: { status: 429, indexes: [1] } });
    const entries = await region.put(stream, [encoded('a', '1'), encoded('b', '2'), encoded('c', '3')], {});
    await emulator.clearFaults();
    expect(entries).toMatchObject([{ stored: {} }, { refused: { status: 429 } }, { stored: {} }]);
  });

  it('B4: names only what the answer names', async () => {
    await emulator.setFaults(REGION, { fewerEntries: 2 });
    const entries = await region.put(stream, [encoded('a', '1'), encoded('b', '2'), encoded('c', '3')], {});
    await emulator.clearFaults();
    expect(entries).toHaveLength(1);
  });

  it('B5: calls a truncated answer unreadable, without the values in it', async () => {
    await emulator.setFaults(REGION, { truncate: 60, operation: 'PutMessages' });
    const { failure, message } = await callErrorOf(region.put(stream, [encoded('a', '1')], {}));
    await emulator.clearFaults();
    expect(failure).toMatchObject({ type: 'unreadable', status: 200 });
    expect(message).toContain('{"failures"');
  });

  it('B5: calls an HTML page with status 200 unreadable', async () => {
    await emulator.setFaults(REGION, { body: '<html>\r\n<h1>Login</h1></html>' });
    const { failure } = await callErrorOf(region.put(stream, [encoded('a', '1')], {}));
    await emulator.clearFaults();
    expect(failure).toEqual({ type: 'unreadable', status: 200, start: '<html> <h1>Login</h1></html>' });
  });

  it('A4: hands on what a 429 says about waiting', async () => {
    await emulator.setFaults(REGION, { status: 429, headers: { 'Retry-After': '7' } });
    const { failure } = await callErrorOf(region.put(stream, [], {}));
    await emulator.clearFaults();
    expect(failure).toMatchObject({ type: 'status', status: 429, code: 'TooManyRequests', retryAfter: '7' });
  });

  it('A9: calls a connection that is cut after storing a reset; the message is there', async () => {
    await emulator.setFaults(REGION, { reset: 'after', operation: 'PutMessages' });
    const { failure } = await callErrorOf(region.put(stream, [encoded('a9', 'stored')], {}));
    await emulator.clearFaults();
    expect(failure.type).toBe('reset');
    const key = Buffer.from('a9').toString('base64');
    expect(emulator.ledger({ stream: stream.ocid, key })).toHaveLength(1);
  });

  it('A1: gives a 503 with its code', async () => {
    await emulator.setFaults(REGION, { status: 503 });
    const { failure } = await callErrorOf(region.stream(stream.ocid));
    await emulator.clearFaults();
    expect(failure).toMatchObject({ type: 'status', status: 503, code: 'ServiceUnavailable' });
  });

  it('C5: says which permission a 404 may want', async () => {
    const absent = { ...stream, ocid: `${stream.ocid}x` };
    const { failure, message } = await callErrorOf(region.put(absent, [encoded('a', '1')], {}));
    expect(failure).toMatchObject({ type: 'status', status: 404, code: 'NotAuthorizedOrNotFound' });
    expect(message).toContain(
      'PutMessages needs STREAM_PRODUCE ("Allow group … to use stream-push in compartment …")',
    );
    expect(message).toContain('profile DEFAULT in');
    const { message: admin } = await callErrorOf(region.stream(absent.ocid));
    expect(admin).toContain('GetStream needs STREAM_READ');
  });
});

describe('a closed region', () => {
  it('lets the calls that have begun end', async () => {
    await using service = await scriptedService(() => ({ status: 200, body: { entries: [] } }));
    const test = openTestRegion(service.origin);
    const put = test.region.put(test.stream, [], {});
    await test.region.close();
    expect(await put).toEqual([]);
  });

  it('closes twice, and takes no call afterwards', async () => {
    await using service = await scriptedService(() => ({ status: 200, body: { entries: [] } }));
    const test = openTestRegion(service.origin);
    await test.region.put(test.stream, [], {});
    await test.region.close();
    await test.region.close();
    await expect(test.region.put(test.stream, [], {})).rejects.toMatchObject({ code: 'CLOSED' });
    expect(service.asked).toHaveLength(1);
  });
});
