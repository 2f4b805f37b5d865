import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startEmulator, type Emulator } from '../../../emulator/index.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { openAuth, openRegion } from '../../../runtime/oci/index.ts';
import type { GroupPosition, Region, StreamRef } from '../../../runtime/region.ts';
import { failureOf, messageOf, refOf, valueFrom } from './fixtures/answers.ts';
import { encoded } from './fixtures/encoded.ts';
import { openTestRegion, REGION } from './fixtures/open-test-region.ts';
import { scriptedService } from './fixtures/scripted-service.ts';
import { expectSilence } from './fixtures/silent-console.ts';

const ignore = (): void => {};

describe('a region of the emulator, by the official clients', () => {
  let emulator: Emulator;
  let region: Region;
  let orders: StreamRef;
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
  /** A new stream that is ACTIVE: CREATING ends when it is looked at. */
  const made = async (name: string): Promise<StreamRef> => {
    const { ocid } = await valueFrom(region.createStream(wanted(name)));
    return refOf(await valueFrom(region.stream(ocid)));
  };
  const cursorOf = (stream: StreamRef, position = group) => valueFrom(region.groupCursor(stream, position));
  const read = (stream: StreamRef, cursor: string) => valueFrom(region.read(stream, cursor, { limit: 10 }));

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
      settings: {
        endpoints: emulator.regions,
        requestTimeoutMs: 10_000,
        compartmentId: emulator.compartmentId,
        primaryStreamOcid: undefined,
      },
      clock: systemClock,
      emit: ignore,
    });
    orders = await made('orders');
  });
  afterAll(async () => {
    await region.close();
    await emulator.close();
  });

  it('D1: creates a stream, finds it by OCID and by name, with its checked address', async () => {
    const created = await valueFrom(region.createStream(wanted('made')));
    expect(created).toMatchObject({ region: REGION, name: 'made', partitions: 1, retentionInHours: 48 });
    const found = await valueFrom(region.stream(created.ocid));
    expect(found).toMatchObject({ ocid: created.ocid, state: 'ACTIVE', tags: { made: 'by test' } });
    expect(found.address).toEqual({
      trusted: true,
      stream: { region: REGION, ocid: created.ocid, endpoint: emulator.regions[REGION] },
    });
    const where = { compartmentId: emulator.compartmentId, name: 'made' };
    const listed = await valueFrom(region.streamsNamed(where));
    expect(listed.map(({ ocid }) => ocid)).toEqual([created.ocid]);
    expect(await valueFrom(region.streamsNamed({ ...where, name: 'none' }))).toEqual([]);
  });

  it('D4: tells the status of the newest work request about a stream', async () => {
    const { compartmentId } = emulator;
    const { ocid } = await made('worked-on');
    expect(await valueFrom(region.workRequestStatus({ compartmentId, ocid }))).toBe('SUCCEEDED');
    const none = { compartmentId, ocid: `${ocid}x` };
    expect(await valueFrom(region.workRequestStatus(none))).toBeUndefined();
  });

  it('H1: puts messages and reads them back through a group', async () => {
    const stream = await made('round-trip');
    const results = await valueFrom(region.put(stream, [encoded('k', 'eins'), encoded(null, 'zwei')], {}));
    expect(results).toMatchObject([
      { type: 'stored', partition: '0', offset: 0 },
      { type: 'stored', partition: '0', offset: 1 },
    ]);
    const { messages, nextCursor } = await read(stream, await cursorOf(stream));
    expect(messages.map(({ key, value }) => [key?.toString(), value.toString()])).toEqual([
      ['k', 'eins'],
      [undefined, 'zwei'],
    ]);
    const committed = await valueFrom(region.commit(stream, nextCursor));
    const kept = await valueFrom(region.heartbeat(stream, committed));
    expect((await read(stream, kept)).messages).toEqual([]);
    const again = await cursorOf(stream, { ...group, instance: 'two' });
    expect((await read(stream, again)).messages).toEqual([]);
  });

  it('H23: tells the cursor of the next read before the messages are read, and of no read that fails', async () => {
    const stream = await made('early');
    await valueFrom(region.put(stream, [encoded(null, 'eins')], {}));
    const told: string[] = [];
    const options = { limit: 10, onNextCursor: (cursor: string) => void told.push(cursor) };
    const reading = valueFrom(region.read(stream, await cursorOf(stream), options));
    const { nextCursor } = await reading;
    expect(told).toEqual([nextCursor]);
    const failed = await region.read(stream, 'no cursor', options);
    expect(failed).toMatchObject({ ok: false, failure: { status: 400 } });
    expect(told).toHaveLength(1);
  });

  it('H1: says who holds which partition and what is committed, and takes a group back', async () => {
    const stream = await made('reset');
    await valueFrom(region.put(stream, [encoded(null, 'eins')], {}));
    const first = await read(stream, await cursorOf(stream));
    await valueFrom(region.commit(stream, first.nextCursor));
    expect(await valueFrom(region.group(stream, group.group))).toEqual([
      { partition: '0', committedOffset: 0, instance: 'one', until: expect.stringMatching(/Z$/) as string },
    ]);
    await valueFrom(region.resetGroup(stream, group.group, 'TRIM_HORIZON'));
    const [reset] = await valueFrom(region.group(stream, group.group));
    expect(reset).toMatchObject({ partition: '0', committedOffset: undefined });
    expect((await read(stream, await cursorOf(stream))).messages).toHaveLength(1);
  });

  it('H1: reads one partition from the beginning, an offset, after one, or a time', async () => {
    const stream = await made('partition');
    const texts = ['eins', 'zwei', 'drei'];
    await valueFrom(
      region.put(
        stream,
        texts.map((text) => encoded(null, text)),
        {},
      ),
    );
    const from = async (position: Parameters<Region['partitionCursor']>[2]) => {
      const cursor = await valueFrom(region.partitionCursor(stream, '0', position));
      return (await read(stream, cursor)).messages.map(({ value }) => value.toString());
    };
    expect(await from('TRIM_HORIZON')).toEqual(texts);
    expect(await from({ atOffset: 1 })).toEqual(['zwei', 'drei']);
    expect(await from({ afterOffset: 1 })).toEqual(['drei']);
    expect(await from('LATEST')).toEqual([]);
    expect(await from({ time: new Date(systemClock.wall() + 60_000).toISOString() })).toEqual([]);
  });

  it('G1: is probed by a put of nothing', async () => {
    expect(await valueFrom(region.put(orders, [], {}))).toEqual([]);
  });

  const three = [encoded('a', '1'), encoded('b', '2'), encoded('c', '3')];

  it('B1: names refused entries among stored ones', async () => {
    await emulator.setFaults(REGION, { entries: { status: 429, indexes: [1] } });
    const results = await valueFrom(region.put(orders, three, {}));
    await emulator.clearFaults();
    expect(results).toMatchObject([{ type: 'stored' }, { type: 'refused', status: 429 }, { type: 'stored' }]);
  });

  it('B4: has one result per message, also when the answer names fewer', async () => {
    await emulator.setFaults(REGION, { fewerEntries: 2 });
    const results = await valueFrom(region.put(orders, three, {}));
    await emulator.clearFaults();
    expect(results).toMatchObject([{ type: 'stored' }, { type: 'unnamed' }, { type: 'unnamed' }]);
  });

  it('B5: calls a truncated answer unreadable, without the values in it', async () => {
    await emulator.setFaults(REGION, { truncate: 60, operation: 'PutMessages' });
    const failure = await failureOf(region.put(orders, [encoded('a', '1')], {}));
    await emulator.clearFaults();
    expect(failure).toMatchObject({
      type: 'unreadable',
      status: 200,
      start: expect.stringContaining('{"failures"') as string,
    });
  });

  it('B5: calls an HTML page with status 200 unreadable', async () => {
    await emulator.setFaults(REGION, { body: '<html>\r\n<h1>Login</h1></html>' });
    const failure = await failureOf(region.put(orders, [encoded('a', '1')], {}));
    await emulator.clearFaults();
    expect(failure).toEqual({ type: 'unreadable', status: 200, start: '<html> <h1>Login</h1></html>' });
  });

  it('A4: hands on what a 429 says about waiting', async () => {
    await emulator.setFaults(REGION, { status: 429, headers: { 'Retry-After': '7' } });
    const failure = await failureOf(region.put(orders, [], {}));
    await emulator.clearFaults();
    expect(failure).toMatchObject({ type: 'status', status: 429, code: 'TooManyRequests', retryAfter: '7' });
  });

  it('A9: calls a connection that is cut after storing a reset; the message is there', async () => {
    await emulator.setFaults(REGION, { reset: 'after', operation: 'PutMessages' });
    const failure = await failureOf(region.put(orders, [encoded('a9', 'stored')], {}));
    await emulator.clearFaults();
    expect(failure.type).toBe('reset');
    const key = Buffer.from('a9').toString('base64');
    expect(emulator.ledger({ stream: orders.ocid, key })).toHaveLength(1);
  });

  it('A1: gives a 503 with its code', async () => {
    await emulator.setFaults(REGION, { status: 503 });
    const failure = await failureOf(region.stream(orders.ocid));
    await emulator.clearFaults();
    expect(failure).toMatchObject({ type: 'status', status: 503, code: 'ServiceUnavailable' });
  });

  it('C5: says which permission a 404 may want', async () => {
    const absent = { ...orders, ocid: `${orders.ocid}x` };
    const put = region.put(absent, [encoded('a', '1')], {});
    expect(await failureOf(put)).toMatchObject({ status: 404, code: 'NotAuthorizedOrNotFound' });
    const message = await messageOf(put);
    expect(message).toContain(
      'PutMessages needs STREAM_PRODUCE ("Allow group … to use stream-push in compartment …")',
    );
    expect(message).toContain('profile DEFAULT in');
    expect(await messageOf(region.stream(absent.ocid))).toContain('GetStream needs STREAM_READ');
  });
});

describe('a closed region', () => {
  const accepting = () => ({ status: 200, body: { entries: [] } });

  it('I1: lets the calls that have begun end', async () => {
    await using service = await scriptedService(accepting);
    const test = openTestRegion(service.origin);
    const put = test.region.put(test.stream, [], {});
    await test.region.close();
    expect(await valueFrom(put)).toEqual([]);
  });

  it('I1: closes twice, and every call afterwards is a failure of this machine', async () => {
    await using service = await scriptedService(accepting);
    const test = openTestRegion(service.origin);
    await valueFrom(test.region.put(test.stream, [], {}));
    await test.region.close();
    await test.region.close();
    expect(await failureOf(test.region.put(test.stream, [], {}))).toEqual({
      type: 'local',
      detail: `the connections to ${REGION} are closed`,
    });
    expect(service.asked).toHaveLength(1);
  });
});
