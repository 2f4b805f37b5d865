import { describe, expect, it, vi } from 'vitest';

import { systemClock } from '../../../runtime/clock.ts';
import { openAuth, type Auth } from '../../../runtime/oci/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { failureOf, messageOf, valueFrom } from './fixtures/answers.ts';
import { encoded } from './fixtures/encoded.ts';
import { ociDirectory, TENANCY } from './fixtures/oci-directory.ts';
import { openTestRegion, REGION, unsigned } from './fixtures/open-test-region.ts';
import { rawServer } from './fixtures/raw-server.ts';
import { scriptedService, type Told } from './fixtures/scripted-service.ts';

const MINUTE = 60_000;
const stored = { status: 200, body: { failures: 0, entries: [] } };
const notAuthenticated = (date: number): Told => ({
  status: 401,
  headers: { date: new Date(date).toUTCString() },
  body: { code: 'NotAuthenticated', message: 'The required information was not provided or was incorrect.' },
});

describe('C3: a clock that is wrong', () => {
  it('C3: is corrected once from the Date of a 401, and the call goes on in silence', async () => {
    const clock = new VirtualClock();
    const theirs = clock.wall() + 10 * MINUTE;
    await using service = await scriptedService(({ headers }) =>
      Math.abs(Date.parse(headers['x-date'] as string) - theirs) < 5 * MINUTE
        ? stored
        : notAuthenticated(theirs),
    );
    await using test = openTestRegion(service.origin, { clock });
    await valueFrom(test.region.put(test.stream, [], {}));
    await valueFrom(test.region.put(test.stream, [], {}));
    expect(service.asked).toHaveLength(3);
    expect(test.events).toEqual([{ type: 'clock-corrected', region: REGION, byMs: 10 * MINUTE }]);
  });

  it('C3: is told once when several calls meet it at the same time', async () => {
    const clock = new VirtualClock();
    const theirs = clock.wall() - 20 * MINUTE;
    await using service = await scriptedService(({ headers }) =>
      Math.abs(Date.parse(headers['x-date'] as string) - theirs) < 5 * MINUTE
        ? stored
        : notAuthenticated(theirs),
    );
    await using test = openTestRegion(service.origin, { clock });
    await Promise.all([1, 2, 3, 4].map(() => valueFrom(test.region.put(test.stream, [], {}))));
    expect(test.events).toEqual([{ type: 'clock-corrected', region: REGION, byMs: -20 * MINUTE }]);
  });

  it('C3: is corrected no second time by a service that goes on refusing', async () => {
    const clock = new VirtualClock();
    let date = clock.wall();
    await using service = await scriptedService(() => notAuthenticated((date += 10 * MINUTE)));
    await using test = openTestRegion(service.origin, { clock });
    const failure = await failureOf(test.region.put(test.stream, [], {}));
    expect(failure).toMatchObject({ type: 'status', status: 401 });
    expect(service.asked).toHaveLength(2);
  });
});

it.each(['yesterday', '23 Nov 2036', 'x 1', ''])(
  'C3: a Date that is none (%j) corrects nothing',
  async (date) => {
    await using service = await scriptedService(() => ({ status: 401, headers: { date }, body: {} }));
    await using test = openTestRegion(service.origin, { clock: new VirtualClock() });
    expect(await failureOf(test.region.put(test.stream, [], {}))).toMatchObject({ status: 401 });
    expect(test.events).toEqual([]);
  },
);

it.each([29, -29])('C3: a Date that is %i s off is no reason for a 401', async (seconds) => {
  const clock = new VirtualClock();
  await using service = await scriptedService(() => notAuthenticated(clock.wall() + seconds * 1_000));
  await using test = openTestRegion(service.origin, { clock });
  expect(await failureOf(test.region.put(test.stream, [], {}))).toMatchObject({ status: 401 });
  expect(test.events).toEqual([]);
  expect(service.asked).toHaveLength(1);
});

