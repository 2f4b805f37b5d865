import { describe, expect, test } from 'vitest';

import { Batch, BatchQueue } from '../../../runtime/consumer/batch-queue.ts';

const origin = { region: 'sa-saopaulo-1', role: 'primary', stream: 'ocid1.stream.oc1..a' } as const;

function batchOf(...offsets: readonly number[]): Batch {
  const stored = (offset: number) => ({
    partition: '0',
    offset,
    key: null,
    value: new Uint8Array(),
    timestamp: '2026-11-23T12:00:00.000Z',
  });
  return new Batch(origin, offsets.map(stored));
}

describe('a batch', () => {
  test('H6: gives its messages in order, and is finished when the last one is handled', async () => {
    const batch = batchOf(3, 5);
    expect(batch.current()).toMatchObject({ offset: 3, endsRead: false });
    batch.advance();
    expect(batch.current()).toMatchObject({ offset: 5, endsRead: true });
    expect(batch.unhandled().map(({ offset }) => offset)).toEqual([5]);
    expect(batch.isFinished).toBe(false);
    batch.advance();
    expect(batch.current()).toBeUndefined();
    expect(batch.isFinished).toBe(true);
    await batch.finished;
  });
});

describe('the queue', () => {
  test('H6: a batch that is put back is the next one that is taken', async () => {
    const queue = new BatchQueue();
    const [first, second] = [batchOf(1), batchOf(2)];
    queue.offer(first);
    queue.offer(second);
    const taken = await queue.take();
    queue.putBack(taken!);
    expect(await queue.take()).toBe(first);
    expect(await queue.take()).toBe(second);
  });

  test('H23, H6: of one region, a batch waits until the one before it is handled; of another region it does not', async () => {
    const queue = new BatchQueue();
    const [first, other] = [batchOf(1), batchOf(1)];
    const second = new Batch(origin, first.unhandled(), undefined, first);
    for (const batch of [first, second, other]) queue.offer(batch);
    expect(await queue.take()).toBe(first);
    expect(second.isNext).toBe(false);
    expect(await queue.take()).toBe(other);
    const next = queue.take();
    first.current();
    first.advance();
    expect(second.isNext).toBe(true);
    expect(await next).toBe(second);
  });

  test('H6: each batch goes to one loop, also when two wait for it', async () => {
    const queue = new BatchQueue();
    const ends = new AbortController();
    const loops = [queue.take(ends.signal), queue.take(ends.signal)];
    const only = batchOf(1);
    queue.offer(only);
    expect(await Promise.race(loops)).toBe(only);
    ends.abort();
    expect((await Promise.all(loops)).filter((batch) => batch !== undefined)).toEqual([only]);
  });

  test('INV-11: after a failure the batches of the queue are still taken, then it rejects', async () => {
    const queue = new BatchQueue();
    const waiting = queue.take();
    const batch = batchOf(1);
    queue.offer(batch);
    queue.fail(new Error('refused'));
    expect(await waiting).toBe(batch);
    await expect(queue.take()).rejects.toThrow('refused');
  });

  test('H15, INV-11: with an aborted signal it gives no batch, and tells no failure', async () => {
    const queue = new BatchQueue();
    queue.offer(batchOf(1));
    expect(await queue.take(AbortSignal.abort())).toBeUndefined();
    const failed = new BatchQueue();
    failed.fail(new Error('refused'));
    expect(await failed.take(AbortSignal.abort())).toBeUndefined();
  });

  test('H15, INV-11: the first failure is told, to each taker', async () => {
    const failed = new BatchQueue();
    failed.fail(new Error('first'));
    failed.fail(new Error('second'));
    await expect(failed.take()).rejects.toThrow('first');
    await expect(failed.take()).rejects.toThrow('first');
  });

  test('H15: an aborted take leaves the batch to the next one', async () => {
    const queue = new BatchQueue();
    const enough = new AbortController();
    const aborted = queue.take(enough.signal);
    enough.abort();
    const batch = batchOf(1);
    queue.offer(batch);
    expect(await aborted).toBeUndefined();
    expect(await queue.take()).toBe(batch);
  });
});
