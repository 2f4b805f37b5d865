import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

import { describe, expect, it } from 'vitest';

import { networkFailure } from '../../../../runtime/oci/failure.ts';
import { printable } from '../../../../runtime/oci/foreign-text.ts';
import { openConnections } from '../../../../runtime/oci/http/connections.ts';
import { exchange } from '../../../../runtime/oci/http/exchange.ts';
import { readProxies } from '../../../../runtime/oci/http/proxies.ts';
import type { Environment } from '../../../../runtime/settings/index.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { selfSigned } from '../fixtures/certificate.ts';
import { answer, rawServer } from '../fixtures/raw-server.ts';
import { LIMIT_MS } from '../fixtures/sender.ts';

interface TestProxy extends AsyncDisposable {
  readonly origin: string;
  /** What it was asked to connect to, with the password that it was given. */
  readonly tunnels: string[];
}

/** A proxy that connects whoever asks to `target`, or answers CONNECT with another status. */
async function startProxy(target: string | number): Promise<TestProxy> {
  const tunnels: string[] = [];
  const server = createServer();
  server.on('connect', (request, socket) => {
    tunnels.push([request.url, request.headers['proxy-authorization']].filter(Boolean).join(' '));
    socket.on('error', () => {});
    if (typeof target === 'number') {
      socket.end(`HTTP/1.1 ${target} No\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(target);
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function open(environment: Environment, clock = new VirtualClock()) {
  const connections = openConnections({
    limitMs: LIMIT_MS,
    clock,
    proxies: readProxies(environment),
  });
  return {
    clock,
    async send(origin: string): Promise<unknown> {
      const request = { origin, path: '/x', method: 'POST', headers: ['a', 'b'], body: 'hello' };
      const deadline = { limitMs: LIMIT_MS, dueAt: clock.now() + LIMIT_MS, signal: undefined };
      const exchanged = await exchange(connections, request, deadline, clock);
      return exchanged.type === 'reply'
        ? exchanged.reply.body.toString()
        : networkFailure(exchanged, deadline, printable);
    },
    [Symbol.asyncDispose]: () => connections.destroy(),
  };
}

const HOST = 'streaming.sa-saopaulo-1.oci.oraclecloud.com';

describe('C18: a proxy that the environment names', () => {
  it.each([
    ['HTTP_PROXY', `http://${HOST}`],
    ['http_proxy', `http://${HOST}`],
  ])('C18: %s carries what is sent', async (variable, origin) => {
    await using server = await rawServer();
    await using proxy = await startProxy(server.origin);
    await using sender = open({ [variable]: proxy.origin });
    const sent = sender.send(origin);
    (await server.asked()).socket.write(answer(200, 'through'));
    expect(await sent).toBe('through');
    expect(proxy.tunnels).toEqual([`${HOST}:80`]);
  });

  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY'])(
    'C18, A7: %s carries TLS, and the certificate is checked all the same',
    async (variable) => {
      await using server = await rawServer(selfSigned());
      await using proxy = await startProxy(server.origin.replace('https', 'http'));
      await using sender = open({ [variable]: proxy.origin });
      expect(await sender.send(`https://${HOST}`)).toMatchObject({ type: 'unreachable', reason: 'tls' });
      expect(proxy.tunnels[0]).toBe(`${HOST}:443`);
    },
  );

  it('C18: is given its user and password, and may be written without a scheme', async () => {
    await using server = await rawServer();
    await using proxy = await startProxy(server.origin);
    const address = proxy.origin.replace('http://', 'anna:open%20sesame@');
    await using sender = open({ HTTP_PROXY: address });
    const sent = sender.send(`http://${HOST}`);
    (await server.asked()).socket.write(answer(200, 'through'));
    await sent;
    const basic = Buffer.from('anna:open sesame').toString('base64');
    expect(proxy.tunnels).toEqual([`${HOST}:80 Basic ${basic}`]);
  });

  it.each([
    { NO_PROXY: 'oraclecloud.com' },
    { no_proxy: '*' },
    { NO_PROXY: 'other.example, .oraclecloud.com' },
    { HTTP_PROXY: '' },
  ])('C18: is passed by with %j', async (exception) => {
    await using proxy = await startProxy(502);
    const lookups: string[] = [];
    const connections = openConnections({
      limitMs: LIMIT_MS,
      clock: new VirtualClock(),
      proxies: readProxies({ HTTP_PROXY: proxy.origin, ...exception }),
      lookup: (hostname, done) => {
        lookups.push(hostname);
        done(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []);
      },
    });
    const clock = new VirtualClock();
    const request = { origin: `http://${HOST}`, path: '/x', method: 'GET', headers: [], body: undefined };
    await exchange(connections, request, { limitMs: 1, dueAt: 1, signal: undefined }, clock);
    await connections.destroy();
    expect(lookups).toEqual([HOST]);
    expect(proxy.tunnels).toEqual([]);
  });

  it.each(['127.0.0.1', 'localhost'])(
    'C18: never carries plain http to %s: that is the emulator',
    async (host) => {
      await using server = await rawServer();
      await using proxy = await startProxy(502);
      await using sender = open({ HTTP_PROXY: proxy.origin, HTTPS_PROXY: proxy.origin });
      const sent = sender.send(server.origin.replace('127.0.0.1', host));
      (await server.asked()).socket.write(answer(200, 'direct'));
      expect(await sent).toBe('direct');
      expect(proxy.tunnels).toEqual([]);
    },
  );

  it('C18: is named in the error when it is not there, without its password', async () => {
    await using gone = await startProxy(502);
    const { origin } = gone;
    await gone[Symbol.asyncDispose]();
    await using sender = open({ HTTPS_PROXY: origin.replace('://', '://anna:sesame@') });
    const failure = await sender.send(`https://${HOST}`);
    expect(failure).toMatchObject({
      type: 'unreachable',
      reason: 'refused',
      detail: expect.stringContaining(`proxy ${origin}: connect ECONNREFUSED`) as string,
    });
    expect(JSON.stringify(failure)).not.toContain('sesame');
  });

  it.each([
    [407, 'misconfigured'],
    [403, 'misconfigured'],
    [502, 'unreachable'],
    [503, 'unreachable'],
  ])('C18: is named in the error when it answers %i: %s', async (status, type) => {
    await using proxy = await startProxy(status);
    await using sender = open({ HTTPS_PROXY: proxy.origin });
    expect(await sender.send(`https://${HOST}`)).toMatchObject({
      type,
      detail: expect.stringContaining(`proxy ${proxy.origin}: it answers ${status}`) as string,
    });
  });

  it('C18: that never answers ends the call in time, and nothing was sent', async () => {
    await using server = await rawServer();
    await using sender = open({ HTTPS_PROXY: server.origin });
    const failure = sender.send(`https://${HOST}`);
    const { socket } = await server.accepted();
    await once(socket, 'data');
    await sender.clock.pass(LIMIT_MS);
    expect(await failure).toMatchObject({ type: 'unreachable', reason: 'connect-timeout' });
  });

  it.each(['socks5://anna:sesame@proxy', 'ftp://anna:sesame@proxy', 'http://anna:sesame@:0x'])(
    'C18, INV-8: that cannot be one is an error that names the variable and not the value: %s',
    (value) => {
      for (const variable of ['HTTPS_PROXY', 'http_proxy']) {
        let words = '';
        try {
          readProxies({ [variable]: value });
        } catch (error) {
          words = String(error);
        }
        expect(words).toContain(`${variable} in the environment is not the address`);
        expect(words).not.toMatch(/sesame|anna/);
      }
    },
  );
});
