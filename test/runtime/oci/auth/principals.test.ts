import { generateKeyPairSync, verify } from 'node:crypto';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { signing, type Principal } from '../../../../runtime/oci/auth/principals.ts';
import { openAuth } from '../../../../runtime/oci/index.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { rawServer } from '../fixtures/raw-server.ts';
import { expectSilence } from '../fixtures/silent-console.ts';

const settings = { configFile: undefined, profile: 'DEFAULT', quietConsole: true };
const ignore = (): void => {};

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe('C7: a principal where there is none', () => {
  expectSilence();

  it('C7: of an instance whose metadata service refuses is one line with cause and remedy', async () => {
    const server = await rawServer();
    await server[Symbol.asyncDispose]();
    const environment = { OCI_METADATA_BASE_URL: `${server.origin}/opc/v2/` };
    const opening = openAuth({ ...settings, auth: 'instance_principal' }, ignore, environment);
    await expect(opening).rejects.toMatchObject({
      code: 'CONFIG',
      message: `the instance principal of this machine cannot be used: fetch failed: connect ECONNREFUSED ${
        new URL(server.origin).host
      }; it can be used on a compute instance of OCI only: elsewhere sign with a key (\`auth\` api_key); where the metadata service has another address, name it in OCI_METADATA_BASE_URL`,
    });
  });

  it.each([undefined, '', ' '])(
    'C7: is asked of the address that all instances have, for %j',
    async (named) => {
      const asked = vi.fn((request: Request) => Promise.reject(new Error(request.url)));
      vi.stubGlobal('fetch', asked);
      const environment = { OCI_METADATA_BASE_URL: named };
      const opening = openAuth({ ...settings, auth: 'instance_principal' }, ignore, environment);
      await expect(opening).rejects.toThrow('http://169.254.169.254/opc/v2/');
    },
  );

  it('C7: of a resource is one line that names the variable', async () => {
    vi.stubEnv('OCI_RESOURCE_PRINCIPAL_VERSION', '');
    await expect(openAuth({ ...settings, auth: 'resource_principal' }, ignore)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(
        /^the resource principal of this workload cannot be used: [^\n]*OCI_RESOURCE_PRINCIPAL_VERSION[^\n]*`auth` api_key\)$/,
      ) as string,
    });
  });
});

it.each([
  { quietConsole: false, replaced: 'nothing' },
  { quietConsole: true, replaced: 'methods' },
])('C7: with quietConsole $quietConsole $replaced of the console are replaced', async ({ quietConsole }) => {
  const { log } = console;
  await using server = await rawServer();
  const environment = { OCI_METADATA_BASE_URL: `${server.origin}/opc/v2/` };
  const opening = openAuth({ ...settings, auth: 'instance_principal', quietConsole }, ignore, environment);
  opening.catch(() => {});
  const { socket } = await server.asked();
  const { log: during } = console;
  // The SDK asks again, for a minute.
  socket.destroy();
  expect(during === log).toBe(!quietConsole);
});

