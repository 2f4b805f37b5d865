import { setImmediate as turn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { answer, rawServer, type RawServer } from '../fixtures/raw-server.ts';
import { eachWithSender, LIMIT_MS } from '../fixtures/sender.ts';

const sender = eachWithSender();

describe('what may have been handled', () => {
  it('A8: no answer in time, and the connection is closed', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
    const connection = await server.asked();
    await sender.clock.pass(LIMIT_MS - 1);
    expect(connection.socket.readyState).toBe('open');
    await sender.clock.pass(1);
    expect(await outcome).toEqual({ failure: { type: 'timeout', afterMs: LIMIT_MS } });
    await connection.closed;
  });

  it('B9: an answer after the time-out goes nowhere', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
    const connection = await server.asked();
    await sender.clock.pass(LIMIT_MS);
    expect(await outcome).toEqual({ failure: { type: 'timeout', afterMs: LIMIT_MS } });
    connection.socket.write(answer(200, 'late'));
    await connection.closed;

    const next = sender.send(server.origin);
    const fresh = await server.asked();
    fresh.socket.write(answer(200, 'its own'));
    expect(await next).toMatchObject({ reply: { body: Buffer.from('its own') } });
  });

  it('A9: a connection that is cut after the request', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
    const connection = await server.asked();
    connection.socket.resetAndDestroy();
    expect(await outcome).toMatchObject({ failure: { type: 'reset' } });
    expect(server.count()).toBe(1);
  });

  it('A9: a connection that is closed politely after the request', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
    const connection = await server.asked();
    connection.socket.end();
    expect(await outcome).toMatchObject({ failure: { type: 'reset' } });
    expect(server.count()).toBe(1);
  });

  it('B11: a server that does not speak HTTP', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin);
    const connection = await server.asked();
    connection.socket.end('SSH-2.0-OpenSSH_9.6\r\n');
    expect(await outcome).toMatchObject({ failure: { type: 'reset' } });
  });
});

describe('B11: a connection that was closed between calls', () => {
  async function afterOneCall(server: RawServer) {
    const first = sender.send(server.origin);
    const connection = await server.asked();
    connection.socket.write(answer(200, 'first'));
    await first;
    await turn(); // undici looks at the connection again only then
    return connection;
  }

  it('B11: costs one silent call on a new one', async () => {
    await using server = await rawServer();
    const connection = await afterOneCall(server);
    connection.socket.end();
    const second = sender.send(server.origin);
    const fresh = await server.asked();
    fresh.socket.write(answer(200, 'second'));
    expect(await second).toMatchObject({ reply: { body: Buffer.from('second') } });
  });

  it('B11: by a reset costs one silent call on a new one', async () => {
    await using server = await rawServer();
    const connection = await afterOneCall(server);
    connection.socket.resetAndDestroy();
    const second = sender.send(server.origin);
    const fresh = await server.asked();
    fresh.socket.write(answer(200, 'second'));
    expect(await second).toMatchObject({ reply: { body: Buffer.from('second') } });
  });

  it('B11: is used again when it was not closed', async () => {
    await using server = await rawServer();
    const connection = await afterOneCall(server);
    const second = sender.send(server.origin);
    (await server.asked()).socket.write(answer(200, 'second'));
    expect(await second).toMatchObject({ reply: { body: Buffer.from('second') } });
    expect(connection.socket.readyState).toBe('open');
    expect(server.count()).toBe(1);
  });

  it('B11: is ambiguous once the request was written', async () => {
    await using server = await rawServer();
    const connection = await afterOneCall(server);
    const second = sender.send(server.origin);
    (await server.asked()).socket.resetAndDestroy();
    await connection.closed;
    expect(await second).toMatchObject({ failure: { type: 'reset' } });
    expect(server.count()).toBe(1);
  });
});
