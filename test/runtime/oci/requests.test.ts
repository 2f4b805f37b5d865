import { createVerify, type KeyObject } from 'node:crypto';

import fc from 'fast-check';
import type { HttpClient } from 'oci-common';
import { StreamClient } from 'oci-streaming';
import { describe, expect, it } from 'vitest';

import { openAuth } from '../../../runtime/oci/index.ts';
import type { EncodedMessage } from '../../../runtime/region.ts';
import { valueFrom } from './fixtures/answers.ts';
import { encoded } from './fixtures/encoded.ts';
import { ociDirectory } from './fixtures/oci-directory.ts';
import { openTestRegion } from './fixtures/open-test-region.ts';
import { scriptedService, type Asked } from './fixtures/scripted-service.ts';

const ignore = (): void => {};

describe('what goes on the wire', () => {
  function verified({ method, target, headers }: Asked, publicKey: KeyObject) {
    const authorization = headers.authorization ?? '';
    const signed = /headers="([^"]*)"/.exec(authorization)?.[1]?.toLowerCase().split(' ') ?? [];
    const text = signed
      .map((name) =>
        name === '(request-target)'
          ? `${name}: ${method.toLowerCase()} ${target}`
          : `${name}: ${String(headers[name])}`,
      )
      .join('\n');
    const signature = /signature="([^"]*)"/.exec(authorization)?.[1] ?? '';
    return { signed, valid: createVerify('sha256').update(text).verify(publicKey, signature, 'base64') };
  }

  it('C4: is signed as it is sent, whatever stands in a cursor or a page token', async () => {
    using directory = ociDirectory();
    await using service = await scriptedService(({ target }) =>
      target.includes('/messages')
        ? { status: 200, headers: { 'opc-next-cursor': 'next' }, body: [] }
        : {
            status: 200,
            headers: target.includes('page=') ? {} : { 'opc-next-page': "b+/=&#'()*!c" },
            body: [],
          },
    );
    const auth = await openAuth(
      { auth: 'api_key', configFile: directory.configFile, profile: 'DEFAULT' },
      ignore,
    );
    await using test = openTestRegion(service.origin, { auth });
    await valueFrom(test.region.read(test.stream, "a+b/c=&#'()*! d", { limit: 7 }));
    await valueFrom(test.region.streamsNamed({ compartmentId: 'ocid1.compartment.oc1..x', name: 'ä b' }));

    expect(service.asked.map(({ target }) => target)).toEqual([
      `/20180418/streams/${test.stream.ocid}/messages?cursor=a%2Bb%2Fc%3D%26%23%27%28%29%2A%21%20d&limit=7`,
      '/20180418/streams?compartmentId=ocid1.compartment.oc1..x&name=%C3%A4%20b&limit=50',
      '/20180418/streams?compartmentId=ocid1.compartment.oc1..x&name=%C3%A4%20b&limit=50&page=b%2B%2F%3D%26%23%27%28%29%2A%21c',
    ]);
    for (const asked of service.asked) expect(verified(asked, directory.publicKey).valid).toBe(true);
  });

  it('C4: leaves the body of a put out of the signature, and no other', async () => {
    using directory = ociDirectory();
    await using service = await scriptedService(({ target }) =>
      target.endsWith('/messages')
        ? { status: 200, body: { failures: 0, entries: [] } }
        : { status: 200, body: { value: 'cursor' } },
    );
    const auth = await openAuth(
      { auth: 'api_key', configFile: directory.configFile, profile: 'DEFAULT' },
      ignore,
    );
    await using test = openTestRegion(service.origin, { auth });
    await valueFrom(test.region.put(test.stream, [encoded('k', 'v'), encoded(null, 'w')], {}));
    await valueFrom(test.region.commit(test.stream, 'c'));
    const [put, commit] = service.asked;
    expect(JSON.parse(put?.body ?? '')).toEqual({
      messages: [{ key: 'aw==', value: 'dg==' }, { value: 'dw==' }],
    });
    expect(verified(put!, directory.publicKey)).toEqual({
      signed: ['x-date', '(request-target)', 'host'],
      valid: true,
    });
    expect(verified(commit!, directory.publicKey)).toMatchObject({ valid: true });
    expect(commit?.headers).toMatchObject({
      'x-content-sha256': '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
      'content-length': '0',
    });
  });

  it('INV-1: a put has the very bytes that the SDK would send for these messages', async () => {
    const sdkBody = async (messages: readonly EncodedMessage[]): Promise<string> => {
      let body = '';
      const httpClient: HttpClient = {
        async send(request) {
          body = request.body as string;
          return Response.json({ failures: 0, entries: [] });
        },
      };
      const client = new StreamClient({ httpClient });
      client.endpoint = 'https://x.example';
      const entries = messages.map(({ key, value }) => (key === null ? { value } : { key, value }));
      await client.putMessages({ streamId: 's', putMessagesDetails: { messages: entries } });
      return body;
    };
    await using service = await scriptedService(({ body }) => {
      const { messages } = JSON.parse(body) as { messages: unknown[] };
      const timestamp = '2026-01-01T00:00:00Z';
      return {
        status: 200,
        body: { failures: 0, entries: messages.map((_, offset) => ({ partition: '0', offset, timestamp })) },
      };
    });
    await using test = openTestRegion(service.origin);
    const bytes = fc.uint8Array({ maxLength: 20 });
    const message = fc.record({ key: fc.option(bytes), value: bytes });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 20 }), async (messages) => {
        const encodedOnes = messages.map(({ key, value }) => ({
          key: key === null ? null : Buffer.from(key).toString('base64'),
          value: Buffer.from(value).toString('base64'),
          bytes: (key?.byteLength ?? 0) + value.byteLength,
        }));
        const results = await valueFrom(test.region.put(test.stream, encodedOnes, {}));
        expect(results).toHaveLength(messages.length);
        const sent = service.asked.at(-1);
        expect(sent?.body).toBe(await sdkBody(encodedOnes));
        expect(sent?.headers['content-length']).toBe(`${Buffer.byteLength(sent?.body ?? '')}`);
      }),
      { numRuns: 50 },
    );
  });
});
