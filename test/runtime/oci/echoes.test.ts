import { describe, expect, it } from 'vitest';

import { CallError } from '../../../runtime/errors.ts';
import { openAuth, type Auth } from '../../../runtime/oci/index.ts';
import type { Answer, Region, StreamRef } from '../../../runtime/region.ts';
import { encoded } from './fixtures/encoded.ts';
import { ociDirectory, TENANCY } from './fixtures/oci-directory.ts';
import { openTestRegion, REGION, unsigned } from './fixtures/open-test-region.ts';
import { scriptedService, type Asked, type Told } from './fixtures/scripted-service.ts';

const TOKEN = `${base64url('{"alg":"RS256","kid":"asw"}')}.${base64url(
  '{"sub":"ocid1.user.oc1..annasmith","jwk":"modulus-of-anna"}',
)}.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg`;
const VALUE = 'card 4711-0815, pin "99\\1"';
const KEY = 'customer/anna+smith@x.example';

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** All that an error, a log line or an event can show of an answer. */
function shown(answer: Answer<unknown>): string {
  if (answer.ok) return JSON.stringify(answer.value);
  const error = new CallError({ region: REGION, operation: 'X' }, answer.failure);
  return `${JSON.stringify(answer.failure)} ${error.message} ${JSON.stringify(error)}`;
}

/** Nothing of it may be shown. */
function secretsOf({ headers, body }: Asked): string[] {
  const signature = /signature="([^"]*)"/.exec(headers.authorization ?? '')?.[1] ?? '';
  const ofSignature = [...TOKEN.split('.'), signature.slice(0, 40), signature.slice(-40), 'annasmith'];
  if (!body.includes('"messages"')) return ofSignature;
  const inBase64 = body.match(/[A-Za-z0-9+/]{24,}/g) ?? [];
  return [...ofSignature, ...inBase64, '4711-0815', 'customer/anna', encodeURIComponent(KEY)];
}

const encodings: Record<string, (text: string) => string> = {
  plain: (text) => text,
  JSON: (text) => JSON.stringify(text),
  URL: encodeURIComponent,
  base64: (text) => Buffer.from(text).toString('base64'),
  hex: (text) => Buffer.from(text).toString('hex'),
};

/** The ways to answer with what was asked. */
const answers: Record<string, (echo: string) => Told> = {
  'the code and the message of an error': (echo) => ({ status: 400, body: { code: echo, message: echo } }),
  'the prose of an error': (echo) => ({
    status: 413,
    body: { code: 'X', message: `I got ${echo}, which is no good.` },
  }),
  'a page': (echo) => ({ status: 502, body: `<html><pre>${echo}</pre></html>` }),
  'a body that is no JSON': (echo) => ({ status: 200, body: `{"entries":[{"partition":"${echo}` }),
  'headers of an error': (echo) => {
    const line = echo.replace(/[^\x20-\x7e]/g, ' ').slice(0, 4_000);
    return {
      status: 307,
      headers: {
        location: `https://x.example/?${line}`,
        'opc-request-id': line,
        'retry-after': line,
        date: line,
      },
    };
  },
  'the error of an entry': (echo) => ({
    status: 200,
    body: { entries: [{ error: echo, errorMessage: echo }] },
  }),
  'the fields of a stream': (echo) => ({
    status: 200,
    body: {
      id: `ocid1.stream.oc1.${REGION}.${echo}`,
      name: echo,
      partitions: 1,
      lifecycleState: echo,
      messagesEndpoint: `https://${echo}/`,
      compartmentId: echo,
      freeformTags: { [echo]: echo },
    },
  }),
  'the member of a group': (echo) => ({
    status: 200,
    body: { reservations: [{ partition: '0', reservedInstance: echo }] },
  }),
};

/** What of the request is echoed. */
const parts: Record<string, (asked: Asked) => string> = {
  'the authorization header': ({ headers }) => headers.authorization ?? '',
  'the first half of the token': () => TOKEN.slice(0, 90),
  'what the token says': () => Buffer.from(TOKEN.split('.')[1] ?? '', 'base64url').toString(),
  'all headers': ({ headers }) => JSON.stringify(headers),
  'the body': ({ body }) => body,
  'a value': ({ body }) => (body === '' ? '' : VALUE),
  'a key': ({ body }) => (body === '' ? '' : KEY),
};

