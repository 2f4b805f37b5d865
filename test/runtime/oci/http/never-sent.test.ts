import { describe, expect, it } from 'vitest';

import { selfSigned } from '../fixtures/certificate.ts';
import { answer, rawServer } from '../fixtures/raw-server.ts';
import { eachWithSender, LIMIT_MS } from '../fixtures/sender.ts';

const sender = eachWithSender();

describe('what was never sent', () => {
  it('A5: a refused connection', async () => {
    const server = await rawServer();
    await server[Symbol.asyncDispose]();
    expect(await sender.send(server.origin)).toMatchObject({
      failure: {
        type: 'unreachable',
        reason: 'refused',
        detail: expect.stringContaining('ECONNREFUSED') as string,
      },
    });
  });

  it('A6: a name that does not resolve', async () => {
    expect(await sender.send('http://streaming.invalid')).toMatchObject({
      failure: { type: 'unreachable', reason: 'dns' },
    });
  });

  it('A7: a certificate that nobody vouches for, even when the environment says not to look', async () => {
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await using server = await rawServer(selfSigned());
      expect(await sender.send(server.origin)).toMatchObject({
        failure: {
          type: 'unreachable',
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

  it('A7: a certificate that has expired, and says so', async () => {
    await using server = await rawServer(selfSigned({ until: '250201000000Z' }));
    expect(await sender.send(server.origin)).toEqual({
      failure: {
        type: 'unreachable',
        reason: 'tls',
        detail: 'CERT_HAS_EXPIRED: certificate has expired',
      },
    });
  });

  it('A7: a server that does not speak TLS', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin.replace('http:', 'https:'));
    const connection = await server.accepted();
    connection.socket.write(answer(400, 'plain text spoken here'));
    expect(await outcome).toMatchObject({ failure: { type: 'unreachable', reason: 'tls' } });
  });

  it('A7: a server that hangs up during the handshake, tried twice', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin.replace('http:', 'https:'));
    (await server.accepted()).socket.resetAndDestroy();
    (await server.accepted()).socket.resetAndDestroy();
    expect(await outcome).toMatchObject({ failure: { type: 'unreachable' } });
    expect(server.count()).toBe(2);
  });

  it('A8: a handshake that does not end in time', async () => {
    await using server = await rawServer();
    const outcome = sender.send(server.origin.replace('http:', 'https:'));
    const connection = await server.accepted();
    await sender.clock.pass(LIMIT_MS);
    expect(await outcome).toMatchObject({ failure: { type: 'unreachable', reason: 'connect-timeout' } });
    await connection.closed;
  });
});
