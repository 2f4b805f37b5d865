import { expect, test } from 'vitest';
import { refused, Service } from './service.ts';

const UNRESERVED = refused(400, 'InvalidParameter', 'Trying to commit unreserved partition 0');

test('the next get commits the last answer, and a restart begins after the commit', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0', '1', '2', '3']);
  const first = service.read(id, service.groupCursor(id), 2);
  expect(first.values).toEqual(['0', '1']);
  expect(service.group(id).reservations[0].committedOffset).toBeUndefined();
  const second = service.read(id, first.next, 1);
  expect(service.group(id).reservations).toMatchObject([
    {
      partition: '0',
      committedOffset: 1,
      reservedInstance: 'one',
      timeReservedUntil: '2026-11-23T12:00:30.000Z',
    },
  ]);
  // Asking again with the same cursor, because the answer was lost, gives the same messages.
  expect(service.read(id, first.next, 1).values).toEqual(second.values);
  expect(service.read(id, service.groupCursor(id, { type: 'LATEST' })).values).toEqual(['2', '3']);
});

test('without commitOnGet only a commit commits', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0', '1', '2', '3']);
  const cursor = () => service.groupCursor(id, { commitOnGet: false });
  const first = service.read(id, cursor(), 2);
  const second = service.read(id, first.next, 1);
  expect(second.values).toEqual(['2']);
  expect(service.read(id, cursor(), 1).values).toEqual(['0']);
  const { value } = service.commit(id, first.next).body as { value: string };
  expect(service.group(id).reservations[0].committedOffset).toBe(1);
  expect(service.read(id, value).values).toEqual(['2', '3']);
  service.commit(id, second.next);
  // A commit never goes back.
  expect(service.commit(id, first.next).status).toBe(200);
  expect(service.group(id).reservations[0].committedOffset).toBe(2);
});

test('members share the partitions, each alone with its own', () => {
  const service = new Service();
  const id = service.stream({ partitions: 4 });
  let one = service.read(id, service.groupCursor(id)).next;
  const held = (): unknown[] =>
    service
      .group(id)
      .reservations.map(({ reservedInstance }: { reservedInstance?: string }) => reservedInstance);
  expect(held()).toEqual(['one', 'one', 'one', 'one']);
  let two = service.read(id, service.groupCursor(id, { instanceName: 'two' })).next;
  expect(held()).toEqual(['one', 'one', 'one', 'one']);
  one = service.read(id, one).next;
  two = service.read(id, two).next;
  expect(held()).toEqual(['one', 'one', 'two', 'two']);
  service.now += 20_000;
  two = service.read(id, two).next;
  service.now += 11_000;
  service.read(id, two);
  expect(held()).toEqual(['two', 'two', 'two', 'two']);
});

test('a rebalance loses nothing and repeats nothing', () => {
  const service = new Service();
  const id = service.stream({ partitions: 4 });
  const all = Array.from({ length: 200 }, (_, index) => String(index));
  for (const value of all) service.put(id, [value], value);
  const cursors = { one: service.groupCursor(id), two: service.groupCursor(id, { instanceName: 'two' }) };
  const got: string[] = [];
  for (let round = 0; round < 60; round++) {
    const name = round > 5 && round % 2 === 0 ? 'two' : 'one';
    const { values, next, reply } = service.read(id, cursors[name], 7);
    expect(reply.status).toBe(200);
    got.push(...values);
    cursors[name] = next;
  }
  expect(got.map(Number).sort((a, b) => a - b)).toEqual(all.map(Number));
});

test('a member that was silent loses its partitions, and may not commit', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0', '1']);
  const { next } = service.read(id, service.groupCursor(id), 1);
  service.now += 29_999;
  const kept = service.heartbeat(id, next);
  service.now += 29_999;
  expect(service.group(id).reservations[0].reservedInstance).toBe('one');
  service.now += 1;
  expect(service.group(id).reservations[0].reservedInstance).toBeUndefined();
  expect(service.read(id, kept).reply).toMatchObject(UNRESERVED);
  expect(service.commit(id, kept)).toMatchObject(UNRESERVED);
  expect(service.read(id, service.groupCursor(id, { instanceName: 'two' })).values).toEqual(['0', '1']);
});

