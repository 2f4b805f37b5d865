import { readFileSync } from 'node:fs';

import { DefaultRequestSigner, SimpleAuthenticationDetailsProvider, type HttpRequest } from 'oci-common';
import type { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';

import type { Answer, PutResult } from '../../../runtime/region.ts';
import { Caller } from '../../../runtime/oci/call.ts';
import type { Connections } from '../../../runtime/oci/http/connections.ts';
import { getMessages } from '../../../runtime/oci/get-messages.ts';
import { openAuth, type Auth } from '../../../runtime/oci/index.ts';
import { putMessages } from '../../../runtime/oci/put-messages.ts';
import { loadSdk } from '../../../runtime/oci/sdk.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { encoded } from './fixtures/encoded.ts';
import { ociDirectory, TENANCY, USER, type OciDirectory } from './fixtures/oci-directory.ts';

const REGION = 'sa-saopaulo-1';
const HOST = `https://cell-1.streaming.${REGION}.oci.oraclecloud.com`;
const sdk = await loadSdk();

interface Sent {
  readonly origin: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Answers for the network: a status and headers for each request. */
type Service = (sent: Sent, number: number) => { readonly status: number; readonly date?: string };

interface Subject {
  readonly clock: VirtualClock;
  readonly caller: Caller;
  readonly sent: Sent[];
  /** How often the signer was asked. */
  readonly signatures: () => number;
  readonly put: (value?: string, stream?: string, host?: string) => Promise<Answer<PutResult[]>>;
}

async function subject(
  directory: OciDirectory,
  {
    service = () => ({ status: 200 }),
    change = (auth) => auth,
  }: { service?: Service; change?: (auth: Auth) => Auth } = {},
): Promise<Subject> {
  const clock = new VirtualClock();
  const given = { auth: 'api_key', configFile: directory.configFile, profile: 'DEFAULT' } as const;
  const own = await openAuth(given, () => {});
  let count = 0;
  const auth = change({
    ...own,
    sign(request, excludeBody) {
      count++;
      return own.sign(request, excludeBody);
    },
  });
  const sent: Sent[] = [];
  const connections: Connections = {
    dispatch(options, handler) {
      const headers = new Headers(pairsOf(options.headers as string[]));
      const request = {
        origin: String(options.origin),
        path: options.path,
        headers,
        body: (options.body as Buffer | null)?.toString() ?? '',
      };
      sent.push(request);
      const { status, date } = service(request, sent.length);
      answer(handler, status, date);
      return true;
    },
    close: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
    explain: (error) => error,
  };
  const settings = { endpoints: {}, requestTimeoutMs: 2_000 };
  const caller = new Caller({ name: REGION, auth, settings, clock, emit: () => {} }, connections);
  return {
    clock,
    caller,
    sent,
    signatures: () => count,
    put: (value = 'v', stream = 'one', host = HOST) =>
      caller.call(host, sdk.data, putMessages(stream, [encoded('k', value)])),
  };
}

function pairsOf(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index) =>
    index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as [string, string]] : [],
  );
}

function answer(handler: Dispatcher.DispatchHandler, status: number, date: string | undefined): void {
  const controller = { abort: () => {} } as unknown as Dispatcher.DispatchController;
  const entry = { partition: '0', offset: 1, timestamp: '2026-01-01T00:00:00Z' };
  handler.onRequestStart?.(controller, {});
  handler.onResponseStart?.(controller, status, date === undefined ? {} : { date }, '');
  handler.onResponseData?.(controller, Buffer.from(JSON.stringify({ failures: 0, entries: [entry] })));
  handler.onResponseEnd?.(controller, {});
}

const signatureOf = (sent: Sent | undefined): string => sent?.headers.get('authorization') ?? '';
/** All that is the same for each request. */
const shownOf = ({ headers }: Sent): [string, string][] =>
  [...headers].filter(([name]) => name !== 'opc-request-id');

