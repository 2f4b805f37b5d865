import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../../../runtime/clock.ts';
import { exchange, openConnections, type Outcome } from '../../../../runtime/oci/http/index.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { selfSigned } from '../fixtures/certificate.ts';
import { answer, rawServer } from '../fixtures/raw-server.ts';

const LIMIT_MS = 2_000;

let clock: VirtualClock;
let dispatcher: ReturnType<typeof openConnections>;

beforeEach(() => {
  clock = new VirtualClock();
  dispatcher = openConnections(LIMIT_MS, clock);
});

afterEach(async () => {
  await dispatcher.destroy();
});

function send(
  origin: string,
  { body = 'hello', signal }: { body?: string; signal?: AbortSignal } = {},
): Promise<Outcome> {
  const request = { origin, path: '/x', method: 'POST', headers: ['content-type', 'text/plain'], body };
  const deadline = { limitMs: LIMIT_MS, dueAt: clock.now() + LIMIT_MS, signal };
  return exchange(dispatcher, request, deadline, clock);
}

describe('an answer', () => {
  it('is given whole, with its headers', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    expect(connection.text).toContain('POST /x HTTP/1.1');
    connection.socket.write(answer(200, 'fine', { Date: 'Mon, 23 Nov 2026 12:00:00 GMT' }));
    expect(await outcome).toMatchObject({
      reply: {
        status: 200,
        cut: false,
        headers: { date: 'Mon, 23 Nov 2026 12:00:00 GMT' },
        body: Buffer.from('fine'),
      },
    });
  });

  it('B7: of a redirection is given as it is, and not followed', async () => {
    await using server = await rawServer();
    await using elsewhere = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    connection.socket.write(answer(307, '', { location: elsewhere.origin }));
    expect(await outcome).toMatchObject({ reply: { status: 307, headers: { location: elsewhere.origin } } });
    expect(elsewhere.count()).toBe(0);
  });

  it('B5: that ends too early is marked as cut', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    connection.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"entries":[{"par');
    expect(await outcome).toMatchObject({
      reply: { status: 200, cut: true, body: Buffer.from('{"entries":[{"par') },
    });
  });

  it('B11: of HTTP/1.0, ended by closing, is whole', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    connection.socket.end('HTTP/1.0 200 OK\r\n\r\nfine');
    expect(await outcome).toMatchObject({ reply: { status: 200, cut: false, body: Buffer.from('fine') } });
  });

  it('B11: is not an interim 1xx', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    connection.socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${answer(200, 'fine')}`);
    expect(await outcome).toMatchObject({ reply: { status: 200, body: Buffer.from('fine') } });
  });

  it('that is larger than 32 MiB is given up, not kept', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n');
    const block = Buffer.alloc(1024 * 1024, 'x');
    const more = (): void => {
      while (connection.socket.writable && connection.socket.write(block));
    };
    connection.socket.on('drain', more);
    more();
    const reply = (await outcome) as Extract<Outcome, { reply: unknown }>;
    expect(reply.reply).toMatchObject({ status: 200, cut: true });
    expect(reply.reply.body.length).toBeLessThan(33 * 1024 * 1024);
    await connection.closed;
  });
});

describe('what was never sent', () => {
  it('A5: a refused connection', async () => {
    const server = await rawServer();
    await server[Symbol.asyncDispose]();
    expect(await send(server.origin)).toMatchObject({
      failure: {
        came: 'unreachable',
        reason: 'refused',
        detail: expect.stringContaining('ECONNREFUSED') as string,
      },
    });
  });

  it('A6: a name that does not resolve', async () => {
    expect(await send('http://streaming.invalid')).toMatchObject({
      failure: { came: 'unreachable', reason: 'dns' },
    });
  });

  it('A7: a certificate that nobody vouches for, even when the environment says not to look', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await using server = await rawServer(selfSigned());
      expect(await send(server.origin)).toMatchObject({
        failure: {
          came: 'unreachable',
          reason: 'tls',
          detail: expect.stringContaining('self-signed certificate') as string,
        },
      });
      expect(server.count()).toBe(0); // none with a finished handshake
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  it('A7: a server that does not speak TLS', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin.replace('http:', 'https:'));
    const connection = await server.accepted();
    connection.socket.write(answer(400, 'plain text spoken here'));
    expect(await outcome).toMatchObject({ failure: { came: 'unreachable', reason: 'tls' } });
  });

  it('A7: a server that hangs up during the handshake, tried twice', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin.replace('http:', 'https:'));
    (await server.accepted()).socket.resetAndDestroy();
    (await server.accepted()).socket.resetAndDestroy();
    expect(await outcome).toMatchObject({ failure: { came: 'unreachable' } });
    expect(server.count()).toBe(2);
  });

  it('A8: a handshake that does not end in time', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin.replace('http:', 'https:'));
    const connection = await server.accepted();
    await clock.pass(LIMIT_MS);
    expect(await outcome).toMatchObject({ failure: { came: 'unreachable', reason: 'connect-timeout' } });
    await connection.closed;
  });
});

describe('what may have been handled', () => {
  it('A8: no answer in time, and the connection is closed', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    await clock.pass(LIMIT_MS - 1);
    expect(connection.socket.readyState).toBe('open');
    await clock.pass(1);
    expect(await outcome).toEqual({ failure: { came: 'timeout', afterMs: LIMIT_MS } });
    await connection.closed;
  });

  it('B9: an answer after the time-out goes nowhere', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    await clock.pass(LIMIT_MS);
    expect(await outcome).toEqual({ failure: { came: 'timeout', afterMs: LIMIT_MS } });
    connection.socket.write(answer(200, 'late'));
    await connection.closed;

    const next = send(server.origin);
    const fresh = await server.asked();
    fresh.socket.write(answer(200, 'its own'));
    expect(await next).toMatchObject({ reply: { body: Buffer.from('its own') } });
  });

  it('A9: a connection that is cut after the request', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    connection.socket.resetAndDestroy();
    expect(await outcome).toMatchObject({ failure: { came: 'reset' } });
    expect(server.count()).toBe(1);
  });

  it('A9: a connection that is closed politely after the request', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    connection.socket.end();
    expect(await outcome).toMatchObject({ failure: { came: 'reset' } });
    expect(server.count()).toBe(1);
  });

  it('B11: a server that does not speak HTTP', async () => {
    await using server = await rawServer();
    const outcome = send(server.origin);
    const connection = await server.asked();
    connection.socket.end('SSH-2.0-OpenSSH_9.6\r\n');
    expect(await outcome).toMatchObject({ failure: { came: 'reset' } });
  });
});

describe('B11: a connection that was closed between calls', () => {
  async function afterOneCall(server: Awaited<ReturnType<typeof rawServer>>) {
    const first = send(server.origin);
    const connection = await server.asked();
    connection.socket.write(answer(200, 'first'));
    await first;
    await turn(); // undici looks at the connection again only then
    return connection;
  }

  it('costs one silent call on a new one', async () => {
    await using server = await rawServer();
    const connection = await afterOneCall(server);
    connection.socket.end();
    const second = send(server.origin);
    const fresh = await server.asked();
    fresh.socket.write(answer(200, 'second'));
    expect(await second).toMatchObject({ reply: { body: Buffer.from('second') } });
  });

  it('by a reset costs one silent call on a new one', async () => {
    await using server = await rawServer();
    const connection = await afterOneCall(server);
    connection.socket.resetAndDestroy();
    const second = send(server.origin);
    const fresh = await server.asked();
    fresh.socket.write(answer(200, 'second'));
    expect(await second).toMatchObject({ reply: { body: Buffer.from('second') } });
  });

  it('is used again when it was not closed', async () => {
    await using server = await rawServer();
    const connection = await afterOneCall(server);
    const second = send(server.origin);
    (await server.asked()).socket.write(answer(200, 'second'));
    expect(await second).toMatchObject({ reply: { body: Buffer.from('second') } });
    expect(connection.socket.readyState).toBe('open');
    expect(server.count()).toBe(1);
  });

  it('is ambiguous once the request was written', async () => {
    await using server = await rawServer();
    const connection = await afterOneCall(server);
    const second = send(server.origin);
    (await server.asked()).socket.resetAndDestroy();
    await connection.closed;
    expect(await second).toMatchObject({ failure: { came: 'reset' } });
    expect(server.count()).toBe(1);
  });
});

describe('the caller', () => {
  it('who aborts gets its own reason, and the connection is closed', async () => {
    await using server = await rawServer();
    const controller = new AbortController();
    const outcome = send(server.origin, { signal: controller.signal });
    const connection = await server.asked();
    controller.abort(new Error('changed my mind'));
    await expect(outcome).rejects.toThrow('changed my mind');
    await connection.closed;
  });

  it('who has aborted before sends nothing', async () => {
    await using server = await rawServer();
    await expect(send(server.origin, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow(
      'too late',
    );
    expect(server.count()).toBe(0);
  });
});

describe('with the clock of the machine', () => {
  it('A8: an attempt ends in time', async () => {
    await using server = await rawServer();
    const connections = openConnections(50, systemClock);
    const request = { origin: server.origin, path: '/', method: 'GET', headers: [], body: undefined };
    const deadline = { limitMs: 50, dueAt: systemClock.now() + 50, signal: undefined };
    expect(await exchange(connections, request, deadline, systemClock)).toEqual({
      failure: { came: 'timeout', afterMs: 50 },
    });
    await connections.destroy();
  });
});
