import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

import { Agent, fetch } from 'undici';
import { expect, test } from 'vitest';
import { startEmulator } from '../../../emulator/index.ts';

test('speaks TLS with a certificate that the file it names vouches for', async () => {
  await using emulator = await startEmulator({ tls: true });
  const [region, url] = Object.entries(emulator.regions)[0]!;
  expect(url).toMatch(/^https:/);
  const agent = (): Agent => new Agent({ connect: { ca: readFileSync(emulator.caFile!) } });
  const status = async (dispatcher: Agent): Promise<unknown> => {
    const answer = await fetch(`${url}/20180418/streams`, { dispatcher }).then(
      (reply) => reply.status,
      (error: { cause: { code: string } }) => error.cause.code,
    );
    await dispatcher.destroy();
    return answer;
  };
  expect(await status(agent())).toBe(400);
  expect(await status(new Agent())).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  // Certificates are dated by the clock of the clients.
  emulator.clock.advance(3 * 365 * 86_400_000);
  await emulator.setFaults(region, { certificate: 'foreign' });
  expect(await status(agent())).toBe('CERT_SIGNATURE_FAILURE');
  await emulator.setFaults(region, { certificate: 'expired', forMs: 1000 });
  expect(await status(agent())).toBe('CERT_HAS_EXPIRED');
  expect(await status(new Agent({ connect: { rejectUnauthorized: false } }))).toBe(400);
  emulator.clock.advance(1000);
  expect(await status(agent())).toBe(400);
});

test('the name that it is advertised by is in its certificate', async () => {
  await using emulator = await startEmulator({ tls: true, advertise: 'emulator.test' });
  const port = /\d+$/.exec(emulator.regions['sa-saopaulo-1']!)![0];
  const connect = { ca: readFileSync(emulator.caFile!), servername: 'emulator.test' };
  const agent = new Agent({ connect });
  expect((await fetch(`https://127.0.0.1:${port}/20180418/streams`, { dispatcher: agent })).status).toBe(400);
  await agent.destroy();
});

test('a client that never ends its TLS handshake keeps a region neither from refusing nor from accepting', async () => {
  await using emulator = await startEmulator({ tls: true });
  const [region, url] = Object.entries(emulator.regions)[0]!;
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const closed = once(
    socket.on('error', () => {}),
    'close',
  );
  await once(socket, 'connect');
  const agent = new Agent({ connect: { ca: readFileSync(emulator.caFile!) } });
  const answer = (): Promise<number> =>
    fetch(`${url}/20180418/streams`, { dispatcher: agent }).then((reply) => reply.status);
  expect(await answer()).toBe(400);
  await emulator.setFaults(region, { refuse: true });
  await closed;
  await emulator.clearFaults();
  expect(await answer()).toBe(400);
  await agent.destroy();
});

test('a certificate fault is refused without TLS', async () => {
  await using emulator = await startEmulator();
  await expect(emulator.setFaults('sa-saopaulo-1', { certificate: 'expired' })).rejects.toThrow(
    'does not speak TLS',
  );
});

test.each([
  ['PATCH', '/streams', undefined, undefined, 405, 'MethodNotAllowed'],
  ['POST', '/streams', '{', 'application/json', 400, 'CannotParseRequest'],
  ['POST', '/streams', 'a=b', 'application/x-www-form-urlencoded', 415, 'UnsupportedMediaType'],
  ['POST', '/streams', '[]', 'application/json', 400, 'MissingParameter'],
  ['POST', '/streams', 'null', 'application/json', 400, 'InvalidParameter'],
  ['POST', '/streams', '', 'application/json', 400, 'MissingParameter'],
  ['GET', '/streams/%zz', undefined, undefined, 400, 'InvalidParameter'],
])('%s %s with %j as %j is %i %s', async (method, path, body, contentType, status, code) => {
  await using emulator = await startEmulator();
  const reply = await fetch(`${emulator.regions['sa-saopaulo-1']}/20180418${path}`, {
    method,
    body: body ?? null,
    headers: contentType === undefined ? {} : { 'content-type': contentType },
  });
  expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([status, code]);
});

// All of 127.0.0.0/8 is this machine on Linux: another of its addresses stands for one that others can reach.
test.runIf(process.platform === 'linux')(
  'regions opened to others leave the control listener to this machine, unless that is opened too',
  async () => {
    const fromOutside = (url: string, path: string) =>
      fetch(`${url.replace('127.0.0.1', '127.0.0.2')}${path}`).then(
        ({ status }) => status,
        () => 'refused',
      );
    await using opened = await startEmulator({ host: '0.0.0.0', advertise: 'emulator.test' });
    expect(opened.regions['sa-vinhedo-1']).toMatch(/^http:\/\/emulator\.test:/);
    const port = new URL(opened.regions['sa-vinhedo-1']!).port;
    expect(await fromOutside(`http://127.0.0.1:${port}`, '/20180418/streams')).toBe(400);
    expect(await fromOutside(opened.control, '/health')).toBe('refused');

    await using both = await startEmulator({ host: '0.0.0.0', controlHost: '0.0.0.0' });
    expect(await fromOutside(both.control, '/health')).toBe(200);
  },
);

test('listening everywhere it names an address that can be reached, or the one it is told to', async () => {
  await using everywhere = await startEmulator({ host: '0.0.0.0' });
  expect((await fetch(`${everywhere.regions['sa-saopaulo-1']}/20180418/streams`)).status).toBe(400);
  await using advertised = await startEmulator({ advertise: 'localhost' });
  expect(advertised.regions['sa-saopaulo-1']).toMatch(/^http:\/\/localhost:\d+$/);
});

test('connections are kept for two minutes, longer than clients keep them', async () => {
  await using emulator = await startEmulator();
  const reply = await fetch(`${emulator.regions['sa-saopaulo-1']}/20180418/streams`);
  expect(reply.headers.get('keep-alive')).toBe('timeout=120');
});