test('more members than partitions: the extra one waits with empty answers', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0']);
  const one = service.read(id, service.groupCursor(id));
  expect(one.values).toEqual(['0']);
  expect(service.read(id, service.groupCursor(id, { instanceName: 'two' })).values).toEqual([]);
});

test('no partition waits for ever behind a busy one', () => {
  const service = new Service();
  const id = service.stream({ partitions: 2 });
  for (let index = 0; index < 40; index++) service.put(id, [String(index)], String(index % 8));
  let cursor = service.groupCursor(id);
  const partitions: string[] = [];
  for (let index = 0; index < 4; index++) {
    const answer = service.read(id, cursor, 1);
    partitions.push(answer.messages[0]!.partition);
    cursor = answer.next;
  }
  expect(partitions).toEqual(['0', '1', '0', '1']);
});

test('a reset takes the group back, and older cursors along with it', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0', '1']);
  const first = service.read(id, service.groupCursor(id));
  const second = service.read(id, first.next);
  expect(service.ask('PUT', `/streams/${id}/groups/g`, { body: { type: 'TRIM_HORIZON' } }).status).toBe(204);
  expect(service.read(id, second.next).values).toEqual(['0', '1']);
  service.ask('PUT', `/streams/${id}/groups/g`, { body: { type: 'LATEST' } });
  expect(service.read(id, first.next).values).toEqual([]);
  expect(service.ask('PUT', `/streams/${id}/groups/g`, { body: { type: 'AT_TIME' } })).toMatchObject(
    refused(400, 'MissingParameter', 'time is required'),
  );
  expect(service.ask('PUT', `/streams/${id}/groups/g`).status).toBe(204);
  expect(service.ask('GET', `/streams/${id}/groups/none`).status).toBe(404);
});

test('a group that retention overtook stays stuck until it is reset', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0', '1', '2']);
  service.read(id, service.read(id, service.groupCursor(id), 1).next, 1);
  const outside = refused(
    400,
    'InvalidParameter',
    'The cursor is outside the retention period and is now invalid.',
  );
  service.now += 12 * 3_600_000;
  service.read(id, service.groupCursor(id), 1);
  service.now += 13 * 3_600_000;
  service.put(id, ['3']);
  expect(service.read(id, service.groupCursor(id)).reply).toMatchObject(outside);
  expect(service.read(id, service.groupCursor(id, { type: 'TRIM_HORIZON' })).reply).toMatchObject(outside);
  service.ask('PUT', `/streams/${id}/groups/g`, { body: { type: 'TRIM_HORIZON' } });
  expect(service.read(id, service.groupCursor(id)).values).toEqual(['3']);
});

test('a group that nobody used for the retention time is gone, its commits too', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0']);
  service.read(id, service.read(id, service.groupCursor(id)).next);
  service.now += 24 * 3_600_000 + 1;
  expect(service.ask('GET', `/streams/${id}/groups/g`).status).toBe(404);
});

test.each([{ timeoutInMs: 1e308 }, { expiration: 1e308 }])('a cursor that says %j is none', (lie) => {
  const service = new Service();
  const id = service.stream();
  const honest = JSON.parse(Buffer.from(service.groupCursor(id), 'base64url').toString()) as object;
  const cursor = Buffer.from(JSON.stringify({ ...honest, ...lie })).toString('base64url');
  expect(service.ask('GET', `/streams/${id}/messages`, { query: { cursor } })).toMatchObject(
    refused(400, 'InvalidParameter', 'The cursor is invalid. Create a new one.'),
  );
  expect(service.ask('GET', `/streams/${id}/groups/g`).status).toBe(200);
});

test('for a group that exists type and time are of no account, not even whether they are there', () => {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['0', '1']);
  const body = { groupName: 'g', type: 'AT_TIME', instanceName: 'one' };
  const ask = () => service.ask('POST', `/streams/${id}/groupCursors`, { body });
  expect(ask()).toMatchObject(refused(400, 'MissingParameter', 'time is required'));
  service.groupCursor(id);
  expect(service.read(id, (ask().body as { value: string }).value).values).toEqual(['0', '1']);
});

