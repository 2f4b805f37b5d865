import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Auth } from '../../../runtime/oci/index.ts';
import {
  valueOf,
  type Answer,
  type ReadReply,
  type Region,
  type StreamRef,
} from '../../../runtime/region.ts';
import { failureOf, valueFrom } from './fixtures/answers.ts';
import { encoded } from './fixtures/encoded.ts';
import {
  openTestRegion,
  REGION,
  STREAM_OCID,
  unsigned,
  type TestRegion,
} from './fixtures/open-test-region.ts';
import { rawServer } from './fixtures/raw-server.ts';
import { scriptedService } from './fixtures/scripted-service.ts';
import { expectSilence } from './fixtures/silent-console.ts';

const group = {
  group: 'g',
  instance: 'i',
  from: 'LATEST',
  timeoutMs: 1_000,
  commitOnGet: true,
} as const;

/** Every method of the port that calls. */
const calls: Record<string, (region: Region, stream: StreamRef) => Promise<Answer<unknown>>> = {
  put: (region, stream) => region.put(stream, [], {}),
  groupCursor: (region, stream) => region.groupCursor(stream, group),
  read: (region, stream) => region.read(stream, 'c', { limit: 1 }),
  commit: (region, stream) => region.commit(stream, 'c'),
  heartbeat: (region, stream) => region.heartbeat(stream, 'c'),
  group: (region, stream) => region.group(stream, 'g'),
  partitionCursor: (region, stream) => region.partitionCursor(stream, '0', 'LATEST'),
  stream: (region, stream) => region.stream(stream.ocid),
  streamsNamed: (region) => region.streamsNamed({ compartmentId: 'c', name: 'n' }),
  createStream: (region) =>
    region.createStream({ name: 'n', partitions: 1, retentionInHours: 24, compartmentId: 'c', tags: {} }),
  workRequestStatus: (region) => region.workRequestStatus({ compartmentId: 'c', ocid: 'o' }),
};

describe.each(Object.keys(calls))('an answer to %s that is not what was asked for', (name) => {
  expectSilence();

  it('B4, B5: is unreadable when a 200 has anything else in its body', async () => {
    let body = '';
    await using service = await scriptedService(() => ({ status: 200, body }));
    await using test = openTestRegion(service.origin);
    for (body of [
      '',
      'null',
      '{"entries":',
      '"text"',
      '{"entries":{},"items":7}',
      '<html>proxy</html>',
      '[7]',
    ]) {
      const failure = await failureOf(calls[name]!(test.region, test.stream));
      expect(failure).toMatchObject({ type: 'unreadable', status: 200 });
    }
  });

  it.each([
    [500, '', { code: '', message: '' }],
    [502, '<html>\n<b>Bad Gateway</b>', { code: '', message: '<html> <b>Bad Gateway</b>' }],
    [400, { code: 'InvalidParameter', message: 'no' }, { code: 'InvalidParameter', message: 'no' }],
    [429, { code: 7, message: null }, { code: '', message: '' }],
    [500, 'null', { code: '', message: '' }],
  ])('B5: %i with %j is that status, silently', async (status, body, words) => {
    await using service = await scriptedService(() => ({ status, body }));
    await using test = openTestRegion(service.origin);
    const failure = await failureOf(calls[name]!(test.region, test.stream));
    expect(failure).toMatchObject({ type: 'status', status, ...words });
  });

  it('A9: a lost connection is silent too', async () => {
    await using server = await rawServer();
    await using test = openTestRegion(server.origin);
    const failure = failureOf(calls[name]!(test.region, test.stream));
    (await server.asked()).socket.resetAndDestroy();
    expect((await failure).type).toBe('reset');
  });

  it('INV-11: a signal that has aborted before is an answer, and nothing is sent', async () => {
    await using service = await scriptedService(() => ({ status: 200 }));
    let signatures = 0;
    const auth: Auth = { ...unsigned, sign: () => Promise.resolve(void signatures++) };
    await using test = openTestRegion(service.origin, { auth });
    const signal = AbortSignal.abort(new Error('too late'));
    const region = new Proxy(test.region, {
      get: (target, method: keyof Region) => (first: never, second: never, third: never, fourth: never) => {
        const given: unknown[] = [first, second, third, fourth];
        const place = {
          put: 2,
          groupCursor: 2,
          read: 2,
          commit: 2,
          heartbeat: 2,
          group: 2,
          partitionCursor: 3,
        };
        const index = method in place ? place[method as keyof typeof place] : 1;
        given[index] = { ...(given[index] as object | undefined), signal };
        return (target[method] as (...words: unknown[]) => unknown)(...given);
      },
    });
    expect(await failureOf(calls[name]!(region, test.stream))).toEqual({ type: 'aborted', written: false });
    expect(service.asked).toHaveLength(0);
    expect(signatures).toBe(0);
  });
});

