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