describe('C16: the renewal of a token', () => {
  /** A principal whose renewals end when the test says so. */
  function principal() {
    const renewals: PromiseWithResolvers<string>[] = [];
    let token = 'old';
    const provider = {
      getKeyId: async () => token,
      refresh: () => {
        const renewal = Promise.withResolvers<string>();
        renewals.push(renewal);
        return renewal.promise.then((renewed) => (token = renewed));
      },
    } as unknown as Principal;
    const clock = new VirtualClock();
    return { clock, renewals, auth: signing(provider, async (task) => task(), clock) };
  }

  it('C16: is shared by the calls that are refused while it is under way', async () => {
    const { auth, clock, renewals } = principal();
    const calls = [auth.renew('old'), auth.renew('old')];
    await clock.pass(5_000);
    calls.push(auth.renew('old'));
    await clock.pass(0);
    renewals[0]!.resolve('new');
    expect(await Promise.all(calls)).toEqual([true, true, true]);
    expect(renewals).toHaveLength(1);
    expect(await auth.renew('old')).toBe(true);
  });

  it('C16: is one, in whatever turn calls are refused while it is under way', async () => {
    for (let turns = 0; turns < 16; turns++) {
      const { auth, clock, renewals } = principal();
      const calls = [auth.renew('old'), auth.renew('old')];
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      calls.push(auth.renew('old'), auth.renew('old'));
      await clock.pass(0);
      for (const renewal of renewals) renewal.resolve('new');
      await clock.pass(0);
      expect({ turns, renewals: renewals.length }).toEqual({ turns, renewals: 1 });
      expect(await Promise.all(calls)).toEqual([true, true, true, true]);
    }
  });

  it('C16: is begun again after one that failed, and after one that does not end', async () => {
    const { auth, clock, renewals } = principal();
    const failed = auth.renew('old');
    await clock.pass(0);
    renewals[0]!.reject(new Error('503'));
    await expect(failed).rejects.toThrow('503');
    void auth.renew('old');
    await clock.pass(11_000);
    const renewed = auth.renew('old');
    await clock.pass(0);
    renewals[2]!.resolve('new');
    expect(await renewed).toBe(true);
  });

  it('C16: that comes to an end when it was given up makes no two calls use the principal at once', async () => {
    const clock = new VirtualClock();
    let underWay = 0;
    let most = 0;
    const tokens: PromiseWithResolvers<string>[] = [];
    const provider = {
      getKeyId: async () => {
        const token = Promise.withResolvers<string>();
        tokens.push(token);
        most = Math.max(most, ++underWay);
        return token.promise.finally(() => underWay--);
      },
      refresh: async () => 'new',
    } as unknown as Principal;
    const auth = signing(provider, async (task) => task(), clock);
    const calls = [auth.renew('old')];
    await clock.pass(11_000);
    calls.push(auth.renew('old'));
    await clock.pass(0);
    expect(tokens).toHaveLength(2);
    tokens[0]!.resolve('new');
    await clock.pass(0);
    calls.push(auth.renew('old'));
    await clock.pass(0);
    expect(tokens).toHaveLength(2);
    tokens[1]!.resolve('new');
    await clock.pass(0);
    tokens[2]!.resolve('new');
    expect(await Promise.all(calls)).toEqual([true, true, true]);
    expect(most).toBe(2);
  });

  it('C16: and one that expires: whatever is signed in any turn is signed with the key of its token, which is asked for once', async () => {
    const keys = ['0', '1'].map(() =>
      generateKeyPairSync('rsa', {
        modulusLength: 1_024,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      }),
    );
    for (const change of ['renewed', 'expired']) {
      for (let turns = 0; turns < 12; turns++) {
        const clock = new VirtualClock();
        let key = 0;
        let token = '0';
        // As the SDK does it: the key first, then a call for the token.
        const refresh = async (): Promise<string> => {
          key++;
          await clock.sleep(100);
          return (token = '1');
        };
        let isExpired = change === 'expired';
        const provider = {
          getKeyId: async () => (isExpired ? refresh().finally(() => (isExpired = false)) : token),
          getPrivateKey: () => keys[key]!.privateKey,
          refresh,
        } as unknown as Principal;
        const auth = signing(provider, async (task) => task(), clock);
        const sign = async (): Promise<void> => {
          const headers = new Headers({ 'x-date': 'now' });
          await auth.sign({ method: 'GET', uri: 'https://host/path', headers }, false);
          const [, id = '', signature = ''] =
            /keyId="(.*?)".*signature="(.*?)"/.exec(headers.get('authorization') ?? '') ?? [];
          const lines = Buffer.from('x-date: now\n(request-target): get /path\nhost: host');
          const isOwn = verify(
            'sha256',
            lines,
            keys[Number(id)]!.publicKey,
            Buffer.from(signature, 'base64'),
          );
          expect({ change, turns, isOwn }).toEqual({ change, turns, isOwn: true });
        };
        const renewed = change === 'renewed' ? auth.renew('0') : sign();
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        const signed = Promise.all([sign(), sign()]);
        await clock.pass(1_000);
        await Promise.all([renewed, signed, sign()]);
        expect(key).toBe(1);
      }
    }
  });
});