it('B5: an answer that ends too early is unreadable, also where what came of it could be read', async () => {
  await using server = await rawServer();
  await using test = openTestRegion(server.origin);
  const failure = failureOf(test.region.put(test.stream, [], {}));
  const { socket } = await server.asked();
  socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"entries":[]}');
  expect(await failure).toEqual({ type: 'unreadable', status: 200, start: '{"entries":[]}' });
});

describe('an operation whose answer has no body', () => {
  expectSilence();

  it('H1: fails like any other, although the SDK looks no further than the status', async () => {
    await using service = await scriptedService((_, number) =>
      number === 1 ? { status: 500 } : { status: 204 },
    );
    await using test = openTestRegion(service.origin);
    const reset = (to: 'LATEST' | { time: string }) => test.region.resetGroup(test.stream, 'g', to);
    expect(await failureOf(reset('LATEST'))).toMatchObject({ type: 'status', status: 500 });
    expect(await valueFrom(reset({ time: '2026-11-23T12:00:00Z' }))).toBeNull();
    expect(service.asked.map(({ body }) => body)).toEqual([
      '{"type":"LATEST"}',
      '{"type":"AT_TIME","time":"2026-11-23T12:00:00.000Z"}',
    ]);
  });
});

describe('a request that cannot be composed', () => {
  expectSilence();

  const misfits: [string, (test: TestRegion) => Promise<Answer<unknown>>][] = [
    ['an empty OCID', ({ region }) => region.stream('')],
    ['an empty OCID of a stream', ({ region, stream }) => region.put({ ...stream, ocid: '' }, [], {})],
    ['no endpoint', ({ region, stream }) => region.put({ ...stream, endpoint: '' }, [], {})],
    ['a group without a name', ({ region, stream }) => region.group(stream, '')],
    ['no time', ({ region, stream }) => region.partitionCursor(stream, '0', { time: 'soon' })],
    ['half a character', ({ region }) => region.streamsNamed({ compartmentId: '\ud800', name: 'n' })],
    [
      'a stream of another region',
      ({ region, stream }) => region.put({ ...stream, region: 'sa-vinhedo-1' }, [], {}),
    ],
  ];
  it.each(misfits)('INV-11, C20: %s is a fault of the configuration, as a value', async (_, call) => {
    await using test = openTestRegion('http://127.0.0.1:9');
    expect((await failureOf(call(test))).type).toBe('misconfigured');
  });
});

