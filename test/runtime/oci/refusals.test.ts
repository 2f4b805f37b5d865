import { describe, expect, it } from 'vitest';

import type { Auth } from '../../../runtime/oci/index.ts';
import type { Region, StreamRef } from '../../../runtime/region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { callErrorOf } from './fixtures/call-error-of.ts';
import { encoded } from './fixtures/encoded.ts';
import { openTestRegion, REGION, unsigned } from './fixtures/open-test-region.ts';
import { rawServer } from './fixtures/raw-server.ts';
import { scriptedService, type Told } from './fixtures/scripted-service.ts';
import { expectSilence } from './fixtures/silent-console.ts';

const MINUTE = 60_000;
const stored = { status: 200, body: { failures: 0, entries: [] } };
const notAuthenticated = (date: number): Told => ({
  status: 401,
  headers: { date: new Date(date).toUTCString() },
  body: { code: 'NotAuthenticated', message: 'The required information was not provided or was incorrect.' },
});

describe('C3: a clock that is wrong', () => {
  it('is corrected once from the Date of a 401, and the call goes on in silence', async () => {
    const clock = new VirtualClock();
    const theirs = clock.wall() + 10 * MINUTE;
    await using service = await scriptedService(({ headers }) =>
      Math.abs(Date.parse(headers['x-date'] as string) - theirs) < 5 * MINUTE
        ? stored
        : notAuthenticated(theirs),
    );
    await using test = openTestRegion(service.origin, { clock });
    await test.region.put(test.stream, [], {});
    await test.region.put(test.stream, [], {});
    expect(service.asked).toHaveLength(3);
    expect(test.events).toEqual([{ type: 'clock-corrected', region: REGION, byMs: 10 * MINUTE }]);
  });

  it('is told once when several calls meet it at the same time', async () => {
    const clock = new VirtualClock();
    const theirs = clock.wall() - 20 * MINUTE;
    await using service = await scriptedService(({ headers }) =>
      Math.abs(Date.parse(headers['x-date'] as string) - theirs) < 5 * MINUTE
        ? stored
        : notAuthenticated(theirs),
    );
    await using test = openTestRegion(service.origin, { clock });
    await Promise.all([1, 2, 3, 4].map(() => test.region.put(test.stream, [], {})));
    expect(test.events).toEqual([{ type: 'clock-corrected', region: REGION, byMs: -20 * MINUTE }]);
  });

  it('is corrected no second time by a service that goes on refusing', async () => {
    const clock = new VirtualClock();
    let date = clock.wall();
    await using service = await scriptedService(() => notAuthenticated((date += 10 * MINUTE)));
    await using test = openTestRegion(service.origin, { clock });
    const { failure } = await callErrorOf(test.region.put(test.stream, [], {}));
    expect(failure).toMatchObject({ came: 'status', status: 401 });
    expect(service.asked).toHaveLength(2);
  });
});

describe('C4: credentials that are not accepted', () => {
  it('are an error after one call, which says who signed and what to check', async () => {
    const clock = new VirtualClock();
    await using service = await scriptedService(() => notAuthenticated(clock.wall() + MINUTE / 2));
    await using test = openTestRegion(service.origin, { clock });
    const { message } = await callErrorOf(test.region.put(test.stream, [], {}));
    expect(message).toBe(
      `PutMessages in ${REGION}: 401 NotAuthenticated The required information was not provided or was incorrect. ` +
        'Signed with profile TEST in /test/config, fingerprint 00:11: check the test.',
    );
    expect(service.asked).toHaveLength(1);
    expect(test.events).toEqual([]);
  });

  it('C6: are tried once more when newer ones were found', async () => {
    const clock = new VirtualClock();
    let token = 'old';
    const auth: Auth = {
      ...unsigned,
      sign: (request) => Promise.resolve(request.headers.set('authorization', token)),
      renew: () => Promise.resolve(token !== (token = 'new')),
    };
    await using service = await scriptedService(({ headers }) =>
      headers.authorization === 'new' ? stored : notAuthenticated(clock.wall()),
    );
    await using test = openTestRegion(service.origin, { clock, auth });
    await test.region.put(test.stream, [], {});
    expect(service.asked.map(({ headers }) => headers.authorization)).toEqual(['old', 'new']);
  });

  it('that cannot sign at all are a fault of this machine, and nothing is sent', async () => {
    const auth: Auth = {
      ...unsigned,
      sign: () => Promise.reject(new Error('no token from the auth service')),
    };
    await using service = await scriptedService(() => stored);
    await using test = openTestRegion(service.origin, { auth });
    const { failure } = await callErrorOf(test.region.put(test.stream, [], {}));
    expect(failure).toEqual({
      came: 'local',
      detail: 'profile TEST in /test/config, fingerprint 00:11 cannot sign: no token from the auth service',
    });
    expect(service.asked).toHaveLength(0);
  });
});

describe('C5: rights that are missing', () => {
  it('are named after a 403', async () => {
    await using service = await scriptedService(() => ({
      status: 403,
      body: { code: 'NotAuthorized', message: 'No.' },
    }));
    await using test = openTestRegion(service.origin);
    const { message } = await callErrorOf(
      test.region.createStream({
        name: 'n',
        partitions: 1,
        retentionInHours: 24,
        compartmentId: 'c',
        tags: {},
      }),
    );
    expect(message).toContain(
      'CreateStream needs STREAM_CREATE ("Allow group … to manage streams in compartment …")',
    );
  });
});