describe('the signature of a put', () => {
  it('C4: is made once in a second, also for calls that begin together, with the bytes that the SDK would send', async () => {
    using directory = ociDirectory();
    const { clock, put, sent, signatures } = await subject(directory);
    await Promise.all([put('a'), put('b'), put('c')]);
    await clock.pass(999 - (clock.wall() % 1_000));
    await put('d');
    expect(signatures()).toBe(1);
    expect(
      sent.map(({ body }) => Buffer.from(/"value":"([^"]*)"/.exec(body)?.[1] ?? '', 'base64').toString()),
    ).toEqual(['a', 'b', 'c', 'd']);

    const [first] = sent;
    const pem = readFileSync(directory.keyFile, 'utf8');
    const provider = new SimpleAuthenticationDetailsProvider(TENANCY, USER, directory.fingerprint, pem, null);
    const own = new Headers(shownOf(first!).filter(([name]) => !/authorization|host/.test(name)));
    const request: HttpRequest = {
      method: 'POST',
      uri: `${HOST}${first?.path}`,
      headers: own,
      body: first?.body,
    };
    await new DefaultRequestSigner(provider).signHttpRequest(request, true);
    for (const each of sent) expect(shownOf(each)).toEqual([...own]);
  });

  it('is shared, and the request id is not: it is what Oracle’s support asks for', async () => {
    using directory = ociDirectory();
    const { put, sent } = await subject(directory);
    await Promise.all([put(), put()]);
    await put();
    const ids = sent.map(({ headers }) => headers.get('opc-request-id') ?? '');
    expect(new Set(ids).size).toBe(3);
    // As the SDK writes them: facts 2.1.
    for (const id of ids) expect(id).toMatch(/^[0-9A-F]{12}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$/);
  });

  const changes: Record<string, (subject: Subject) => Promise<unknown>> = {
    'a second later': async ({ clock, put }) => {
      await clock.pass(1_000);
      return put();
    },
    'for another stream': ({ put }) => put('v', 'two'),
    'for another host': ({ put }) => put('v', 'one', HOST.replace('cell-1', 'cell-2')),
  };

  it.each(Object.entries(changes))('C4: is made anew %s', async (_, changed) => {
    using directory = ociDirectory();
    const one = await subject(directory);
    await one.put();
    await changed(one);
    expect(one.signatures()).toBe(2);
    expect(signatureOf(one.sent[1])).not.toBe(signatureOf(one.sent[0]));
  });

  it('C4: is no other call’s: a read between two puts has its own', async () => {
    using directory = ociDirectory();
    const { caller, put, sent, signatures } = await subject(directory);
    await put();
    await caller.call(HOST, sdk.data, getMessages('one', 'cursor', { limit: 10 }));
    await put();
    expect(signatures()).toBe(2);
    expect(signatureOf(sent[2])).toBe(signatureOf(sent[0]));
    expect(signatureOf(sent[1])).not.toBe(signatureOf(sent[0]));
  });

  it('C3: is made anew when the region says that our clock is wrong, and then shared again', async () => {
    using directory = ociDirectory();
    const clockOf = { now: () => 0 };
    const { clock, put, sent, signatures } = await subject(directory, {
      service: (_, number) =>
        number === 1
          ? { status: 401, date: new Date(clockOf.now() + 600_000).toUTCString() }
          : { status: 200 },
    });
    clockOf.now = () => clock.wall();
    expect(await put()).toMatchObject({ ok: true });
    expect(await put()).toMatchObject({ ok: true });
    expect(signatures()).toBe(2);
    const dates = sent.map(({ headers }) => Date.parse(headers.get('x-date') ?? ''));
    expect(dates.map((date) => date - (dates[0] ?? 0))).toEqual([0, 600_000, 600_000]);
  });

  it('C6, C16: is made anew with renewed credentials, and then shared again', async () => {
    using directory = ociDirectory();
    let owner = 'first';
    const { put, sent, signatures } = await subject(directory, {
      service: ({ headers }) => ({
        status: headers.get('authorization')?.includes('"first"') === true ? 401 : 200,
      }),
      change: (auth) => ({
        ...auth,
        async sign(request, excludeBody) {
          await auth.sign(request, excludeBody);
          const header = request.headers.get('authorization') ?? '';
          request.headers.set('authorization', header.replace(/keyId="[^"]*"/, `keyId="${owner}"`));
        },
        async renew() {
          owner = 'second';
          return true;
        },
      }),
    });
    expect(await put()).toMatchObject({ ok: true });
    expect(await put()).toMatchObject({ ok: true });
    expect(sent.map((each) => /keyId="([^"]*)"/.exec(signatureOf(each))?.[1])).toEqual([
      'first',
      'second',
      'second',
    ]);
    expect(signatures()).toBe(2);
  });

  it('C16: that cannot be made fails each call that waits for it, and the next call tries again', async () => {
    using directory = ociDirectory();
    let fails = true;
    const { put } = await subject(directory, {
      change: (auth) => ({
        ...auth,
        sign: (request, excludeBody) =>
          fails ? Promise.reject(new Error('no token')) : auth.sign(request, excludeBody),
      }),
    });
    const refused = {
      ok: false,
      failure: { type: 'local', detail: expect.stringContaining('no token') as string },
    };
    expect(await Promise.all([put(), put()])).toMatchObject([refused, refused]);
    fails = false;
    expect(await put()).toMatchObject({ ok: true });
  });

  it('C16: that takes long keeps no call longer than its own time', async () => {
    using directory = ociDirectory();
    const { clock, caller, put } = await subject(directory, {
      change: (auth) => ({
        ...auth,
        async sign(request, excludeBody) {
          await clock.sleep(500);
          return auth.sign(request, excludeBody);
        },
      }),
    });
    const short = caller.call(HOST, sdk.data, putMessages('one', [encoded('k', 'v')]), { timeoutMs: 100 });
    expect(await clock.passUntil(Promise.all([short, put()]))).toMatchObject([
      { ok: false, failure: { type: 'local' } },
      { ok: true },
    ]);
  });
});
