import { describe, expect, it } from 'vitest';

import { systemClock } from '../../../../runtime/clock.ts';
import { openConnections } from '../../../../runtime/oci/http/connections.ts';
import { exchange } from '../../../../runtime/oci/http/exchange.ts';
import { answer, rawServer } from '../fixtures/raw-server.ts';
import { eachWithSender, NO_PROXIES, type Outcome } from '../fixtures/sender.ts';

const sender = eachWithSender();

describe('an answer', () => {
  it('B5: is given whole, with its headers', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
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
    const outcome = sender.send(server.origin);
    const connection = await server.asked();
    connection.socket.write(answer(307, '', { location: elsewhere.origin }));
    expect(await outcome).toMatchObject({ reply: { status: 307, headers: { location: elsewhere.origin } } });
    expect(elsewhere.count()).toBe(0);
  });

  it('B5: that ends too early is marked as cut', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
    const connection = await server.asked();
    connection.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"entries":[{"par');
    expect(await outcome).toMatchObject({
      reply: { status: 200, cut: true, body: Buffer.from('{"entries":[{"par') },
    });
  });

  it('B11: of HTTP/1.0, ended by closing, is whole', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
    const connection = await server.asked();
    connection.socket.end('HTTP/1.0 200 OK\r\n\r\nfine');
    expect(await outcome).toMatchObject({ reply: { status: 200, cut: false, body: Buffer.from('fine') } });
  });

  it('B11: is not an interim 1xx', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
    const connection = await server.asked();
    connection.socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${answer(200, 'fine')}`);
    expect(await outcome).toMatchObject({ reply: { status: 200, body: Buffer.from('fine') } });
  });

  it('B5: that is larger than 32 MiB is given up, not kept', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
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

describe('the caller', () => {
  it('C23: who aborts is told that something was written, and the connection is closed', async () => {
    await using server = await rawServer();
    const controller = new AbortController();
    const outcome = sender.send(server.origin, { signal: controller.signal });
    const connection = await server.asked();
    controller.abort(new Error('changed my mind'));
    expect(await outcome).toEqual({ failure: { type: 'aborted', written: true } });
    await connection.closed;
  });

  it('C23: who has aborted before sends nothing', async () => {
    await using server = await rawServer();
    expect(await sender.send(server.origin, { signal: AbortSignal.abort() })).toEqual({
      failure: { type: 'aborted', written: false },
    });
    expect(server.count()).toBe(0);
  });
});

describe('with the clock of the machine', () => {
  it('H23: the head of an answer is told while its body is on its way, and not that of an interim 1xx', async () => {
    await using server = await rawServer();
    const connections = openConnections({ limitMs: 5_000, clock: systemClock, proxies: NO_PROXIES });
    const request = { origin: server.origin, path: '/', method: 'GET', headers: [], body: undefined };
    const deadline = { limitMs: 5_000, dueAt: systemClock.now() + 5_000, signal: undefined };
    const head = Promise.withResolvers<unknown>();
    const exchanged = exchange(connections, request, deadline, systemClock, head.resolve);
    const { socket } = await server.asked();
    const [before = '', body = ''] = answer(200, 'fine', { 'opc-next-cursor': 'c' }).split('\r\n\r\n');
    socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${before}\r\n\r\n`);
    expect(await head.promise).toMatchObject({ status: 200, headers: { 'opc-next-cursor': 'c' } });
    socket.write(body);
    expect(await exchanged).toMatchObject({ reply: { body: Buffer.from('fine') } });
    await connections.destroy();
  });

  it('A8: an attempt ends in time', async () => {
    await using server = await rawServer();
    const connections = openConnections({ limitMs: 50, clock: systemClock, proxies: NO_PROXIES });
    const request = { origin: server.origin, path: '/', method: 'GET', headers: [], body: undefined };
    const deadline = { limitMs: 50, dueAt: systemClock.now() + 50, signal: undefined };
    expect(await exchange(connections, request, deadline, systemClock)).toEqual({
      type: 'late',
      written: true,
    });
    await connections.destroy();
  });
});
