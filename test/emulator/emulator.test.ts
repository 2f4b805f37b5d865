import { existsSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../emulator/index.ts';
import { activeStream, base64, openBench, text } from './client.ts';

test('a message put through the official client is read back through it', async () => {
  await using bench = await openBench();
  const stream = await activeStream(bench);
  expect(stream).toMatchObject({ lifecycleState: 'ACTIVE', partitions: 3, retentionInHours: 24 });

  const { putMessagesResult } = await bench.data.putMessages({
    streamId: stream.id,
    putMessagesDetails: { messages: [{ key: base64('a'), value: base64('one') }] },
  });
  expect(putMessagesResult.failures).toBe(0);
  const { partition } = putMessagesResult.entries[0]!;

  const { cursor } = await bench.data.createCursor({
    streamId: stream.id,
    createCursorDetails: { partition: partition!, type: 'TRIM_HORIZON' as never },
  });
  const { items, opcNextCursor } = await bench.data.getMessages({
    streamId: stream.id,
    cursor: cursor.value,
  });
  expect(items.map(({ key, value }) => [text(key), text(value)])).toEqual([['a', 'one']]);
  expect(opcNextCursor).toMatch(/^[A-Za-z0-9_=-]+$/);
  expect(bench.emulator.ledger()).toMatchObject([
    {
      region: 'sa-saopaulo-1',
      stream: 'orders',
      streamId: stream.id,
      partition,
      offset: 0,
      key: base64('a'),
    },
  ]);
});

test('a consumer group reads every message once when nothing goes wrong', async () => {
  await using bench = await openBench();
  const stream = await activeStream(bench);
  const messages = Array.from({ length: 30 }, (_, index) => ({
    key: base64(`k${index}`),
    value: base64(`${index}`),
  }));
  await bench.data.putMessages({ streamId: stream.id, putMessagesDetails: { messages } });
  let cursor = (
    await bench.data.createGroupCursor({
      streamId: stream.id,
      createGroupCursorDetails: { groupName: 'g', type: 'TRIM_HORIZON' as never, instanceName: 'one' },
    })
  ).cursor.value;
  const read: string[] = [];
  for (;;) {
    const answer = await bench.data.getMessages({ streamId: stream.id, cursor, limit: 4 });
    cursor = answer.opcNextCursor;
    if (answer.items.length === 0) break;
    expect(new Set(answer.items.map(({ partition }) => partition)).size).toBe(1);
    read.push(...answer.items.map(({ value }) => text(value)));
  }
  expect(read.map(Number).sort((a, b) => a - b)).toEqual(messages.map((_, index) => index));
  const { group } = await bench.data.getGroup({ streamId: stream.id, groupName: 'g' });
  expect(group.reservations!.map(({ reservedInstance }) => reservedInstance)).toEqual(['one', 'one', 'one']);
});

test('the config file is for its owner only, and gone after close', async () => {
  const emulator = await startEmulator();
  expect(statSync(emulator.configFile).mode & 0o777).toBe(0o600);
  await emulator.close();
  await emulator.close();
  expect(existsSync(emulator.configFile)).toBe(false);
});

test('options that cannot be are named', async () => {
  await expect(startEmulator({ regions: ['Moon'] })).rejects.toThrow("regions: Moon is not a region's name");
  await expect(startEmulator({ createDelayMs: -1 })).rejects.toThrow('createDelayMs: must be a whole number');
});

test('an update of nothing is taken, although the client leaves out its body', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  const { stream } = await bench.admin.updateStream({ streamId: id, updateStreamDetails: {} });
  expect(stream).toMatchObject({ id, name: 'orders' });
});

test('createStream gives a stream that is ACTIVE, as its own compartment, endpoint and OCID say', async () => {
  await using bench = await openBench();
  const { emulator, region } = bench;
  const { ocid, endpoint, compartmentId } = await emulator.createStream(region, 'orders');
  expect({ endpoint, compartmentId }).toEqual({
    endpoint: emulator.regions[region],
    compartmentId: emulator.compartmentId,
  });
  const { stream } = await bench.admin.getStream({ streamId: ocid });
  expect(stream).toMatchObject({
    name: 'orders',
    lifecycleState: 'ACTIVE',
    partitions: 1,
    retentionInHours: 24,
  });

  const other = await emulator.createStream(region, 'payments', { partitions: 3, retentionInHours: 48 });
  const { stream: payments } = await bench.admin.getStream({ streamId: other.ocid });
  expect(payments).toMatchObject({ partitions: 3, retentionInHours: 48 });
});

test('createStream resolves when the stream has become ACTIVE, not before', async () => {
  await using emulator = await startEmulator({ createDelayMs: 3_600_000 });
  let ocid: string | undefined;
  const created = emulator.createStream('sa-saopaulo-1', 'orders').then((stream) => (ocid = stream.ocid));
  await expect.poll(() => lifecycleStates(emulator)).toEqual(['CREATING']);
  emulator.clock.advance(3_599_000);
  expect(lifecycleStates(emulator)).toEqual(['CREATING']);
  expect(ocid).toBeUndefined();
  emulator.clock.advance(1_000);
  await created;
  expect(lifecycleStates(emulator)).toEqual(['ACTIVE']);
});

test('createStream rejects when the emulator closes before the stream is ACTIVE', async () => {
  const emulator = await startEmulator({ createDelayMs: 3_600_000 });
  const created = emulator.createStream('sa-saopaulo-1', 'orders');
  await expect.poll(() => lifecycleStates(emulator)).toEqual(['CREATING']);
  await Promise.all([
    expect(created).rejects.toThrow('The emulator was closed before the stream was ACTIVE'),
    emulator.close(),
  ]);
});

test.each([
  ['sa-saopaulo-1', 'orders', {}, 'already exists'],
  ['mars-1', 'orders', {}, 'mars-1 is not a region here'],
  ['sa-vinhedo-1', 'orders', { partitions: 0 }, 'partitions: must be an integer between 1'],
  ['sa-vinhedo-1', '', {}, 'name: '],
] as const)('createStream(%j, %j, %j) is refused: %s', async (region, name, options, message) => {
  await using emulator = await startEmulator();
  await emulator.createStream('sa-saopaulo-1', 'orders');
  await expect(emulator.createStream(region, name, options)).rejects.toThrow(message);
});

function lifecycleStates(emulator: Emulator): string[] {
  return emulator.state().regions['sa-saopaulo-1']!.streams.map(({ lifecycleState }) => lifecycleState);
}
