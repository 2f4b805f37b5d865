import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startEmulator } from '../../../emulator/index.ts';
import { activeStream, base64, openBench, text } from '../client.ts';

function dataDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'emulator-data-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test('streams, messages, groups, users and the clock are there again after a restart', async () => {
  using data = dataDirectory();
  const remembered = await (async () => {
    await using bench = await openBench({ data: data.path, signatures: 'required' });
    const { id } = await activeStream(bench, { partitions: 1 });
    const messages = ['1', '2', '3'].map((value) => ({ key: base64('k'), value: base64(value) }));
    await bench.data.putMessages({ streamId: id, putMessagesDetails: { messages } });
    const createGroupCursorDetails = { groupName: 'g', type: 'TRIM_HORIZON' as never, instanceName: 'one' };
    const { cursor } = await bench.data.createGroupCursor({ streamId: id, createGroupCursorDetails });
    const first = await bench.data.getMessages({ streamId: id, cursor: cursor.value, limit: 2 });
    const second = await bench.data.getMessages({ streamId: id, cursor: first.opcNextCursor, limit: 1 });
    bench.emulator.clock.advance(10_000);
    return {
      id,
      cursor: second.opcNextCursor,
      compartmentId: bench.emulator.compartmentId,
      ledger: bench.emulator.ledger(),
    };
  })();

  await using bench = await openBench({ data: data.path, signatures: 'required' });
  expect(bench.emulator.compartmentId).toBe(remembered.compartmentId);
  expect(bench.emulator.clock.ahead()).toBe(10_000);
  expect(bench.emulator.ledger()).toEqual(remembered.ledger);
  const { group } = await bench.data.getGroup({ streamId: remembered.id, groupName: 'g' });
  expect(group.reservations).toMatchObject([{ committedOffset: 1, reservedInstance: 'one' }]);
  const put = { messages: [{ key: base64('k'), value: base64('4') }] };
  const { putMessagesResult } = await bench.data.putMessages({
    streamId: remembered.id,
    putMessagesDetails: put,
  });
  expect(putMessagesResult.entries[0]!.offset).toBe(3);
  const { items } = await bench.data.getMessages({ streamId: remembered.id, cursor: remembered.cursor });
  expect(items.map(({ value }) => text(value))).toEqual(['4']);
});

test('what was answered survives kill -9', async () => {
  using data = dataDirectory();
  const main = fileURLToPath(new URL('../../../emulator/main.ts', import.meta.url));
  const words = [main, '--json', '--port', '0', '--signatures', 'ignored', '--data', data.path];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (bytes: Buffer) => resolve(String(bytes))),
  );
  const url = `${(JSON.parse(line) as { regions: Record<string, string> }).regions['sa-saopaulo-1']}/20180418/streams`;
  const post = async (to: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(to, { method: 'POST', headers, body: JSON.stringify(body) })).json() as Promise<{
      id: string;
    }>;
  };
  const { id } = await post(url, { name: 'a', partitions: 2, compartmentId: 'c' });
  const values = Array.from({ length: 50 }, (_, index) => base64(`${index}`));
  for (const value of values) await post(`${url}/${id}/messages`, { messages: [{ value }] });
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await gone;

  await using emulator = await startEmulator({ data: data.path });
  expect(
    emulator
      .ledger()
      .map(({ value }) => value)
      .sort(),
  ).toEqual(values.sort());
  await expect(startEmulator({ data: data.path })).rejects.toThrow('another emulator is using it');
});

test('a directory that cannot be one is named', async () => {
  await expect(startEmulator({ data: '/dev/null/x' })).rejects.toThrow('data: /dev/null/x cannot be used');
});

test('an emulator that ends while a call waits does so without a word, and without the call', async () => {
  using data = dataDirectory();
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  const sent = await (async () => {
    await using bench = await openBench({ data: data.path });
    const { id } = await activeStream(bench, { partitions: 1 });
    await bench.emulator.setFaults(bench.region, { operation: 'PutMessages', latencyMs: 3_600_000 });
    const messages = [{ key: null as never, value: base64('never') }];
    const put = bench.data.putMessages({ streamId: id, putMessagesDetails: { messages } }).catch(() => 'cut');
    await expect.poll(() => bench.emulator.faults()[bench.region]![0]!.hits).toBe(1);
    return { put };
  })();
  expect(await sent.put).toBe('cut');
  expect(said.mock.calls.flat().filter((line) => String(line).startsWith('emulator:'))).toEqual([]);
  await using bench = await openBench({ data: data.path });
  expect(bench.emulator.ledger()).toEqual([]);
});