async function sessionToken(directory: ReturnType<typeof ociDirectory>): Promise<Auth> {
  directory.configure([
    '[DEFAULT]',
    `tenancy=${TENANCY}`,
    `key_file=${directory.keyFile}`,
    `security_token_file=${directory.write('token', TOKEN)}`,
  ]);
  const { configFile } = directory;
  return openAuth({ auth: 'security_token', configFile, profile: 'DEFAULT' }, () => {});
}

const calls: ((region: Region, stream: StreamRef) => Promise<Answer<unknown>>)[] = [
  (region, stream) => region.put(stream, [encoded(KEY, VALUE), encoded(null, VALUE.repeat(9))], {}),
  (region, stream) => region.stream(stream.ocid),
  (region, stream) => region.group(stream, 'g'),
];

describe('B16, INV-8: a peer that repeats our own request', () => {
  it.each(Object.keys(answers))('B16: in %s is shown none of it', async (name) => {
    using directory = ociDirectory();
    const auth = await sessionToken(directory);
    let encode = encodings['plain']!;
    let part = parts['the body']!;
    await using service = await scriptedService((asked) => answers[name]!(encode(part(asked))));
    await using test = openTestRegion(service.origin, { auth });
    for (encode of Object.values(encodings)) {
      for (part of Object.values(parts)) {
        for (const call of calls) {
          const before = service.asked.length;
          const seen = shown(await call(test.region, test.stream));
          const asked = service.asked.slice(before);
          for (const secret of asked.flatMap(secretsOf)) {
            for (const form of Object.values(encodings)) expect(seen).not.toContain(form(secret));
          }
        }
      }
    }
  });

  it('B16: is shown nothing of a cursor', async () => {
    const cursor = 'eyJ0b2tlbiI6+cursor/of-anna==';
    await using service = await scriptedService(({ target }) => ({
      status: 400,
      body: { code: 'X', message: `${cursor} in ${target}` },
    }));
    await using test = openTestRegion(service.origin);
    const seen = shown(await test.region.read(test.stream, cursor, { limit: 1 }));
    expect(seen).not.toMatch(/eyJ0b2|cursor\/of|of-anna/);
  });

  it('B16: keeps the code, the hint and the words that are the service’s own', async () => {
    await using service = await scriptedService(() => ({
      status: 404,
      body: {
        code: 'NotAuthorizedOrNotFound',
        message: 'Authorization failed or requested resource not found.',
      },
    }));
    await using test = openTestRegion(service.origin);
    const put = test.region.put(test.stream, [encoded(null, 'NotAuthorizedOrNotFound')], {});
    expect(await put).toMatchObject({
      failure: {
        code: 'NotAuthorizedOrNotFound',
        message: expect.stringContaining(
          'requested resource not found. Either it does not exist, or profile TEST',
        ) as string,
      },
    });
  });

  it('B16: is shown nothing of the token of the first try in the answer to the second', async () => {
    let token = 'first-token-of-anna';
    const auth: Auth = {
      ...unsigned,
      sign: (request) =>
        Promise.resolve(request.headers.set('authorization', `Signature keyId="ST$${token}"`)),
      renew: () => Promise.resolve(token !== (token = 'second-token-of-anna')),
    };
    await using service = await scriptedService((_, number) => ({
      status: 401,
      body: { code: 'NotAuthenticated', message: number === 1 ? '' : `not ST$first-token-of-anna either` },
    }));
    await using test = openTestRegion(service.origin, { auth });
    expect(shown(await test.region.stream(test.stream.ocid))).not.toMatch(/first|anna/);
    expect(service.asked).toHaveLength(2);
  });

  it('B16: a thousand entries that repeat their values are read in time', async () => {
    const messages = Array.from({ length: 1_000 }, (_, index) =>
      encoded(null, `secret number ${index} `.repeat(40)),
    );
    await using service = await scriptedService(({ body }) => {
      const { messages: sent } = JSON.parse(body) as { messages: { value: string }[] };
      return {
        status: 200,
        body: { entries: sent.map(({ value }) => ({ error: '500', errorMessage: `bad: ${value}` })) },
      };
    });
    await using test = openTestRegion(service.origin);
    const seen = shown(await test.region.put(test.stream, messages, {}));
    expect(seen).not.toContain(messages[0]!.value.slice(0, 24));
    expect(seen).not.toContain(messages[999]!.value.slice(0, 24));
  });
});
