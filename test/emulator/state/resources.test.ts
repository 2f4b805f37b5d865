import { expect, test } from 'vitest';
import { Service } from '../operations/service.ts';
import { applyRetention } from '../../../emulator/state/resources.ts';

const HOUR_MS = 3_600_000;

function streamWithAGroup() {
  const service = new Service();
  const id = service.stream();
  service.put(id, ['old']);
  service.groupCursor(id, { groupName: 'idle' });
  service.now += 20 * HOUR_MS;
  service.put(id, ['new']);
  const stream = service.region.streams.get(id)!;
  return { stream, now: service.now };
}

const countOf = (stream: ReturnType<typeof streamWithAGroup>['stream']): number =>
  stream.partitions.reduce((sum, log) => sum + log.count, 0);

test('messages and unused groups end with the retention of their stream, and not before', () => {
  const { stream, now } = streamWithAGroup();
  applyRetention(stream, now);
  expect([countOf(stream), stream.groups.size]).toEqual([2, 1]);
  applyRetention(stream, now + 5 * HOUR_MS);
  expect([countOf(stream), stream.groups.size]).toEqual([1, 0]);
});

test('a shorter retention, which a fault asks for, removes messages only', () => {
  const { stream, now } = streamWithAGroup();
  applyRetention(stream, now, HOUR_MS);
  expect([countOf(stream), stream.groups.size]).toEqual([1, 1]);
});
