import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/index.ts';
import { activeStream, base64, openBench } from '../client.ts';
import { ask } from './ask.ts';

test('shows a page, health, metrics and the state', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  await bench.data.putMessages({
    streamId: id,
    putMessagesDetails: { messages: [{ key: null as never, value: base64('a') }] },
  });
  const { emulator } = bench;
  expect(await ask(emulator, 'GET', '/')).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
  expect(await ask(emulator, 'GET', '/page.js')).toMatchObject({
    status: 200,
    type: 'text/javascript; charset=utf-8',
  });
  expect(await ask(emulator, 'GET', '/page.css')).toMatchObject({ status: 200 });
  expect((await ask(emulator, 'GET', '/health')).text).toBe('{"status":"ok"}\n');
  const metrics = (await ask(emulator, 'GET', '/metrics')).text;
  expect(metrics).toContain(
    'oci_streaming_emulator_calls_total{region="sa-saopaulo-1",operation="PutMessages",end="200"} 1',
  );
  const state = JSON.parse((await ask(emulator, 'GET', '/state')).text);
  expect(state.regions['sa-saopaulo-1'].streams[0]).toMatchObject({
    id,
    name: 'orders',
    lifecycleState: 'ACTIVE',
  });
  expect(await ask(emulator, 'GET', '/nothing')).toMatchObject({ status: 404 });
  expect(await ask(emulator, 'POST', '/state', {})).toMatchObject({ status: 405 });
});

test.each(['//', '//state', 'http://other.example/state', '*'])('there is nothing at %s', async (target) => {
  await using emulator = await startEmulator();
  const { port, host } = new URL(emulator.control);
  const status = await new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: target, headers: { host } }, (reply) =>
      resolve(reply.resume().statusCode),
    )
      .on('error', reject)
      .end();
  });
  expect(status).toBe(404);
});

test('what retention took is in no view, although nobody called since', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 1, retentionInHours: 24 });
  const messages = [{ key: null as never, value: base64('a') }];
  await bench.data.putMessages({ streamId: id, putMessagesDetails: { messages } });
  bench.emulator.clock.advance(24 * 3_600_000 - 60_000);
  expect(bench.emulator.ledger()).toHaveLength(1);
  bench.emulator.clock.advance(120_000);
  expect(bench.emulator.ledger()).toHaveLength(0);
  expect((await ask(bench.emulator, 'GET', '/metrics')).text).toMatch(/emulator_messages\{.*\} 0/);
  expect(bench.emulator.state().regions[bench.region]!.streams[0]!.partitions).toMatchObject([
    { messages: 0, nextOffset: 1 },
  ]);
});

test('pages of others are kept out: by their name for this machine, and by their origin', async () => {
  await using emulator = await startEmulator();
  expect(await statusByName(emulator, 'evil.example')).toBe(403);
  const status = async (origin: string) =>
    (await ask(emulator, 'DELETE', '/faults', undefined, { origin })).status;
  expect(await status('https://evil.example')).toBe(403);
  expect(await status('null')).toBe(403);
  expect(await status(emulator.control)).toBe(200);
});

test('a name that it is advertised by is its own', async () => {
  await using emulator = await startEmulator({ advertise: 'Emulator.test' });
  expect(emulator.control).toContain('Emulator.test');
  expect(await statusByName(emulator, 'emulator.test')).toBe(200);
  expect(await statusByName(emulator, 'evil.example')).toBe(403);
});

/** The status of a call that reaches this machine by `host`. */
function statusByName(emulator: Emulator, host: string): Promise<number | undefined> {
  const port = /\d+$/.exec(emulator.control)![0];
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/state', headers: { host: `${host}:${port}` } }, (reply) =>
      resolve(reply.resume().statusCode),
    )
      .on('error', reject)
      .end();
  });
}

test('the checker finds what was lost, copied, overtaken, not seen and never sent', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 1 });
  const put = (...values: string[]) =>
    bench.data.putMessages({
      streamId: id,
      putMessagesDetails: { messages: values.map((value) => ({ key: base64('k'), value: base64(value) })) },
    });
  await put('1', '3', '2', '1', '4', 'alien');
  const sent = ['1', '2', '3', '4', '5', '6'].map((value) => ({
    key: base64('k'),
    value: base64(value),
    acknowledged: value !== '6',
  }));
  const history = { sent, received: ['1', '2', '3', 'alien'].map(base64) };
  const verdict = {
    lost: [base64('5')],
    expired: [],
    unknown: [],
    misplaced: [],
    duplicate: [base64('1')],
    outOfOrder: [base64('2')],
    unseen: [base64('4')],
    unexpected: [base64('alien')],
  };
  expect(bench.emulator.check(history)).toEqual(verdict);
  expect(JSON.parse((await ask(bench.emulator, 'POST', '/check', history)).text)).toEqual(verdict);
  expect((await ask(bench.emulator, 'POST', '/check', { sent: [{}] })).status).toBe(400);
});
