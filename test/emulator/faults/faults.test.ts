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

test('a region that refuses connections takes them again on the same port', async () => {
  await using bench = await openBench();
  const url = bench.emulator.regions[bench.region]!;
  await bench.emulator.setFaults(bench.region, { refuse: true, forMs: 60_000 });
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  bench.emulator.clock.advance(60_000);
  await expect
    .poll(() =>
      fetch(url).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(404);
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