describe('B14: the answer to a put', () => {
  expectSilence();
  const messages = ['1', '2', '3'].map((value) => encoded('k', value));
  const stored = (offset: unknown) => ({ partition: '0', offset, timestamp: '2026-11-23T12:00:00.000Z' });

  async function putResults(body: unknown): Promise<Answer<unknown>> {
    await using service = await scriptedService(() => ({ status: 200, body }));
    await using test = openTestRegion(service.origin);
    return test.region.put(test.stream, messages, {});
  }

  it('B1, B3: gives what was stored and what was refused, in request order', async () => {
    const refused = { error: 'TooManyRequests', errorMessage: 'Too many requests' };
    const nulls = { ...stored(9), error: null, errorMessage: null };
    expect(await putResults({ failures: 1, entries: [stored(7), refused, nulls] })).toEqual({
      ok: true,
      value: [
        { type: 'stored', ...stored(7) },
        { type: 'refused', status: 429, error: 'TooManyRequests', message: 'Too many requests' },
        { type: 'stored', ...stored(9) },
      ],
    });
  });

  it.each([
    ['TooManyRequests', '', 429],
    ['429', '', 429],
    ['Throttled', '', 429],
    ['InternalServerError', 'too many requests for partition 3', 429],
    ['InternalServerError', 'unexpected', 500],
    ['503', '', 503],
    ['whatever', '', 500],
  ])('B1, B3: %s %s is refused with %i', async (error, errorMessage, status) => {
    const answer = await putResults({ entries: [{ error, errorMessage }] });
    expect(answer).toMatchObject({ value: [{ type: 'refused', status }, {}, {}] });
  });

  it('B4: leaves unnamed what it does not reach', async () => {
    expect(await putResults({ entries: [stored(1)] })).toMatchObject({
      value: [{ type: 'stored' }, { type: 'unnamed' }, { type: 'unnamed' }],
    });
    expect(await putResults({ entries: [] })).toMatchObject({
      value: [{ type: 'unnamed' }, { type: 'unnamed' }, { type: 'unnamed' }],
    });
  });

  it('B14: names no message at all when it has more entries than there were messages', async () => {
    const entries = [1, 2, 3, 4].map(stored);
    expect(await putResults({ entries })).toEqual({
      ok: true,
      value: messages.map(() => ({ type: 'unnamed' })),
    });
  });

  it.each([
    null,
    {},
    'text',
    { ...stored(1), partition: 0 },
    { ...stored(1), partition: '0\u001b[31m' },
    stored('1'),
    stored(1.5),
    stored(-1),
    stored(2 ** 53),
    stored(null),
    { ...stored(1), timestamp: 7 },
    { ...stored(1), timestamp: undefined },
    { ...stored(1), error: 429 },
    { ...stored(1), error: false },
    { ...stored(1), error: { code: 'TooManyRequests' } },
    { ...stored(1), error: [] },
  ])('B14: is not believed at all with an entry such as %j', async (entry) => {
    expect(await putResults({ entries: [stored(1), entry, stored(3)] })).toMatchObject({
      ok: false,
      failure: { type: 'unreadable' },
    });
  });
});

describe('B14: the answer to a read', () => {
  expectSilence();
  const message = {
    stream: 's',
    partition: '1',
    key: 'aw==',
    value: 'dg==',
    offset: 5,
    timestamp: '2026-11-23T12:00:00.000Z',
  };

  function text(bytes: Uint8Array | null): string | null {
    return bytes === null ? null : Buffer.from(bytes).toString();
  }

  async function readReply(body: unknown, cursor: string | undefined = 'next'): Promise<Answer<ReadReply>> {
    const headers = cursor === undefined ? {} : { 'opc-next-cursor': cursor };
    await using service = await scriptedService(() => ({ status: 200, headers, body }));
    await using test = openTestRegion(service.origin);
    return test.region.read(test.stream, 'c', { limit: 10 });
  }

  it('H1: is decoded', async () => {
    const { partition, offset, timestamp } = message;
    const answer = await readReply([message, { ...message, key: null, value: '' }, { ...message, key: '' }]);
    const { nextCursor, messages } = valueOf(answer, 'sa-saopaulo-1', 'GetMessages');
    expect(nextCursor).toBe('next');
    const read = messages.map(({ key, value }) => ({ key: text(key), value: text(value) }));
    expect(read).toEqual([
      { key: 'k', value: 'v' },
      { key: null, value: '' },
      { key: '', value: 'v' },
    ]);
    expect(messages[2]).toMatchObject({ partition, offset, timestamp });
  });

  it.each([
    { offset: undefined },
    { offset: -1 },
    { offset: 1.5 },
    { offset: '5' },
    { value: 'no base64!' },
    { value: 'dg' },
    { value: 'd===' },
    { value: '====' },
    { value: 'dg=v' },
    { value: 'dg==dg==' },
    { value: 'dg -' },
    { value: 'dg\nv' },
    { value: 'dgv-' },
    { value: 'dgv_' },
    { value: 'dgv\u0141' },
    { value: 'dgvé' },
    { value: null },
    { key: '%%%%' },
    { key: 7 },
    { timestamp: 7 },
    { timestamp: '' },
    { partition: 1 },
  ])('B14: is not believed at all with %j in a message, which would be skipped in silence', async (wrong) => {
    const answer = await readReply([message, { ...message, ...wrong }]);
    expect(answer).toMatchObject({ ok: false, failure: { type: 'unreadable' } });
  });

  it('B14: is not believed without a cursor to go on with, or with a message that is none', async () => {
    const unreadable = { ok: false, failure: { type: 'unreadable' } };
    expect(await readReply([], '')).toMatchObject(unreadable);
    expect(await readReply([message, null])).toMatchObject(unreadable);
    await using service = await scriptedService(() => ({ status: 200, body: [] }));
    await using test = openTestRegion(service.origin);
    expect(await test.region.read(test.stream, 'c', { limit: 1 })).toMatchObject(unreadable);
  });
});