describe('B7: a redirection', () => {
  it('is not followed; the error names where it leads', async () => {
    await using elsewhere = await scriptedService(() => stored);
    await using service = await scriptedService(() => ({
      status: 302,
      headers: { location: `${elsewhere.origin}/login` },
      body: '',
    }));
    await using test = openTestRegion(service.origin);
    const { failure, message } = await callErrorOf(test.region.put(test.stream, [], {}));
    expect(failure).toMatchObject({ came: 'status', status: 302, location: `${elsewhere.origin}/login` });
    expect(message).toContain(`Redirected to ${elsewhere.origin}/login`);
    expect(elsewhere.asked).toHaveLength(0);
  });
});

describe('E10: an endpoint that is neither OCI’s nor the user’s', () => {
  it.each([
    'https://streaming.evil.example',
    'http://cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com',
    '',
  ])('is sent nothing, and nothing is signed for it: %s', async (endpoint) => {
    let signatures = 0;
    const auth: Auth = { ...unsigned, sign: () => Promise.resolve(void signatures++) };
    await using test = openTestRegion('http://127.0.0.1:9', { auth });
    const put = test.region.put({ ...test.stream, endpoint }, [encoded(null, 'x')], {});
    await expect(put).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1') as string,
    });
    expect(signatures).toBe(0);
  });

  it('is refused on this machine too, unless the settings name it', async () => {
    await using service = await scriptedService(() => stored);
    await using test = openTestRegion('http://127.0.0.1:9');
    const put = test.region.put({ ...test.stream, endpoint: service.origin }, [], {});
    await expect(put).rejects.toMatchObject({ code: 'CONFIG' });
    expect(service.asked).toHaveLength(0);
  });
});

describe('answers that are not what was asked for', () => {
  const calls: Record<string, (region: Region, stream: StreamRef) => Promise<unknown>> = {
    put: (region, stream) => region.put(stream, [], {}),
    read: (region, stream) => region.read(stream, 'c', { limit: 1 }),
    commit: (region, stream) => region.commit(stream, 'c'),
    stream: (region, stream) => region.stream(stream.ocid),
    streamsNamed: (region) => region.streamsNamed({ compartmentId: 'c', name: 'n' }),
  };

  describe.each(Object.keys(calls))('to %s', (name) => {
    expectSilence();

    it.each(['', 'null', '{"entries":', '"text"', '{"entries":{},"value":7}', '<html>proxy</html>'])(
      'B4, B5: 200 with %j is unreadable',
      async (body) => {
        await using service = await scriptedService(() => ({ status: 200, body }));
        await using test = openTestRegion(service.origin);
        const { failure } = await callErrorOf(calls[name]!(test.region, test.stream));
        expect(failure).toMatchObject({ came: 'unreadable', status: 200 });
      },
    );

    it.each([
      [500, '', { code: '', message: '' }],
      [502, '<html>\n<b>Bad Gateway</b>', { code: '', message: '<html> <b>Bad Gateway</b>' }],
      [400, { code: 'InvalidParameter', message: 'no' }, { code: 'InvalidParameter', message: 'no' }],
      [429, { code: 7, message: null }, { code: '', message: '' }],
      [500, 'null', { code: '', message: '' }],
    ])('%i with %j is that status, silently', async (status, body, words) => {
      await using service = await scriptedService(() => ({ status, body }));
      await using test = openTestRegion(service.origin);
      const { failure } = await callErrorOf(calls[name]!(test.region, test.stream));
      expect(failure).toMatchObject({ came: 'status', status, ...words });
    });

    it('a lost connection is silent too', async () => {
      await using server = await rawServer();
      await using test = openTestRegion(server.origin);
      const error = callErrorOf(calls[name]!(test.region, test.stream));
      (await server.asked()).socket.resetAndDestroy();
      expect((await error).failure.came).toBe('reset');
    });
  });
});

describe('an operation whose answer has no body', () => {
  expectSilence();

  it('fails like any other, although the SDK looks no further than the status', async () => {
    await using service = await scriptedService((_, number) =>
      number === 1 ? { status: 500 } : { status: 204 },
    );
    await using test = openTestRegion(service.origin);
    const { failure } = await callErrorOf(test.region.resetGroup(test.stream, 'g', 'LATEST'));
    expect(failure).toMatchObject({ came: 'status', status: 500 });
    await test.region.resetGroup(test.stream, 'g', { time: '2026-11-23T12:00:00Z' });
    expect(service.asked.map(({ body }) => body)).toEqual([
      '{"type":"LATEST"}',
      '{"type":"AT_TIME","time":"2026-11-23T12:00:00.000Z"}',
    ]);
  });
});

describe('a request that cannot be composed', () => {
  expectSilence();

  it('is a fault of the configuration', async () => {
    await using test = openTestRegion('http://127.0.0.1:9');
    await expect(test.region.put({ ...test.stream, ocid: '' }, [], {})).rejects.toMatchObject({
      code: 'CONFIG',
    });
  });
});
