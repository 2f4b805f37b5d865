import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { seededRandom, startEmulator } from '../../../emulator/index.ts';
import { activeStream, base64, openBench, text, type Bench } from '../client.ts';

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
  for (const data of ['/dev/null/x', '/proc/x', '/proc/x/y'])
    await expect(startEmulator({ data })).rejects.toThrow(`data: ${data} cannot be used`);
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

const DAY_MS = 86_400_000;

/** What a closed emulator has left in its file. */
function rowsIn(directory: string) {
  const database = new DatabaseSync(join(directory, 'emulator.sqlite'), { readOnly: true });
  const rows = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row).join(' '));
  const found = {
    streams: rows("SELECT id FROM record WHERE kind = 'stream'"),
    groups: rows("SELECT id FROM record WHERE kind = 'groups' AND json <> '[]'"),
    tokens: rows("SELECT id FROM record WHERE kind = 'token'"),
    messages: rows('SELECT stream, offset FROM message ORDER BY offset'),
  };
  database.close();
  return found;
}

test('what a region no longer holds leaves the file', async () => {
  using data = dataDirectory();
  const put = async (bench: Bench, streamId: string) => {
    const messages = [{ key: base64('k'), value: base64('v') }];
    await bench.data.putMessages({ streamId, putMessagesDetails: { messages } });
  };
  const ids = await (async () => {
    await using bench = await openBench({ data: data.path });
    const [kept, idle, deleted] = [
      await activeStream(bench, { name: 'kept', partitions: 1 }),
      await activeStream(bench, { name: 'idle', partitions: 1 }),
      await activeStream(bench, { name: 'deleted', partitions: 1 }),
    ];
    const createStreamPoolDetails = { name: 'p', compartmentId: bench.emulator.compartmentId };
    await bench.admin.createStreamPool({ createStreamPoolDetails, opcRetryToken: 'token' });
    for (const { id } of [kept, idle, deleted]) await put(bench, id);
    await bench.data.createGroupCursor({
      streamId: idle.id,
      createGroupCursorDetails: { groupName: 'g', type: 'TRIM_HORIZON' as never },
    });
    await bench.admin.deleteStream({ streamId: deleted.id });
    return { kept: kept.id, idle: idle.id, deleted: deleted.id };
  })();
  expect(rowsIn(data.path)).toEqual({
    streams: expect.arrayContaining(Object.values(ids)) as string[],
    groups: [ids.idle],
    tokens: ['token'],
    messages: expect.arrayContaining(Object.values(ids).map((id) => `${id} 0`)) as string[],
  });

  await (async () => {
    await using bench = await openBench({ data: data.path });
    bench.emulator.clock.advance(91 * DAY_MS);
    // Anybody who looks lets retention do its work; the next change of anything writes it down.
    bench.emulator.state();
    await put(bench, ids.kept);
    await bench.admin.createStream({
      createStreamDetails: { name: 'new', partitions: 1, compartmentId: bench.emulator.compartmentId },
    });
  })();
  const left = rowsIn(data.path);
  expect(left.streams).not.toContain(ids.deleted);
  expect(left).toMatchObject({ groups: [], tokens: [], messages: [`${ids.kept} 1`] });
});

test('retry tokens, harnesses and pools are there again after a restart', async () => {
  using data = dataDirectory();
  const make = async (bench: Bench) => {
    const { compartmentId } = bench.emulator;
    const createConnectHarnessDetails = { name: 'h', compartmentId };
    const { connectHarness } = await bench.admin.createConnectHarness({
      createConnectHarnessDetails,
      opcRetryToken: 'one',
    });
    const { streamPool } = await bench.admin.createStreamPool({
      createStreamPoolDetails: { name: 'p', compartmentId, freeformTags: { team: 'orders' } },
      opcRetryToken: 'two',
    });
    const work = await bench.admin.listWorkRequests({ compartmentId });
    return {
      harness: (await bench.admin.getConnectHarness({ connectHarnessId: connectHarness.id })).connectHarness,
      pool: (await bench.admin.getStreamPool({ streamPoolId: streamPool.id })).streamPool,
      work: work.workRequestSummaryCollection.items.map(({ id }) => id),
    };
  };
  const before = await (async () => {
    await using bench = await openBench({ data: data.path });
    return await make(bench);
  })();
  await using bench = await openBench({ data: data.path });
  expect(await make(bench)).toEqual(before);
});

/** Everything that can be seen of an emulator. */
function everything({ emulator }: Bench) {
  const { regions } = emulator.state();
  const streams = Object.values(regions).flatMap((region) => region.streams);
  return streams
    .map((stream) => ({ ...stream, messages: emulator.ledger({ stream: stream.id }) }))
    .sort((a, b) => a.id.localeCompare(b.id));
}

test('whatever was done, all of it is there again after a restart', async () => {
  using data = dataDirectory();
  let before: unknown = [];
  for (const seed of [1, 2, 3]) {
    await using bench = await openBench({ data: data.path, offsetGapProbability: 0.3 });
    expect(everything(bench)).toEqual(before);
    const random = seededRandom(seed);
    const ids = [(await activeStream(bench, { name: `first of ${seed}` })).id];
    for (let step = 0; step < 60; step++) {
      const streamId = ids[Math.floor(random() * ids.length)]!;
      const dice = random();
      if (dice < 0.1) ids.push((await activeStream(bench, { name: `${seed} ${step}` })).id);
      else if (dice < 0.15 && ids.length > 1) {
        await bench.admin.deleteStream({ streamId });
        ids.splice(ids.indexOf(streamId), 1);
      } else if (dice < 0.2) bench.emulator.clock.advance(random() * 10 * 3_600_000);
      else if (dice < 0.7) {
        const messages = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, index) => ({
          key: random() < 0.5 ? (null as never) : base64(`k${index}`),
          value: base64(`${seed} ${step} ${index}`),
        }));
        await bench.data.putMessages({ streamId, putMessagesDetails: { messages } });
      } else {
        const { cursor } = await bench.data.createGroupCursor({
          streamId,
          createGroupCursorDetails: {
            groupName: `g${Math.floor(random() * 2)}`,
            type: 'TRIM_HORIZON' as never,
            instanceName: 'one',
          },
        });
        const read = await bench.data.getMessages({ streamId, cursor: cursor.value, limit: 7 });
        await bench.data.consumerCommit({ streamId, cursor: read.opcNextCursor });
      }
    }
    before = everything(bench);
  }
  expect(before).not.toEqual([]);
});