describe('the answer about a group', () => {
  expectSilence();

  async function group(reservations: unknown): Promise<Answer<unknown>> {
    await using service = await scriptedService(() => ({ status: 200, body: { reservations } }));
    await using test = openTestRegion(service.origin);
    return test.region.group(test.stream, 'g');
  }

  it('H9: says nothing of a commit before the first, in whichever way the service says that', async () => {
    const none = [{ partition: '2' }, { partition: '3', committedOffset: null }];
    const reservations = [
      { partition: '0', committedOffset: 7, reservedInstance: 'one' },
      { partition: '1', committedOffset: 0, reservedInstance: null },
      ...none,
      { partition: '4', committedOffset: -1 },
    ];
    expect(await group(reservations)).toEqual({
      ok: true,
      value: [
        { partition: '0', committedOffset: 7, instance: 'one' },
        { partition: '1', committedOffset: 0, instance: undefined },
        { partition: '2', committedOffset: undefined, instance: undefined },
        { partition: '3', committedOffset: undefined, instance: undefined },
        { partition: '4', committedOffset: undefined, instance: undefined },
      ],
    });
  });

  it.each([
    [{ committedOffset: 3 }],
    [null],
    [{ partition: '0', committedOffset: '7' }],
    [{ partition: '0', committedOffset: 0.5 }],
  ])('B14: is not believed with %j in it', async (reservation) => {
    expect(await group([reservation])).toMatchObject({ ok: false, failure: { type: 'unreadable' } });
  });
});