test.each(['commit', 'heartbeat', 'get'] as const)(
  'a %s keeps the reservation for another time-out',
  (how) => {
    const service = new Service();
    const id = service.stream();
    service.put(id, ['0', '1', '2']);
    const { next } = service.read(id, service.groupCursor(id, { timeoutInMs: 10_000 }), 1);
    service.now += 9_000;
    if (how === 'commit') service.commit(id, next);
    else if (how === 'heartbeat') service.heartbeat(id, next);
    else service.read(id, next, 1);
    const until = (ms: number) => new Date(service.now + ms).toISOString();
    expect(service.group(id).reservations[0].timeReservedUntil).toBe(until(10_000));
    service.now += 9_999;
    expect(service.group(id).reservations[0].reservedInstance).toBe('one');
    service.now += 1;
    expect(service.group(id).reservations[0].reservedInstance).toBeUndefined();
  },
);

test('a reset leaves the partitions with those who hold them, and forgets what they had not committed', () => {
  const service = new Service();
  const id = service.stream({ partitions: 2 });
  for (let index = 0; index < 8; index++) service.put(id, [String(index)], String(index));
  const { next, values } = service.read(id, service.groupCursor(id, { commitOnGet: false }), 1);
  const held = () =>
    service
      .group(id)
      .reservations.map(({ reservedInstance }: { reservedInstance?: string }) => reservedInstance);
  expect(held()).toEqual(['one', 'one']);
  service.ask('PUT', `/streams/${id}/groups/g`, { body: { type: 'TRIM_HORIZON' } });
  expect(held()).toEqual(['one', 'one']);
  // The cursor is of an older generation: what it stands for is neither committed nor passed over.
  expect(service.commit(id, next).status).toBe(200);
  expect(
    service
      .group(id)
      .reservations.map(({ committedOffset }: { committedOffset?: number }) => committedOffset),
  ).toEqual([undefined, undefined]);
  const again: string[] = [];
  let cursor = next;
  for (let read = 0; read < 4; read++) {
    const answer = service.read(id, cursor);
    again.push(...answer.values);
    cursor = answer.next;
  }
  expect(again).toContain(values[0]);
  expect(again.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
});

test('who has too many partitions lets go first of those without anything uncommitted', () => {
  const service = new Service();
  const id = service.stream({ partitions: 4 });
  for (let index = 0; index < 40; index++) service.put(id, [String(index)], String(index));
  // Reads of the last two partitions alone, so that these have messages that are not committed.
  let cursor = service.groupCursor(id, { commitOnGet: false });
  const group = service.region.streams.get(id)!.groups.get('g')!;
  const uncommitted: string[] = [];
  for (let read = 0; read < 2; read++) {
    group.recordHeartbeat('one', 30_000, service.now);
    group.recordRead('one', 1 + read);
    const answer = service.read(id, cursor, 1);
    uncommitted.push(answer.messages[0]!.partition);
    cursor = answer.next;
  }
  expect(uncommitted).toEqual(['2', '3']);
  service.read(id, service.groupCursor(id, { instanceName: 'two' }));
  service.read(id, cursor, 1);
  const held: (string | undefined)[] = service
    .group(id)
    .reservations.map(({ reservedInstance }: { reservedInstance?: string }) => reservedInstance);
  expect(held).toEqual([undefined, undefined, 'one', 'one']);
});

test('a cursor that stands for 200 partitions, the most that a tenancy has, fits into a call', () => {
  const service = new Service();
  const id = service.stream({ partitions: 200 });
  for (let index = 0; index < 3_000; index++) service.put(id, ['v'], String(index));
  let cursor = service.groupCursor(id, { commitOnGet: false });
  const met = new Set<string>();
  for (let read = 0; read < 200; read++) {
    const answer = service.read(id, cursor);
    for (const { partition } of answer.messages) met.add(partition);
    cursor = answer.next;
  }
  expect(met.size).toBe(200);
  // 8 KiB is what proxies let through, 16 KiB what Node takes for all headers and the path.
  expect(cursor.length).toBeLessThan(8_000);
  expect(service.commit(id, cursor).status).toBe(200);
});
