import { models } from 'oci-streaming';
import { expect, test } from 'vitest';
import { activeStream, base64, openBench, type Bench } from '../client.ts';

function put({ data }: Bench, streamId: string, keys: readonly string[]) {
  const messages = keys.map((key) => ({ key: base64(key), value: base64(key) }));
  return data.putMessages({ streamId, putMessagesDetails: { messages } });
}

test('answers the status that a rule names, as often as it says', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  await bench.emulator.setFaults(bench.region, { operation: 'PutMessages', status: 503, count: 1 });
  await expect(put(bench, id, ['a'])).rejects.toMatchObject({
    statusCode: 503,
    serviceCode: 'ServiceUnavailable',
  });
  await put(bench, id, ['a']);
  expect(bench.emulator.faults()[bench.region]).toMatchObject([{ hits: 1, over: true }]);
  expect(bench.emulator.state().regions[bench.region]!.calls['PutMessages']).toEqual({ 200: 1, 503: 1 });
});

test('a reset after storing loses the answer, not the message', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  await bench.emulator.setFaults(bench.region, { operation: 'PutMessages', reset: 'after' });
  await expect(put(bench, id, ['a'])).rejects.toBeDefined();
  expect(bench.emulator.ledger()).toHaveLength(1);
});

test('a reset before handling stores nothing', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  await bench.emulator.setFaults(bench.region, { operation: 'PutMessages', reset: 'before' });
  await expect(put(bench, id, ['a'])).rejects.toBeDefined();
  expect(bench.emulator.ledger()).toHaveLength(0);
});

test('refuses the entries that a rule names and stores the others', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  await bench.emulator.setFaults(bench.region, { entries: { status: 429, keys: ['b'] } });
  const { putMessagesResult } = await put(bench, id, ['a', 'b', 'c']);
  expect(putMessagesResult.failures).toBe(1);
  expect(putMessagesResult.entries.map(({ error }) => error)).toEqual([
    undefined,
    'TooManyRequests',
    undefined,
  ]);
});

test('a rule about creations or puts is not used up by other calls', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  await bench.emulator.setFaults(bench.region, [
    { creationEnds: 'failed', count: 1 },
    { fewerEntries: 1, count: 1 },
  ]);
  await bench.admin.listStreams({ compartmentId: bench.emulator.compartmentId });
  expect(bench.emulator.faults()[bench.region]).toMatchObject([{ hits: 0 }, { hits: 0 }]);
  expect((await put(bench, id, ['a', 'b'])).putMessagesResult.entries).toHaveLength(1);
  expect((await activeStream(bench, { name: 'unlucky' })).lifecycleState).toBe('FAILED');
});

test('reads of one partition fail, and those of the others go on', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  await put(
    bench,
    id,
    Array.from({ length: 30 }, (_, index) => `key-${index}`),
  );
  await bench.emulator.setFaults(bench.region, { reads: { status: 500, partition: '1' } });
  const read = async (partition: string) => {
    const createCursorDetails = { partition, type: models.CreateCursorDetails.Type.TrimHorizon };
    const { cursor } = await bench.data.createCursor({ streamId: id, createCursorDetails });
    return bench.data.getMessages({ streamId: id, cursor: cursor.value });
  };
  await expect(read('1')).rejects.toMatchObject({ statusCode: 500, serviceCode: 'InternalServerError' });
  expect((await read('0')).items).not.toHaveLength(0);
  expect(bench.emulator.faults()[bench.region]).toMatchObject([{ hits: 1 }]);
});

test('bodies can be cut, replaced, slowed down and torn', async () => {
  await using bench = await openBench();
  const { emulator, region } = bench;
  await activeStream(bench);
  const url = `${emulator.regions[region]!}/20180418/streams?compartmentId=${emulator.compartmentId}`;
  const whole = await (await fetch(url)).text();
  await emulator.setFaults(region, { truncate: 10 });
  expect(await (await fetch(url)).text()).toBe(whole.slice(0, 10));
  await emulator.setFaults(region, {
    status: 502,
    body: '<html>Bad gateway</html>',
    headers: { 'retry-after': '7' },
  });
  const page = await fetch(url);
  expect([page.status, page.headers.get('retry-after'), await page.text()]).toEqual([
    502,
    '7',
    '<html>Bad gateway</html>',
  ]);
  await emulator.setFaults(region, { resetAfterBytes: 10 });
  await expect(fetch(url).then((reply) => reply.text())).rejects.toThrow(/terminated|fetch failed/);
  await emulator.setFaults(region, { bodyBytesPerSecond: 10 });
  const slow = (await fetch(url)).text();
  let done = false;
  void slow.then(() => (done = true));
  const ahead = emulator.clock.ahead();
  while (!done) {
    emulator.clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await slow).toBe(whole);
  expect(emulator.clock.ahead() - ahead).toBeGreaterThanOrEqual((whole.length / 10 - 1) * 1_000);
});

test('an answer can be dressed as somebody else wants it', async () => {
  await using bench = await openBench();
  const { emulator, region } = bench;
  const call = async () => {
    const reply = await fetch(`${emulator.regions[region]}/20180418/streams`);
    return [
      reply.status,
      reply.headers.get('content-type'),
      reply.headers.get('retry-after'),
      await reply.text(),
    ];
  };
  await emulator.setFaults(region, {
    status: 429,
    code: 'Busy',
    message: 'Later.',
    headers: { 'Retry-After': '7' },
  });
  expect(await call()).toEqual([429, 'application/json', '7', '{"code":"Busy","message":"Later."}']);
  await emulator.setFaults(region, { status: 502, body: '<h1>Bad gateway</h1>' });
  expect(await call()).toEqual([502, 'text/html', null, '<h1>Bad gateway</h1>']);
  await emulator.setFaults(region, { status: 502, body: '', contentType: 'text/plain' });
  expect(await call()).toEqual([502, 'text/plain', null, '']);
  await expect(emulator.setFaults(region, { headers: { 'Content-Length': '1' } })).rejects.toThrow(
    'use truncate or resetAfterBytes',
  );
});

test('an answer to a put can name fewer entries than there were messages', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  await bench.emulator.setFaults(bench.region, { fewerEntries: 2 });
  expect((await put(bench, id, ['a', 'b', 'c'])).putMessagesResult.entries).toHaveLength(1);
  expect(bench.emulator.ledger()).toHaveLength(3);
});

test('the control listener sets, shows and clears faults, and names what it does not know', async () => {
  await using bench = await openBench();
  const faults = `${bench.emulator.control}/faults/${bench.region}`;
  const send = async (method: string, url: string, body?: unknown) => {
    const response = await fetch(url, { method, body: body === undefined ? null : JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  expect(await send('PUT', faults, { status: 500, operation: ['PutMessages'] })).toMatchObject({
    status: 200,
    body: [{ rule: { status: 500 }, hits: 0 }],
  });
  expect(await send('DELETE', faults)).toEqual({ status: 200, body: [] });
  expect(await send('PUT', `${bench.emulator.control}/faults/mars-1`, { status: 500 })).toMatchObject({
    status: 400,
  });
  for (const rule of [
    { status: 500, operation: 'PutMessage' },
    { stauts: 500 },
    {},
    { status: 500, count: -1 },
  ]) {
    expect(await send('PUT', faults, rule)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('rule') },
    });
  }
});