describe('D17: a stream as the control plane tells it', () => {
  expectSilence();
  const stream = {
    id: STREAM_OCID,
    name: 'orders',
    partitions: 1,
    retentionInHours: 24,
    lifecycleState: 'ACTIVE',
    compartmentId: 'ocid1.compartment.oc1..c',
    streamPoolId: 'p',
    messagesEndpoint: `https://cell-1.streaming.${REGION}.oci.oraclecloud.com`,
    freeformTags: { made: 'by test' },
  };

  async function told(wrong: object): Promise<Answer<unknown>> {
    await using service = await scriptedService(() => ({ status: 200, body: { ...stream, ...wrong } }));
    await using test = openTestRegion(service.origin, { compartmentId: 'ocid1.compartment.oc1..c' });
    return test.region.stream(STREAM_OCID);
  }

  it('D17: has an address when it is one', async () => {
    const endpoint = stream.messagesEndpoint;
    expect(await told({})).toMatchObject({
      value: { address: { trusted: true, stream: { region: REGION, ocid: STREAM_OCID, endpoint } } },
    });
  });

  it.each([
    ['ocid', { id: '' }],
    ['ocid', { id: `${STREAM_OCID}\n` }],
    ['ocid', { id: `${STREAM_OCID}\u001b[31mred` }],
    ['ocid', { id: STREAM_OCID.replace('one', 'o\u0000ne') }],
    ['ocid', { id: STREAM_OCID.replace('oc1', 'oc2') }],
    ['ocid', { id: STREAM_OCID.replace(REGION, 'sa-vinhedo-1') }],
    ['ocid', { id: 'ocid1.streampool.oc1.sa-saopaulo-1.x' }],
    ['endpoint', { messagesEndpoint: '' }],
    ['endpoint', { messagesEndpoint: null }],
    ['endpoint', { messagesEndpoint: stream.messagesEndpoint.replace('cell', 'ce\nll') }],
    ['endpoint', { messagesEndpoint: ` ${stream.messagesEndpoint}` }],
    ['endpoint', { messagesEndpoint: 'https://evil.example' }],
    ['endpoint', { messagesEndpoint: stream.messagesEndpoint.replace('https', 'http') }],
  ])('D17: is not written to when its %s is wrong: %j', async (about, wrong) => {
    const answer = await told(wrong);
    expect(answer).toMatchObject({ ok: true, value: { address: { trusted: false, about } } });
    expect(JSON.stringify(answer)).not.toMatch(/\\u00|\\n/);
  });

  it('D17: is told without control characters, whatever they stand in', async () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\n', '\u001b', '\u009b', '\u202e', '\u0000'),
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(text, async (wrong) => {
        const answer = await told({
          id: wrong,
          name: wrong,
          compartmentId: wrong,
          streamPoolId: wrong,
          lifecycleState: wrong,
          messagesEndpoint: wrong,
          freeformTags: { [wrong]: wrong, tag: 7 },
        });
        expect(answer).toMatchObject({ ok: true, value: { state: 'UNKNOWN' } });
        expect(JSON.stringify(answer)).not.toMatch(/\\u|\\n|[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 20 },
    );
  });

  it('D17: is of the realm of the primary stream, where no compartment is named', async () => {
    await using service = await scriptedService(() => ({ status: 200, body: stream }));
    for (const [realm, trusted] of [
      ['oc1', true],
      ['oc2', false],
    ] as const) {
      const primaryStreamOcid = `ocid1.stream.${realm}.sa-vinhedo-1.x`;
      await using test = openTestRegion(service.origin, { primaryStreamOcid });
      expect(await valueFrom(test.region.stream(STREAM_OCID))).toMatchObject({ address: { trusted } });
    }
  });

  it.each([
    { id: 7 },
    { name: undefined },
    { partitions: 'x' },
    { partitions: -1 },
    { lifecycleState: null },
  ])('B14: that lacks what identifies it is no stream: %j', async (wrong) => {
    expect(await told(wrong)).toMatchObject({ ok: false, failure: { type: 'unreadable' } });
  });

  it('D17: is not believed when it is another one than was asked for', async () => {
    const other = { ...stream, id: STREAM_OCID.replace('one', 'two'), name: 'others' };
    await using service = await scriptedService(({ method, target }) => ({
      status: 200,
      body: method === 'GET' && target.includes('?') ? [other, stream] : other,
    }));
    await using test = openTestRegion(service.origin);
    expect(await valueFrom(test.region.stream(STREAM_OCID))).toMatchObject({
      address: { trusted: false, about: 'ocid', problem: 'is not the one that was asked for' },
    });
    const where = { compartmentId: 'c', name: 'orders' };
    expect(await valueFrom(test.region.streamsNamed(where))).toMatchObject([{ ocid: STREAM_OCID }]);
    const wanted = { ...where, partitions: 1, retentionInHours: 24, tags: {} };
    expect((await failureOf(test.region.createStream(wanted))).type).toBe('unreadable');
  });

  it('D4: has the status of the newest of its work requests, in whatever order they come', async () => {
    const work = (status: string, hour: number) => ({
      status,
      timeAccepted: `2026-11-23T${hour}:00:00.000Z`,
    });
    await using service = await scriptedService(() => ({
      status: 200,
      body: { items: [work('FAILED', 11), work('IN_PROGRESS', 13), work('SUCCEEDED', 12)] },
    }));
    await using test = openTestRegion(service.origin);
    const status = test.region.workRequestStatus({ compartmentId: 'c', ocid: STREAM_OCID });
    expect(await valueFrom(status)).toBe('IN_PROGRESS');
  });

  it('D8: makes a listing unreadable when it is: a name that is missed may be created twice', async () => {
    await using service = await scriptedService(() => ({ status: 200, body: [stream, { name: 'x' }] }));
    await using test = openTestRegion(service.origin);
    const listed = test.region.streamsNamed({ compartmentId: 'c', name: 'n' });
    expect((await failureOf(listed)).type).toBe('unreadable');
  });
});

describe('B15: a listing', () => {
  expectSilence();

  it.each([
    ['names the same page for ever', (number: number) => `p${Math.min(number, 2)}`, 'go round'],
    ['goes round', (number: number) => `p${number % 3}`, 'go round'],
    ['never ends', (number: number) => `p${number}`, 'do not end (given up after 20)'],
  ])('B15: that %s is given up, with the name of the region', async (_, page, words) => {
    await using service = await scriptedService((_asked, number) => ({
      status: 200,
      headers: { 'opc-next-page': page(number) },
      body: [],
    }));
    await using test = openTestRegion(service.origin);
    expect(await failureOf(test.region.streamsNamed({ compartmentId: 'c', name: 'n' }))).toEqual({
      type: 'unreadable',
      status: 200,
      start: `the pages of ListStreams in ${REGION} ${words}`,
    });
    expect(service.asked.length).toBeLessThanOrEqual(20);
  });
});
