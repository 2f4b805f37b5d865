import { DefaultRequestSigner, SimpleAuthenticationDetailsProvider, type HttpRequest } from 'oci-common';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { openAuth, type Auth } from '../../../runtime/oci/index.ts';
import { RequestSigner } from '../../../runtime/oci/signing.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { ociDirectory, TENANCY, USER, type OciDirectory } from './fixtures/oci-directory.ts';

const PUTS = 'https://cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com/20180418/streams/one/messages';

interface Subject {
  readonly clock: VirtualClock;
  readonly signer: RequestSigner;
  /** How often the SDK's signer was asked. */
  readonly signatures: () => number;
  /** Signs a put (or what is given), and gives its headers. */
  readonly sign: (
    request?: Partial<Pick<HttpRequest, 'method' | 'uri'>>,
    excludeBody?: boolean,
  ) => Promise<Headers>;
}

async function subject(
  directory: OciDirectory,
  change: (auth: Auth) => Auth = (auth) => auth,
): Promise<Subject> {
  const clock = new VirtualClock();
  const own = await openAuth(
    { auth: 'api_key', configFile: directory.configFile, profile: 'DEFAULT' },
    () => {},
  );
  let count = 0;
  const sign: Auth['sign'] = (request, excludeBody) => {
    count++;
    return own.sign(request, excludeBody);
  };
  const auth = change({ ...own, sign });
  const signer = new RequestSigner({ name: 'sa-saopaulo-1', auth, clock, emit: () => {} });
  return {
    clock,
    signer,
    signatures: () => count,
    async sign({ method = 'POST', uri = PUTS } = {}, excludeBody = true) {
      const headers = new Headers({ 'content-type': 'application/json', 'opc-request-id': '1' });
      const request: HttpRequest = { method, uri, headers, ...(excludeBody ? {} : { body: '{}' }) };
      const signing = await signer.sign(request, excludeBody, deadline(clock));
      expect(signing.type).toBe('signed');
      return headers;
    },
  };
}

function deadline(clock: VirtualClock, limitMs = 2_000): Parameters<RequestSigner['sign']>[2] {
  return { limitMs, dueAt: clock.now() + limitMs, signal: undefined };
}

const signatureOf = (headers: Headers): string | null => headers.get('authorization');

/** Told by the region: its clock is `aheadMs` ahead. */
const refusal = (clock: VirtualClock, aheadMs: number): Parameters<RequestSigner['mayGoAgain']>[0] => ({
  status: 401,
  headers: { date: new Date(clock.wall() + aheadMs).toUTCString() },
  body: Buffer.alloc(0),
  cut: false,
});
const used = { type: 'signed', skewMs: 0, keyId: 'k' } as const;

describe('the signature of a put', () => {
  it('C4: is made once in a second, also for calls that begin together, with the bytes that the SDK would send', async () => {
    using directory = ociDirectory();
    const { clock, sign, signatures } = await subject(directory);
    const together = await Promise.all([sign(), sign(), sign()]);
    await clock.pass(999 - (clock.wall() % 1_000));
    const all = [...together, await sign()];
    expect(signatures()).toBe(1);

    const headers = new Headers({
      'content-type': 'application/json',
      'opc-request-id': '1',
      date: all[0]?.get('date') ?? '',
      'x-date': all[0]?.get('x-date') ?? '',
    });
    const pem = readFileSync(directory.keyFile, 'utf8');
    const provider = new SimpleAuthenticationDetailsProvider(TENANCY, USER, directory.fingerprint, pem, null);
    const request: HttpRequest = { method: 'POST', uri: PUTS, headers, body: '{"messages":[]}' };
    await new DefaultRequestSigner(provider).signHttpRequest(request, true);
    for (const each of all) expect([...each]).toEqual([...headers]);
  });

  const changes: Record<string, (subject: Subject) => Promise<Headers>> = {
    'a second later': async ({ clock, sign }) => {
      await clock.pass(1_000);
      return sign();
    },
    'for another stream': ({ sign }) => sign({ uri: PUTS.replace('one', 'two') }),
    'for another host': ({ sign }) => sign({ uri: PUTS.replace('cell-1', 'cell-2') }),
    'for another method': ({ sign }) => sign({ method: 'GET' }),
    'for a call whose body is signed': ({ sign }) => sign({}, false),
    'C3: by a corrected clock': async ({ clock, signer, sign }) => {
      expect(await signer.mayGoAgain(refusal(clock, 600_000), used, new Set(), deadline(clock))).toBe(true);
      return sign();
    },
    'C6, C16: with renewed credentials': async ({ clock, signer, sign }) => {
      expect(await signer.mayGoAgain(refusal(clock, 0), used, new Set(), deadline(clock))).toBe(true);
      return sign();
    },
  };

  it.each(Object.entries(changes))('C4: is made anew %s', async (_, changed) => {
    using directory = ociDirectory();
    let owner = 'first';
    const renewing = (auth: Auth): Auth => ({
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
    });
    const one = await subject(directory, renewing);
    const first = signatureOf(await one.sign());
    const other = signatureOf(await changed(one));
    expect(one.signatures()).toBe(2);
    expect(other).not.toBe(first);
  });

  it('C16: that cannot be made fails each call that waits for it, and the next call tries again', async () => {
    using directory = ociDirectory();
    let fails = true;
    const { clock, signer, sign } = await subject(directory, (auth) => ({
      ...auth,
      sign: (request, excludeBody) =>
        fails ? Promise.reject(new Error('no token')) : auth.sign(request, excludeBody),
    }));
    const put = (): HttpRequest => ({ method: 'POST', uri: PUTS, headers: new Headers() });
    const both = [put(), put()].map((request) => signer.sign(request, true, deadline(clock)));
    expect(await Promise.all(both)).toMatchObject([{ type: 'failed' }, { type: 'failed' }]);
    fails = false;
    expect(signatureOf(await sign())).toContain('signature=');
  });

  it('C16: that takes long keeps no call longer than its own time', async () => {
    using directory = ociDirectory();
    const { clock, signer } = await subject(directory, (auth) => ({
      ...auth,
      sign: async (request, excludeBody) => {
        await clock.sleep(500);
        return auth.sign(request, excludeBody);
      },
    }));
    const signing = [100, 2_000].map((limitMs) =>
      signer.sign({ method: 'POST', uri: PUTS, headers: new Headers() }, true, deadline(clock, limitMs)),
    );
    expect(await clock.passUntil(Promise.all(signing))).toMatchObject([
      { type: 'failed' },
      { type: 'signed' },
    ]);
  });
});
