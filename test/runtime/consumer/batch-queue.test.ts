import { describe, expect, test } from 'vitest';

import { Batch, BatchQueue } from '../../../runtime/consumer/batch-queue.ts';
import { Deduplicator } from '../../../runtime/consumer/deduplicator.ts';
import { EnvelopeWriter } from '../../../runtime/core/index.ts';
import type { StoredMessage } from '../../../runtime/region.ts';

const origin = { region: 'sa-saopaulo-1', role: 'primary', stream: 'ocid1.stream.oc1..a' } as const;

function stored(offset: number, value: Uint8Array = new Uint8Array()): StoredMessage {
  return { partition: '0', offset, key: null, value, timestamp: '2026-11-23T12:00:00.000Z' };
}

function batchOf(...offsets: readonly number[]): Batch {
  return new Batch(
    origin,
    offsets.map((offset) => stored(offset)),
  );
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

  test('H24: only what was taken together counts as handled together', () => {
    const deduplicator = new Deduplicator({ settings: { envelope: true, fromDeadLetters: undefined } });
    const writer = new EnvelopeWriter('0123456789abcdefghij');
    const messages = Array.from({ length: 5 }, (_, offset) => {
      const value = writer.wrap({ key: null, value: Buffer.of(offset) }, 0);
      return stored(offset, Buffer.from(value, 'base64'));
    });
    const elsewhere = new Batch(origin, [messages[2]!], deduplicator);
    expect(elsewhere.claimAll()).toHaveLength(1);
    const batch = new Batch(origin, messages, deduplicator);
    batch.current();
    batch.advance();
    expect(batch.claimAll()).toMatchObject([{ offset: 1 }]);
    batch.advanceClaimed();

    expect(batch.unhandled().map(({ offset }) => offset)).toEqual([2, 3, 4]);
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

  test('H6: a loop that waits takes a batch that another one puts back', async () => {
    const queue = new BatchQueue();
    const batch = batchOf(1);
    queue.offer(batch);
    await queue.take();
    const waiting = queue.take();
    queue.putBack(batch);
    expect(await waiting).toBe(batch);
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

  test('INV-11, H23: also a batch that waits for the one before it', async () => {
    const queue = new BatchQueue();
    const first = batchOf(1);
    const second = new Batch(origin, [stored(2)], undefined, first);
    queue.offer(first);
    queue.offer(second);
    queue.fail(new Error('refused'));
    await queue.take();
    const next = queue.take();
    first.current();
    first.advance();
    expect(await next).toBe(second);
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
