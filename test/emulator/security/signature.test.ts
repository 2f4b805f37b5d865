import { createHash, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/index.ts';
import { activeStream, base64, openBench } from '../client.ts';

interface Signing {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** Put over the headers that a good call has; `undefined` leaves one out. */
  readonly headers?: Record<string, string | undefined>;
  readonly signed?: readonly string[];
  readonly keyId?: string;
}

/** A call signed by hand, so that each part of it can be wrong. */
async function signedCall(emulator: Emulator, { method, path, body, headers = {}, signed, keyId }: Signing) {
  const config = Object.fromEntries(
    readFileSync(emulator.configFile, 'utf8')
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  ) as Record<'tenancy' | 'user' | 'fingerprint' | 'key_file', string>;
  const url = new URL(`/20180418${path}`, Object.values(emulator.regions)[0]);
  const all: Record<string, string | undefined> = {
    host: url.host,
    date: new Date().toUTCString(),
    ...(body === undefined
      ? {}
      : {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'x-content-sha256': createHash('sha256').update(body).digest('base64'),
        }),
    ...headers,
  };
  const names = signed ?? [
    'date',
    '(request-target)',
    'host',
    ...Object.keys(all).filter((name) => name.startsWith('content') || name.startsWith('x-content')),
  ];
  const target = `${method.toLowerCase()} ${url.pathname}${url.search}`;
  const text = names.map((name) => `${name}: ${name === '(request-target)' ? target : all[name]}`).join('\n');
  const signature = sign('sha256', Buffer.from(text), readFileSync(config.key_file)).toString('base64');
  const id = keyId ?? `${config.tenancy}/${config.user}/${config.fingerprint}`;
  const authorization = `Signature headers="${names.join(' ')}",keyId="${id}",algorithm="rsa-sha256",signature="${signature}"`;
  const sent = Object.fromEntries(
    Object.entries({ ...all, authorization }).filter(
      ([name, value]) => value !== undefined && name !== 'host',
    ),
  ) as Record<string, string>;
  const response = await fetch(url, { method, headers: sent, body: body ?? null });
  return {
    status: response.status,
    headers: response.headers,
    body: await response.json().catch(() => undefined),
  };
}

const list = { method: 'GET', path: '/streampools?compartmentId=c' };
const create = {
  method: 'POST',
  path: '/streampools',
  body: JSON.stringify({ name: 'p', compartmentId: 'c' }),
};

test('takes what is signed well, in any order of headers', async () => {
  await using emulator = await startEmulator({ signatures: 'required' });
  expect((await signedCall(emulator, list)).status).toBe(200);
  expect((await signedCall(emulator, create)).status).toBe(200);
  const signed = ['host', 'x-date', '(request-target)'];
  const headers = { 'x-date': new Date().toUTCString(), date: 'Thu, 01 Jan 2015 00:00:00 GMT' };
  expect((await signedCall(emulator, { ...list, headers, signed })).status).toBe(200);
});

test.each([
  [
    'an unknown key',
    { ...list, keyId: 'a/b/c' },
    'The emulator knows only the keys and tokens in the config file that it made',
  ],
  [
    'a date that is off',
    { ...list, headers: { date: new Date(Date.now() - 301_000).toUTCString() } },
    'is not within allowed clock skew',
  ],
  ['no date', { ...list, signed: ['(request-target)', 'host'] }, 'date or x-date has to be signed'],
  ['no host', { ...list, signed: ['(request-target)', 'date'] }, 'host has to be signed'],
  [
    'an unsigned body',
    { ...create, signed: ['date', '(request-target)', 'host'] },
    'content-length has to be signed',
  ],
  [
    'a body that was changed',
    { ...create, headers: { 'x-content-sha256': 'AAAA' } },
    'does not match the body',
  ],
  [
    'a signature of something else',
    {
      ...list,
      headers: { date: new Date().toUTCString().replace('GMT', '+0000') },
      signed: ['date', '(request-target)', 'host', 'x-absent'],
    },
    'x-absent is missing',
  ],
])('refuses %s', async (_, call, message) => {
  await using emulator = await startEmulator({ signatures: 'required' });
  expect(await signedCall(emulator, call)).toMatchObject({
    status: 401,
    body: { code: 'NotAuthenticated', message: expect.stringContaining(message) },
  });
});

test('a changed path breaks the signature', async () => {
  await using emulator = await startEmulator({ signatures: 'required' });
  const reply = await fetch(`${Object.values(emulator.regions)[0]}/20180418/streams`, {
    headers: { authorization: 'Signature keyId="a",algorithm="rsa-sha256",headers="date",signature="AA=="' },
  });
  expect(reply.status).toBe(401);
});

test('a put is taken with and without its body in the signature', async () => {
  await using bench = await openBench({ signatures: 'required' });
  const { id } = await activeStream(bench, { partitions: 1 });
  const put = {
    method: 'POST',
    path: `/streams/${id}/messages`,
    body: JSON.stringify({ messages: [{ value: base64('a') }] }),
  };
  expect((await signedCall(bench.emulator, put)).status).toBe(200);
  const signed = ['date', '(request-target)', 'host'];
  expect(
    (await signedCall(bench.emulator, { ...put, signed, headers: { 'x-content-sha256': undefined } })).status,
  ).toBe(200);
});

test('a clock that is off by more than 5 minutes is refused, and the Date header tells the right time', async () => {
  await using emulator = await startEmulator({ signatures: 'required' });
  const [region] = Object.keys(emulator.regions);
  await emulator.setFaults(region!, { clockSkewMs: 600_000 });
  const refused = await signedCall(emulator, list);
  expect(refused.status).toBe(401);
  const date = refused.headers.get('date')!;
  expect(Date.parse(date) - Date.now()).toBeGreaterThan(590_000);
  expect((await signedCall(emulator, { ...list, headers: { date } })).status).toBe(200);
});

test('moving the clock does not turn good signatures into bad ones', async () => {
  await using bench = await openBench({ signatures: 'required' });
  const { id } = await activeStream(bench);
  bench.emulator.clock.advance(86_400_000);
  expect((await bench.admin.getStream({ streamId: id })).stream.id).toBe(id);
});
