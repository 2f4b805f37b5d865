import { getEventListeners } from 'node:events';

import { describe, expect, test } from 'vitest';

import { EnvelopeWriter } from '../../../runtime/core/index.ts';
import { World } from './world.ts';

describe('for await', () => {
  test('H6: hands out messages with all that is known of them', async () => {
    await using world = new World();
    world.primary.store(0, 'one');
    const messages = world.consumer[Symbol.asyncIterator]();
    const { value: message } = await world.clock.passUntil(messages.next(), 1_000);

    expect(message).toMatchObject({
      region: 'sa-saopaulo-1',
      role: 'primary',
      stream: world.primary.stream.ocid,
      partition: '0',
      offset: 0,
      key: null,
      timestamp: '2026-11-23T12:00:00.000Z',
    });
    expect(message?.text()).toBe('one');
    expect(message?.keyText()).toBe(null);
  });

  test('H6: counts a message as handled when the next one is asked for', async () => {
    await using world = new World();
    const { primary } = world;
    primary.store(0, 'one', 'two');
    for await (const message of driven(world)) {
      if (message.text() === 'two') break;
    }
    await world.close();

    expect(primary.uncommitted()).toEqual(['two']);
  });

  test('H7: hands out again, in the next loop, what a loop was left with', async () => {
    await using world = new World();
    world.primary.store(0, 'one', 'two', 'three');
    const failing = async (): Promise<void> => {
      for await (const message of driven(world)) {
        world.received.push(message.text());
        if (message.text() === 'two') throw new Error('of the loop');
      }
    };
    await expect(failing()).rejects.toThrow('of the loop');
    void world.readOn();
    await world.clock.pass(1_000);

    expect(world.received).toEqual(['one', 'two', 'two', 'three']);
  });

  test('I1: is refused when the consumer is closed', async () => {
    await using world = new World();
    const messages = world.consumer[Symbol.asyncIterator]();
    await world.close();

    await expect(messages.next()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('H6: is refused while consumeOnce is under way', async () => {
    await using world = new World();
    const once = world.consumer.consumeOnce();
    const messages = world.consumer[Symbol.asyncIterator]();
    await expect(messages.next()).rejects.toMatchObject({ code: 'CONFIG' });

    expect(await world.clock.passUntil(once, 20_000)).toEqual([]);
  });

  test('H15: ends when the consumer is closed, and commits the message in hand', async () => {
    await using world = new World();
    world.primary.store(0, 'one', 'two', 'three');
    let closed: Promise<void> | undefined;
    for await (const message of driven(world)) {
      world.received.push(message.text());
      if (message.text() === 'two') closed = world.consumer.close();
    }
    await closed;

    expect(world.received).toEqual(['one', 'two']);
    expect(world.primary.uncommitted()).toEqual(['three']);
  });

  test('I1: does not hold up the end for long when nobody asks again', async () => {
    await using world = new World();
    world.primary.store(0, 'one', 'two');
    const messages = world.consumer[Symbol.asyncIterator]();
    await world.clock.passUntil(messages.next(), 1_000);
    const before = world.clock.now();
    await world.close();

    expect(world.clock.now() - before).toBe(1_000);
    expect(world.primary.uncommitted()).toEqual(['one', 'two']);
  });
});

describe('without the setting `envelope`', () => {
  test('INV-3: messages are handed out as they are stored, envelope and copies too', async () => {
    const ids: string[] = [];
    const handledIds = { load: () => ids.push('loaded'), append: async () => {} };
    await using world = new World({ handledIds });
    const value = new EnvelopeWriter('0123456789abcdefghij').wrap(
      { key: null, value: Buffer.from('one') },
      world.clock.wall(),
    );
    const event = Buffer.from(value, 'base64');
    for (let copy = 0; copy < 2; copy++) world.primary.storeBytes(0, null, event);
    void world.readOn();
    await world.clock.pass(1_000);

    expect(world.received).toEqual([event.toString(), event.toString()]);
    expect(ids).toEqual([]);
  });
});

describe('run', () => {
  test.each([undefined, null, {}, 'handler'])(
    'I1: rejects at once when the handler is %o',
    async (handler) => {
      await using world = new World();
      world.primary.store(0, 'one');
      const run = world.consumer.run(handler as never);

      await expect(run).rejects.toMatchObject({
        code: 'CONFIG',
        message: expect.stringMatching(/^run: the handler is .*; give a function\.$/),
      });
      expect(world.primary.calls).toEqual([]);
    },
  );

  test('H15: ends when its signal aborts, after the message in hand', async () => {
    await using world = new World();
    world.primary.store(0, 'one', 'two', 'three');
    const enough = new AbortController();
    const run = world.consumer.run(
      (message) => {
        world.received.push(message.text());
        if (message.text() === 'two') enough.abort();
      },
      { signal: enough.signal },
    );
    await world.clock.pass(1_000);
    await run;
    void world.readOn();
    await world.clock.pass(1_000);

    expect(world.received).toEqual(['one', 'two', 'three']);
  });

  test('H15: ends when its signal aborts while nothing comes, or while the handler is waited for', async () => {
    await using world = new World();
    const enough = new AbortController();
    const idle = world.consumer.run(() => {}, { signal: enough.signal });
    await world.clock.pass(1_000);
    enough.abort();
    await idle;
    world.primary.store(0, 'one');
    const again = new AbortController();
    const failing = world.consumer.run(() => Promise.reject(new Error('no')), { signal: again.signal });
    await world.clock.pass(1_100);
    again.abort();

    await expect(failing).resolves.toBeUndefined();
  });
});

describe('a signal that outlives runs', () => {
  test.each([false, true])('I1: keeps no listener of them, with batch: %s', async (batch) => {
    await using world = new World({ options: { readLimit: 2, envelope: true } });
    world.primary.store(0, 'one', 'two', 'three');
    const outer = new AbortController();
    const handler = (): Promise<void> => world.clock.sleep(100);
    const run = batch
      ? world.consumer.run(handler, { batch, signal: outer.signal })
      : world.consumer.run(handler, { signal: outer.signal });
    await world.clock.pass(5_000);
    expect(getEventListeners(outer.signal, 'abort')).toHaveLength(1);
    await world.close();
    await run;

    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });

  test('H15: and has aborted already, lets no message be handled', async () => {
    await using world = new World();
    world.primary.store(0, 'one');
    await world.consumer.run((message) => world.received.push(message.text()), {
      signal: AbortSignal.abort(),
    });
    await world.clock.pass(1_000);

    expect(world.received).toEqual([]);
  });
});

/** The messages of a loop that time passes for while it waits. */
async function* driven(world: World) {
  const messages = world.consumer[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await world.clock.passUntil(messages.next(), 1_000);
      if (done === true) return;
      yield value;
    }
  } finally {
    await messages.return();
  }
}
