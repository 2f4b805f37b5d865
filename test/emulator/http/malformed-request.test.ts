import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { openListener } from '../../../emulator/http/listener.ts';
import { startEmulator } from '../../../emulator/index.ts';

/** A connection as it is, without a client that keeps the rules. */
async function connection(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** All that is answered until the other side closes. */
async function answered(socket: Socket): Promise<{ status: number; headers: string; body: unknown }> {
  const answer = await text(socket);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), headers: head.toLowerCase(), body: JSON.parse(body) };
}

const LONG = 'x'.repeat(20_000);

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400, 'CannotParseRequest'],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    400,
    'CannotParseRequest',
  ],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'CannotParseRequest',
  ],
  ['a NUL in the path', 'GET /\0 HTTP/1.1\r\nhost: a\r\n\r\n', 400, 'CannotParseRequest'],
  ['no host', 'GET /20180418/streams HTTP/1.1\r\n\r\n', 400, 'MissingParameter'],
  ['a long header', `GET / HTTP/1.1\r\nhost: a\r\nlong: ${LONG}\r\n\r\n`, 431, 'RequestHeaderFieldsTooLarge'],
  ['a long path', `GET /${LONG} HTTP/1.1\r\nhost: a\r\n\r\n`, 431, 'RequestHeaderFieldsTooLarge'],
  ['a tunnel', 'CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n', 405, 'MethodNotAllowed'],
  [
    'an expectation',
    'POST / HTTP/1.1\r\nhost: a\r\nexpect: wonders\r\ncontent-length: 0\r\n\r\n',
    417,
    'ExpectationFailed',
  ],
])("%s is refused in the service's own form", async (_, request, status, code) => {
  await using emulator = await startEmulator();
  for (const url of [emulator.regions['sa-saopaulo-1']!, emulator.control]) {
    const socket = await connection(url);
    socket.write(request);
    const reply = await answered(socket);
    expect(reply).toMatchObject({ status, body: { code, message: expect.any(String) as string } });
    expect(reply.headers).toContain('content-type: application/json');
    expect(reply.headers).toMatch(/opc-request-id: [0-9a-f]{32}\/[0-9a-f]{32}\/[0-9a-f]{32}/);
  }
  expect((await fetch(`${emulator.regions['sa-saopaulo-1']}/20180418/streams`)).status).toBe(400);
});

test.each([
  ['headers', 'GET / HTTP/1.1\r\nhost: a\r\nfor'],
  ['a body', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhal'],
])('%s that did not arrive in time: refused', async (_, half) => {
  const listener = await openListener(
    { host: '127.0.0.1', port: 0 },
    (request) => {
      request.resume();
    },
    { headersMs: 50, requestMs: 100, checkMs: 10 },
  );
  onTestFinished(() => listener.close());
  const socket = await connection(listener.url);
  socket.write(half);
  expect(await answered(socket)).toMatchObject({ status: 408, body: { code: 'RequestTimeout' } });
});

test('connections that say nothing do not keep others out', async () => {
  await using emulator = await startEmulator();
  const url = emulator.regions['sa-saopaulo-1']!;
  await Promise.all(Array.from({ length: 300 }, () => connection(url)));
  expect((await fetch(`${url}/20180418/streams`)).status).toBe(400);
});

test('a client that closes its half after the call is answered nevertheless', async () => {
  await using emulator = await startEmulator();
  const socket = await connection(emulator.regions['sa-saopaulo-1']!);
  socket.end('GET /20180418/streams HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  expect(await answered(socket)).toMatchObject({ status: 400, body: { code: 'MissingParameter' } });
});