describe('C4: credentials that are not accepted', () => {
  it('C4: are an error after one call, which says who signed and what to check', async () => {
    const clock = new VirtualClock();
    await using service = await scriptedService(() => notAuthenticated(clock.wall() + MINUTE / 2));
    await using test = openTestRegion(service.origin, { clock });
    const message = await messageOf(test.region.put(test.stream, [], {}));
    expect(message).toBe(
      `The required information was not provided or was incorrect. ` +
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
    await valueFrom(test.region.put(test.stream, [], {}));
    expect(service.asked.map(({ headers }) => headers.authorization)).toEqual(['old', 'new']);
  });

  it('C16: that were renewed meanwhile let each of 64 refused calls go again, one after the other', async () => {
    using directory = ociDirectory();
    const tokenFile = directory.write('token', 'old.token');
    directory.configure([
      '[DEFAULT]',
      `tenancy=${TENANCY}`,
      `key_file=${directory.keyFile}`,
      `security_token_file=${tokenFile}`,
    ]);
    const { configFile } = directory;
    const auth = await openAuth({ auth: 'security_token', configFile, profile: 'DEFAULT' }, () => {}, {});
    const refusals: (() => void)[] = [];
    const all = Promise.withResolvers<void>();
    await using service = await scriptedService(async ({ headers }) => {
      if (headers.authorization?.includes('ST$new.token') === true) return stored;
      const refused = Promise.withResolvers<void>();
      refusals.push(refused.resolve);
      if (refusals.length === 64) all.resolve();
      await refused.promise;
      return notAuthenticated(systemClock.wall());
    });
    await using test = openTestRegion(service.origin, { auth });
    let ended = 0;
    const puts = Array.from({ length: 64 }, async () => {
      await valueFrom(test.region.put(test.stream, [], {}));
      ended++;
    });
    await all.promise;
    directory.write('token', 'new.token');
    for (const [index, refuse] of refusals.entries()) {
      refuse();
      await vi.waitFor(() => expect(ended).toBe(index + 1), { interval: 1 });
    }
    await Promise.all(puts);
    expect(service.asked).toHaveLength(128);
  });

  it('C3, C6: are renewed after the clock was corrected, each once in a call', async () => {
    const clock = new VirtualClock();
    const theirs = clock.wall() + 10 * MINUTE;
    let token = 'old';
    const auth: Auth = {
      ...unsigned,
      sign: (request) => Promise.resolve(request.headers.set('authorization', `keyId="${token}"`)),
      renew: (used) => Promise.resolve(used !== (token = 'new')),
    };
    await using service = await scriptedService(({ headers }) => {
      const inTime = Math.abs(Date.parse(headers['x-date'] as string) - theirs) < 5 * MINUTE;
      return inTime && headers.authorization === 'keyId="new"' ? stored : notAuthenticated(theirs);
    });
    await using test = openTestRegion(service.origin, { clock, auth });
    await valueFrom(test.region.put(test.stream, [], {}));
    expect(service.asked).toHaveLength(3);
  });

  it('C6: are renewed once in a call, however often they change', async () => {
    const clock = new VirtualClock();
    await using service = await scriptedService(() => notAuthenticated(clock.wall()));
    const auth: Auth = { ...unsigned, renew: () => Promise.resolve(true) };
    await using test = openTestRegion(service.origin, { clock, auth });
    expect(await failureOf(test.region.put(test.stream, [], {}))).toMatchObject({ status: 401 });
    expect(service.asked).toHaveLength(2);
  });

  it('C6: whose renewal fails or hangs are the 401 that they were', async () => {
    const clock = new VirtualClock();
    await using service = await scriptedService(() => notAuthenticated(clock.wall()));
    const asked = Promise.withResolvers<void>();
    const hanging: Auth = {
      ...unsigned,
      renew() {
        asked.resolve();
        return new Promise(() => {});
      },
    };
    const failing: Auth = { ...unsigned, renew: () => Promise.reject(new Error('no file')) };
    await using one = openTestRegion(service.origin, { clock, auth: failing });
    expect(await failureOf(one.region.put(one.stream, [], {}))).toMatchObject({ status: 401 });
    await using two = openTestRegion(service.origin, { clock, auth: hanging, requestTimeoutMs: 2_000 });
    const failure = failureOf(two.region.put(two.stream, [], {}));
    await asked.promise;
    await clock.pass(2_000);
    expect(await failure).toMatchObject({ status: 401 });
  });

  it('C4: that take too long to sign, or until the caller gives up, are no fault of the region', async () => {
    const clock = new VirtualClock();
    let asked = Promise.withResolvers<void>();
    const auth: Auth = {
      ...unsigned,
      sign() {
        asked.resolve();
        return new Promise(() => {});
      },
    };
    await using test = openTestRegion('http://127.0.0.1:9', { clock, auth, requestTimeoutMs: 2_000 });
    const late = failureOf(test.region.put(test.stream, [], {}));
    await asked.promise;
    await clock.pass(2_000);
    expect(await late).toMatchObject({
      type: 'local',
      detail: expect.stringContaining('took longer than 2000 ms to sign') as string,
    });
    asked = Promise.withResolvers();
    const controller = new AbortController();
    const abandoned = failureOf(test.region.put(test.stream, [], { signal: controller.signal }));
    await asked.promise;
    controller.abort();
    expect(await abandoned).toEqual({ type: 'aborted', written: false });
  });

  it('C4: that cannot sign at all are a fault of this machine, and nothing is sent', async () => {
    const auth: Auth = {
      ...unsigned,
      sign: () => Promise.reject(new Error('no token from the auth service')),
    };
    await using service = await scriptedService(() => stored);
    await using test = openTestRegion(service.origin, { auth });
    const failure = await failureOf(test.region.put(test.stream, [], {}));
    expect(failure).toEqual({
      type: 'local',
      detail: 'profile TEST in /test/config, fingerprint 00:11 cannot sign: no token from the auth service',
    });
    expect(service.asked).toHaveLength(0);
  });
});

describe('C5: rights that are missing', () => {
  it('C5: are named after a 403', async () => {
    await using service = await scriptedService(() => ({
      status: 403,
      body: { code: 'NotAuthorized', message: 'No.' },
    }));
    await using test = openTestRegion(service.origin);
    const message = await messageOf(
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

describe('B8: a wait that is named twice', () => {
  it('B8: is the first of the two, as text', async () => {
    await using server = await rawServer();
    await using test = openTestRegion(server.origin);
    const failure = failureOf(test.region.put(test.stream, [], {}));
    const { socket } = await server.asked();
    socket.write('HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nRetry-After: 9\r\ncontent-length: 0\r\n\r\n');
    expect(await failure).toMatchObject({ status: 429, retryAfter: '3' });
  });
});

describe('B7: a redirection', () => {
  it('B7: is not followed; the error names where it leads', async () => {
    await using elsewhere = await scriptedService(() => stored);
    await using service = await scriptedService(() => ({
      status: 302,
      headers: { location: `${elsewhere.origin}/login` },
      body: '',
    }));
    await using test = openTestRegion(service.origin);
    const put = test.region.put(test.stream, [], {});
    expect(await failureOf(put)).toMatchObject({ status: 302, location: `${elsewhere.origin}/login` });
    expect(await messageOf(put)).toContain(`Redirected to ${elsewhere.origin}/login`);
    expect(elsewhere.asked).toHaveLength(0);
  });
});

describe('B7: a `location` with another status', () => {
  it.each([401, 429, 500, 503])('B7: is no redirection: %i', async (status) => {
    await using service = await scriptedService(() => ({
      status,
      headers: { location: 'https://elsewhere.example' },
      body: '',
    }));
    await using test = openTestRegion(service.origin);
    const put = test.region.put(test.stream, [], {});
    expect(await failureOf(put)).not.toHaveProperty('location');
    expect(await messageOf(put)).not.toContain('elsewhere');
  });
});

describe('E10: an endpoint that is neither OCI’s nor the user’s', () => {
  it.each([
    'https://streaming.evil.example',
    'http://cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com',
    'https://cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com',
    '',
  ])('E10: is sent nothing, and nothing is signed for it: %s', async (endpoint) => {
    let signatures = 0;
    const auth: Auth = { ...unsigned, sign: () => Promise.resolve(void signatures++) };
    await using test = openTestRegion('http://127.0.0.1:9', { auth });
    const put = test.region.put({ ...test.stream, endpoint }, [encoded(null, 'x')], {});
    expect(await failureOf(put)).toMatchObject({
      type: 'misconfigured',
      detail: expect.stringContaining('OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1') as string,
    });
    expect(signatures).toBe(0);
  });

  it('E10: is refused on this machine too, unless the settings name it', async () => {
    await using service = await scriptedService(() => stored);
    await using test = openTestRegion('http://127.0.0.1:9');
    const put = test.region.put({ ...test.stream, endpoint: service.origin }, [], {});
    expect(await failureOf(put)).toMatchObject({ type: 'misconfigured' });
    expect(service.asked).toHaveLength(0);
  });
});
