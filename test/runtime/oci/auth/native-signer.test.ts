import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { DefaultRequestSigner, SimpleAuthenticationDetailsProvider, type HttpRequest } from 'oci-common';
import { describe, expect, it } from 'vitest';

import { NativeSigner } from '../../../../runtime/oci/auth/native-signer.ts';
import { queryValue } from '../../../../runtime/oci/sdk.ts';
import { ociDirectory, TENANCY, USER, type OciDirectory } from '../fixtures/oci-directory.ts';

const ORIGIN = 'https://cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com';
const DATE = 'Thu, 26 Nov 2026 12:00:00 GMT';

function providerOf({ keyFile, fingerprint }: OciDirectory): SimpleAuthenticationDetailsProvider {
  const pem = readFileSync(keyFile, 'utf8');
  return new SimpleAuthenticationDetailsProvider(TENANCY, USER, fingerprint, pem, null);
}

/** All that a request has after it was signed. */
async function signed(
  signer: { signHttpRequest(request: HttpRequest, excludeBody?: boolean): Promise<void> },
  { headers, ...request }: Omit<HttpRequest, 'headers'> & { headers: [string, string][] },
  excludeBody: boolean,
): Promise<[string, string][]> {
  const own = new Headers(headers);
  await signer.signHttpRequest({ ...request, headers: own }, excludeBody);
  return [...own];
}

const requests = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH'),
  uri: fc
    .tuple(fc.constantFrom('/20180418/streams/ocid1.stream/messages', '/a%2Fb', '/'), fc.option(fc.string()))
    .map(([path, cursor]) => `${ORIGIN}${path}${cursor === null ? '' : `?cursor=${queryValue(cursor)}`}`),
  body: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
  headers: fc
    .subarray<[string, string]>([
      ['host', 'proxy.example:8443'],
      ['content-type', 'text/plain'],
      ['content-length', '7'],
      ['opc-request-id', '1'],
    ])
    .map((some): [string, string][] => [['date', DATE], ['x-date', DATE], ...some]),
});

describe('the signature', () => {
  it('C4: has the bytes of the SDK’s own signer, for any request', async () => {
    using directory = ociDirectory();
    const provider = providerOf(directory);
    const sdk = new DefaultRequestSigner(provider);
    const native = new NativeSigner(provider);
    await fc.assert(
      fc.asyncProperty(requests, fc.boolean(), async (request, excludeBody) => {
        const given = request as typeof request & { method: HttpRequest['method'] };
        expect(await signed(native, given, excludeBody)).toEqual(await signed(sdk, given, excludeBody));
      }),
      { numRuns: 200 },
    );
  });

  it('C16: is made with the key that the provider has by then', async () => {
    using first = ociDirectory();
    using second = ociDirectory();
    let provider = providerOf(first);
    const native = new NativeSigner({
      getKeyId: () => provider.getKeyId(),
      getPrivateKey: () => provider.getPrivateKey(),
      getPassphrase: () => null,
    });
    const request = {
      method: 'GET' as const,
      uri: `${ORIGIN}/`,
      headers: [['x-date', DATE]] as [string, string][],
    };
    const before = new Map(await signed(native, request, false));
    provider = providerOf(second);
    const after = new Map(await signed(native, request, false));
    const sdk = new Map(await signed(new DefaultRequestSigner(provider), request, false));

    expect(after.get('authorization')).toBe(sdk.get('authorization'));
    expect(after.get('authorization')).not.toBe(before.get('authorization'));
  });
});
