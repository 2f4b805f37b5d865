import { models } from 'oci-streaming';
import { expect, test } from 'vitest';
import { activeStream, base64, openBench, text, type Bench } from '../client.ts';

function put({ data }: Bench, streamId: string, keys: readonly string[]) {
  const messages = keys.map((key) => ({ key: base64(key), value: base64(key) }));
  return data.putMessages({ streamId, putMessagesDetails: { messages } });
}

test('a group whose reads of one partition fail gets the others meanwhile, and that one when it heals', async () => {
  await using bench = await openBench();
  const { id: streamId } = await activeStream(bench);
  const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
  await put(bench, streamId, keys);
  await bench.emulator.setFaults(bench.region, { reads: { status: 503, partition: 1 } });
  const { cursor } = await bench.data.createGroupCursor({
    streamId,
    createGroupCursorDetails: {
      type: models.CreateGroupCursorDetails.Type.TrimHorizon,
      groupName: 'billing',
    },
  });
  let next = cursor.value;
  const got: { readonly partition: string; readonly value: string }[] = [];
  let refused = 0;
  const readSixTimes = async () => {
    for (let turn = 0; turn < 6; turn++) {
      try {
        const { items, opcNextCursor } = await bench.data.getMessages({ streamId, cursor: next });
        got.push(...items);
        next = opcNextCursor;
      } catch {
        refused += 1;
      }
    }
  };
  await readSixTimes();
  expect(new Set(got.map(({ partition }) => partition))).toEqual(new Set(['0', '2']));
  expect(refused).toBeGreaterThan(0);

  await bench.emulator.setFaults(bench.region, []);
  await readSixTimes();
  expect(got.map(({ value }) => text(value)).sort()).toEqual(keys.toSorted());
});

test('retention overtakes a group in use, which is stuck until it is reset', async () => {
  await using bench = await openBench();
  const { id: streamId } = await activeStream(bench, { partitions: 1 });
  await put(bench, streamId, ['a', 'b']);
  const createGroupCursorDetails = {
    type: models.CreateGroupCursorDetails.Type.TrimHorizon,
    groupName: 'billing',
    instanceName: 'one',
  };
  const cursor = async () => {
    const created = await bench.data.createGroupCursor({ streamId, createGroupCursorDetails });
    return created.cursor.value;
  };
  const read = (given: string, limit = 100) => bench.data.getMessages({ streamId, cursor: given, limit });
  const first = await read(await cursor(), 1);
  await bench.data.consumerCommit({ streamId, cursor: first.opcNextCursor });
  await put(bench, streamId, ['c']);
  bench.emulator.clock.advance(60_000);
  await put(bench, streamId, ['kept']);
  await bench.emulator.setFaults(bench.region, { retentionMs: 30_000, count: 1 });
  const stuck = {
    statusCode: 400,
    message: expect.stringContaining('outside the retention period') as string,
  };
  await expect(read(await cursor())).rejects.toMatchObject(stuck);
  await expect(read(await cursor())).rejects.toMatchObject(stuck);
  const updateGroupDetails = { type: models.UpdateGroupDetails.Type.TrimHorizon };
  await bench.data.updateGroup({ streamId, groupName: 'billing', updateGroupDetails });
  expect((await read(await cursor())).items.map(({ value }) => text(value))).toEqual(['kept']);
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

test('a brown-out slows down more and more', async () => {
  await using bench = await openBench();
  const { clock, regions } = bench.emulator;
  await bench.emulator.setFaults(bench.region, { latencyMs: { fromMs: 0, toMs: 60_000, overMs: 1_000_000 } });
  clock.advance(500_000);
  let status = 0;
  const call = fetch(regions[bench.region]!.concat('/20180418/streams')).then(
    (reply) => (status = reply.status),
  );
  await expect.poll(() => bench.emulator.faults()[bench.region]![0]!.hits).toBe(1);
  clock.advance(29_000);
  expect(status).toBe(0);
  clock.advance(2000);
  await call;
  expect(status).toBe(400);
});

test('a rule that flaps is in force and is not, by turns', async () => {
  await using bench = await openBench();
  await bench.emulator.setFaults(bench.region, {
    status: 500,
    afterMs: 1000,
    forMs: 30_000,
    flap: { downMs: 10_000, upMs: 5000 },
  });
  const url = `${bench.emulator.regions[bench.region]!}/20180418/streams`;
  const seen: number[] = [];
  for (const ms of [0, 1000, 9000, 1000, 5000, 10_000, 5000]) {
    bench.emulator.clock.advance(ms);
    seen.push((await fetch(url)).status);
  }
  expect(seen).toEqual([400, 500, 500, 400, 500, 400, 400]);
  expect(bench.emulator.faults()[bench.region]).toMatchObject([{ hits: 3, over: true }]);
});

test('only one plane fails when a rule says so', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench);
  await bench.emulator.setFaults(bench.region, { plane: 'admin', status: 500 });
  await put(bench, id, ['a']);
  await expect(bench.admin.getStream({ streamId: id })).rejects.toMatchObject({ statusCode: 500 });
});

test('a call that hangs is not answered until the emulator closes', async () => {
  const bench = await openBench();
  const { id } = await activeStream(bench);
  await bench.emulator.setFaults(bench.region, { hang: true });
  const hanging = put(bench, id, ['a']).then(
    () => 'answered',
    () => 'cut',
  );
  await expect
    .poll(() => bench.emulator.state().regions[bench.region]!.calls['PutMessages'])
    .toEqual({ hang: 1 });
  await bench[Symbol.asyncDispose]();
  expect(await hanging).toBe('cut');
});
