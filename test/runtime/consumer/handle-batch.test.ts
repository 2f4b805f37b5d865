import { getEventListeners } from 'node:events';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Batch } from '../../../runtime/consumer/batch-queue.ts';
import { claim } from '../../../runtime/consumer/handle-batch.ts';
import type { BatchHandler, ConsumedMessage } from '../../../runtime/consumer/index.ts';
import { EnvelopeWriter } from '../../../runtime/core/index.ts';
import { textsOf, World } from './world.ts';

/** Messages of which the handler fails with any that a test calls bad. */
class BatchWorld extends World {
  readonly calls: string[][] = [];
  readonly dead: string[] = [];
  readonly bad = new Set<string>();

  runInBatches(ms = 0): Promise<void> {
    const handler: BatchHandler = async (messages) => {
      if (ms > 0) await this.clock.sleep(ms);
      const texts = textsOf(messages);
      this.calls.push(texts);
      if (texts.some((text) => this.bad.has(text))) throw new Error(`bad: ${texts.join()}`);
      this.received.push(...texts);
    };
    const onDeadLetter = (message: ConsumedMessage): unknown => this.dead.push(message.text());
    return this.consumer.run(handler, { batch: true, onDeadLetter });
  }
}

describe('a handler of batches', () => {
  test('H24: gets all messages of a read at once, and they are committed when it is done', async () => {
    await using world = new BatchWorld({ options: { readLimit: 3 } });
    const { primary, clock } = world;
    primary.store(0, 'one', 'two', 'three', 'four');
    void world.runInBatches(1_000);
    await clock.pass(900);
    expect(primary.uncommitted()).toEqual(['one', 'two', 'three', 'four']);
    await clock.pass(1_000);
    expect(primary.uncommitted()).toEqual(['four']);
    await clock.pass(3_000);

    expect(world.calls).toEqual([['one', 'two', 'three'], ['four']]);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H24, H7: one that fails gets the same messages again, and nothing is committed meanwhile', async () => {
    await using world = new BatchWorld();
    const { primary, clock } = world;
    primary.store(0, 'one', 'two');
    world.bad.add('two');
    void world.runInBatches();
    await clock.pass(200);
    expect(primary.committed.size).toBe(0);
    expect(world.events[0]).toMatchObject({ type: 'handler-failed', offset: 0, messages: 2, attempt: 1 });
    world.bad.clear();
    await clock.pass(5_000);

    expect(world.calls.every((texts) => texts.join() === 'one,two')).toBe(true);
    expect(world.received).toEqual(['one', 'two']);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H24: one bad message becomes a dead letter, and its neighbours do not', async () => {
    await using world = new BatchWorld({ options: { maxHandlerAttempts: 2 } });
    const { primary, clock } = world;
    primary.store(0, 'one', 'two', 'three');
    world.bad.add('two');
    void world.runInBatches();
    await clock.pass(10_000);

    const whole = ['one', 'two', 'three'];
    expect(world.calls).toEqual([whole, whole, ['one'], ['two'], ['two'], ['three']]);
    expect(world.received).toEqual(['one', 'three']);
    expect(world.dead).toEqual(['two']);
    expect(primary.uncommitted()).toEqual([]);
    const failures = world.events.flatMap((event) =>
      event.type === 'handler-failed' ? [[event.messages, event.offset, event.retryInMs]] : [],
    );
    expect(failures).toEqual([
      [3, 0, expect.any(Number)],
      [3, 0, 0],
      [1, 3, expect.any(Number)],
      [1, 3, undefined],
    ]);
  });

  test('H24, H7: a batch of one message is tried as often as any message', async () => {
    await using world = new BatchWorld({ options: { maxHandlerAttempts: 2 } });
    const { primary, clock } = world;
    primary.store(0, 'one');
    world.bad.add('one');
    void world.runInBatches();
    await clock.pass(10_000);

    expect(world.calls).toEqual([['one'], ['one']]);
    expect(world.dead).toEqual(['one']);
  });

  test('H24, H7: without a place for dead letters the run stops there, and what comes before is committed', async () => {
    await using world = new BatchWorld({ options: { maxHandlerAttempts: 2 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two', 'three');
    const cause = new Error('never');
    const run = consumer.run(
      (messages) => {
        if (textsOf(messages).includes('two')) throw cause;
      },
      { batch: true },
    );
    await expect(clock.passUntil(run, 20_000)).rejects.toMatchObject({
      code: 'HANDLER',
      message: expect.stringContaining('partition 0, offset 3'),
      cause,
    });
    await world.close();
    expect(primary.uncommitted()).toEqual(['two', 'three']);
  });

  test('H24, H15: closing waits for the batch in hand, and commits it', async () => {
    await using world = new BatchWorld({ options: { readLimit: 2 } });
    const { primary, clock } = world;
    primary.store(0, 'one', 'two', 'three', 'four', 'five');
    const run = world.runInBatches(1_000);
    await clock.pass(1_500);
    await world.close();
    await run;

    expect(world.calls).toEqual([
      ['one', 'two'],
      ['three', 'four'],
    ]);
    expect(primary.uncommitted()).toEqual(['five']);
  });

  test('H24, H15: a run that ends while a batch waits to be tried again has not handled it', async () => {
    await using world = new BatchWorld();
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two');
    const enough = new AbortController();
    const run = consumer.run(() => Promise.reject(new Error('no')), { batch: true, signal: enough.signal });
    await clock.pass(100);
    enough.abort();
    await clock.passUntil(run, 1_000);
    void world.readOn();
    await clock.pass(1_000);

    expect(world.received).toEqual(['one', 'two']);
  });

  test('H24, H15: a run that ends while a batch waits to be tried again ends at once, without another call', async () => {
    await using world = new BatchWorld();
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two');
    const enough = new AbortController();
    let [calls, hasEnded] = [0, false];
    const handler = (): never => {
      calls += 1;
      throw new Error('no');
    };
    const run = consumer.run(handler, { batch: true, signal: enough.signal });
    void run.then(() => {
      hasEnded = true;
    });
    await clock.pass(100);
    const callsBefore = calls;
    enough.abort();
    await clock.pass(0);
    expect(hasEnded).toBe(true);
    await clock.pass(10_000);

    expect(calls).toBe(callsBefore);
    expect(callsBefore).toBeGreaterThan(0);
  });

  test('H24, H15: a call that fails as the run ends is the last one, and what it failed with is no dead letter', async () => {
    await using world = new BatchWorld({ options: { maxHandlerAttempts: 1 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two');
    const enough = new AbortController();
    const onDeadLetter = (message: ConsumedMessage): unknown => world.dead.push(message.text());
    const run = consumer.run(
      () => {
        enough.abort();
        throw new Error('no');
      },
      { batch: true, signal: enough.signal, onDeadLetter },
    );
    await clock.passUntil(run, 10_000);
    void world.readOn();
    await clock.pass(1_000);

    expect(world.dead).toEqual([]);
    expect(world.received).toEqual(['one', 'two']);
  });

  test.each(['succeeds', 'fails'])(
    'H24, H15: when the run ends as a message by itself %s, the next one is not begun, and is not handled',
    async (ending) => {
      await using world = new BatchWorld({ options: { maxHandlerAttempts: 2 } });
      const { primary, clock, consumer } = world;
      primary.store(0, 'one', 'two', 'three');
      const enough = new AbortController();
      const run = consumer.run(
        (messages) => {
          world.calls.push(textsOf(messages));
          if (messages.length > 1) throw new Error('no');
          if (textsOf(messages).join() !== 'two') return;
          enough.abort();
          if (ending === 'fails') throw new Error('no');
        },
        { batch: true, signal: enough.signal },
      );
      await clock.passUntil(run, 10_000);
      await world.close();

      const whole = ['one', 'two', 'three'];
      expect(world.calls).toEqual([whole, whole, ['one'], ['two']]);
      expect(primary.uncommitted()).toEqual(ending === 'fails' ? ['two', 'three'] : ['three']);
    },
  );

  test('H24, INV-3: copies are left out, those of one batch too', async () => {
    await using world = new BatchWorld({ options: { envelope: true } });
    const { primary, secondary, clock, consumer } = world;
    const writer = new EnvelopeWriter('0123456789abcdefghij');
    const [one, two, three] = ['one', 'two', 'three'].map((text) =>
      Buffer.from(writer.wrap({ key: null, value: Buffer.from(text) }, clock.wall()), 'base64'),
    );
    for (const value of [one, two, one, three]) primary.storeBytes(0, null, value!);
    for (const value of [two, one]) secondary.storeBytes(0, null, value!);
    void world.runInBatches(300);
    void world.runInBatches(300);
    await clock.pass(5_000);

    expect(world.received.toSorted()).toEqual(['one', 'three', 'two']);
    expect(consumer.stats()).toMatchObject({ copies: 3, received: 6, committed: 6 });
  });

  test('H24, H6: whatever fails, each message is handled or a dead letter once, in order', async () => {
    const plan = fc.record({
      readLimit: fc.integer({ min: 1, max: 5 }),
      count: fc.nat(20),
      bad: fc.uniqueArray(fc.nat(20), { maxLength: 4 }),
      ms: fc.constantFrom(0, 50, 3_000),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ readLimit, count, bad, ms }) => {
        await using world = new BatchWorld({ options: { readLimit, maxHandlerAttempts: 2 } });
        const texts = Array.from({ length: count }, (_, index) => `${index}`);
        world.primary.store(0, ...texts);
        for (const each of bad) world.bad.add(`${each}`);
        void world.runInBatches(ms);
        await world.clock.pass(300_000);

        expect(world.received).toEqual(texts.filter((text) => !world.bad.has(text)));
        expect(world.dead).toEqual(texts.filter((text) => world.bad.has(text)));
        expect(world.primary.uncommitted()).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a message of which another loop has a copy', () => {
  test('I1: waits for it, and keeps no listener of the signal', async () => {
    const message = {} as ConsumedMessage;
    const copies = [Promise.resolve(), Promise.resolve(), undefined];
    const batch = { current: () => message, claim: () => copies.shift() } as unknown as Batch;
    const { signal } = new AbortController();

    expect(await claim(batch, signal)).toBe(message);
    expect(copies).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
