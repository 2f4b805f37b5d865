import { expect, test } from 'vitest';
import { activeStream, base64, openBench } from '../client.ts';
import { ask } from './ask.ts';

test('gives the ledger filtered, cut to the newest, and as lines', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  const messages = Array.from({ length: 20 }, (_, index) => ({
    key: base64('k'),
    value: base64(`${index}`),
  }));
  await bench.data.putMessages({ streamId: id, putMessagesDetails: { messages } });
  const ledger = async (query: string) => (await ask(bench.emulator, 'GET', `/ledger?${query}`)).text;
  expect(JSON.parse(await ledger('stream=orders'))).toHaveLength(20);
  expect(JSON.parse(await ledger('stream=other'))).toHaveLength(0);
  expect(JSON.parse(await ledger('last=2')).map(({ offset }: { offset: number }) => offset)).toEqual([
    18, 19,
  ]);
  const lines = (await ledger('format=jsonl')).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).value)).toEqual(messages.map(({ value }) => value));
  expect((await ask(bench.emulator, 'GET', '/ledger?colour=red')).status).toBe(400);
  expect((await ask(bench.emulator, 'GET', '/ledger?region=mars')).status).toBe(400);
});

test('filters of the ledger work together, the newest of those that fit', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 3 });
  const messages = Array.from({ length: 60 }, (_, index) => ({
    key: base64(`k${index % 7}`),
    value: base64(`${index}`),
  }));
  await bench.data.putMessages({ streamId: id, putMessagesDetails: { messages } });
  const all = bench.emulator.ledger();
  expect(all).toHaveLength(60);
  const of = all.filter(({ key }) => key === base64('k3'));
  expect(bench.emulator.ledger({ key: base64('k3') })).toEqual(of);
  expect(bench.emulator.ledger({ key: base64('k3'), last: 2 })).toEqual(of.slice(-2));
  for (const partition of ['0', '1', '2']) {
    const there = all.filter((entry) => entry.partition === partition);
    expect(bench.emulator.ledger({ partition })).toEqual(there);
    expect(bench.emulator.ledger({ partition, last: 1 })).toEqual(there.slice(-1));
  }
});

test('a ledger of many messages comes as lines, whole and in order', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 1 });
  const messages = Array.from({ length: 3_000 }, (_, index) => ({
    key: null as never,
    value: base64(`message number ${index}`),
  }));
  await bench.data.putMessages({ streamId: id, putMessagesDetails: { messages } });
  const { text } = await ask(bench.emulator, 'GET', '/ledger?format=jsonl');
  expect(text.length).toBeGreaterThan(500_000);
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(bench.emulator.ledger());
});
