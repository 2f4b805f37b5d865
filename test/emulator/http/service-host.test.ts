import { request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startEmulator } from '../../../emulator/index.ts';
import { activeStream, openBench } from '../client.ts';

test("the service's host names choose the region, whatever the listener", async () => {
  await using emulator = await startEmulator();
  const { port } = new URL(emulator.regions['sa-saopaulo-1']!);
  const call = (host: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const headers = { host };
      request({ port, host: '127.0.0.1', path: '/20180418/streams', headers }, (reply) =>
        resolve(reply.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
  await emulator.setFaults('sa-vinhedo-1', { status: 503 });
  expect(await call('streaming.sa-vinhedo-1.oci.oraclecloud.com')).toBe(503);
  expect(await call('cell-1.streaming.sa-vinhedo-1.oci.oraclecloud.com:443')).toBe(503);
  expect(await call('cell-1.streaming.sa-saopaulo-1.oci.oraclecloud.com')).toBe(400);
  await emulator.setFaults('sa-vinhedo-1', { refuse: true });
  await expect(call('streaming.sa-vinhedo-1.oci.oraclecloud.com')).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  expect(await call('127.0.0.1')).toBe(400);
});

test('who came by the name of the service is told to go on by it', async () => {
  await using bench = await openBench();
  const { id, messagesEndpoint } = await activeStream(bench);
  expect(messagesEndpoint).toBe(bench.emulator.regions[bench.region]);
  const host = `streaming.${bench.region}.oci.oraclecloud.com:8443`;
  const { port } = new URL(messagesEndpoint);
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = `/20180418/streams/${id}`;
    request({ port, host: '127.0.0.1', path, headers: { host } }, resolve).on('error', reject).end();
  });
  expect(await json(reply)).toMatchObject({ messagesEndpoint: `http://cell-1.${host}` });
});
