import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { openListener } from '../../../emulator/http/listener.ts';
import { ByteBudget, readBody } from '../../../emulator/http/read-body.ts';
import { activeStream, base64, openBench } from '../client.ts';

const MIB = 2 ** 20;

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;

async function post(url: string, body: Body): Promise<{ status: number; body: { code: string } }> {
  const reply = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
    duplex: 'half',
  });
  return { status: reply.status, body: (await reply.json()) as { code: string } };
}

/** The same without a length: in chunks. */
function chunked(body: Buffer): Body {
  return new Blob([new Uint8Array(body)]).stream();
}

test('a put of 1 MiB is taken also in a million messages, and refused with one more', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 1 });
  const url = `${bench.emulator.regions[bench.region]}/20180418/streams/${id}/messages`;
  const message = '{"key":null,"value":"YQ=="}';
  const body = (count: number): string => `{"messages":[${Array(count).fill(message).join(',')}]}`;
  expect(await post(url, body(MIB + 1))).toMatchObject({
    status: 400,
    body: { message: 'Request size is limited to 1 MiB' },
  });
  expect((await post(url, body(MIB))).status).toBe(200);
  expect(bench.emulator.state().regions[bench.region]!.streams[0]!.partitions[0]!.messages).toBe(MIB);
});

test.each([
  ['with its length', (body: Buffer) => new Uint8Array(body)],
  ['in chunks', chunked],
])('a body that is too large is dropped, and its sender told so: %s', async (_, sent) => {
  await using bench = await openBench();
  const url = `${bench.emulator.regions[bench.region]}/20180418/streams`;
  expect(await post(`${url}/x/messages`, sent(Buffer.alloc(40 * MIB, ' ')))).toMatchObject({
    status: 400,
    body: { code: 'InvalidParameter', message: 'Request size is limited to 1 MiB' },
  });
  expect(await post(url, sent(Buffer.alloc(3 * MIB, ' ')))).toMatchObject({
    status: 413,
    body: { code: 'PayloadTooLarge' },
  });
});

test('what bodies under way take together is bounded, and given back', async () => {
  const budget = new ByteBudget(20);
  const listener = await openListener({ host: '127.0.0.1', port: 0 }, (request, response) => {
    void readBody(request, 20, budget).then((body) => {
      if (typeof body !== 'string') budget.release(body.length);
      response.end(typeof body === 'string' ? body : 'kept');
    });
  });
  onTestFinished(() => listener.close());
  const half = await halfSent(listener.url);
  const ask = async (): Promise<string> =>
    (await fetch(listener.url, { method: 'POST', body: '0123456789' })).text();
  // Its first bytes are on their way: until they are there, there is budget.
  await expect.poll(ask).toBe('out of memory');
  half.socket.write('the rest.');
  expect(await half.answer).toContain('kept');
  expect(await ask()).toBe('kept');

  const cut = await halfSent(listener.url);
  await expect.poll(ask).toBe('out of memory');
  cut.socket.destroy();
  await expect.poll(ask).toBe('kept');
});

/** Eleven of twenty bytes. */
async function halfSent(url: string): Promise<{ socket: Socket; answer: Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const answer = text(socket).catch(() => 'cut');
  socket.write('POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 20\r\n\r\n');
  socket.write('hello world');
  return { socket, answer };
}

test('a call whose sender gives up while it waits is stored when its time has come', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 1 });
  await bench.emulator.setFaults(bench.region, { operation: 'PutMessages', latencyMs: 60_000 });
  const sender = new AbortController();
  const messages = [{ key: null, value: base64('late') }];
  const sent = fetch(`${bench.emulator.regions[bench.region]}/20180418/streams/${id}/messages`, {
    method: 'POST',
    body: JSON.stringify({ messages }),
    headers: { 'content-type': 'application/json' },
    signal: sender.signal,
  }).catch(() => 'gave up');
  await expect.poll(() => bench.emulator.faults()[bench.region]![0]!.hits).toBe(1);
  sender.abort();
  expect(await sent).toBe('gave up');
  expect(bench.emulator.ledger()).toEqual([]);
  bench.emulator.clock.advance(60_000);
  await expect.poll(() => bench.emulator.ledger()).toMatchObject([{ value: base64('late') }]);
});
