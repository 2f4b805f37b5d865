import { describe, expect, test } from 'vitest';

import { handle } from '../../../runtime/consumer/handle-message.ts';
import type { ConsumedMessage } from '../../../runtime/consumer/index.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { World } from './world.ts';

/** Its result is of no use to a consumer, but may be awaited. */
function thenable(end: (done: () => void, fail: (error: unknown) => void) => void): unknown {
  // oxlint-disable-next-line unicorn/no-thenable
  return Object.assign(() => {}, { then: end });
}

describe('what a handler gives back', () => {
  const parts = {
    onDeadLetter: undefined,
    settings: readSettings({ compartmentId: 'ocid1.compartment.oc1..a', maxHandlerAttempts: 1 }, {}),
    clock: new VirtualClock(),
    emit: () => {},
    signal: new AbortController().signal,
  };
  const message = {} as ConsumedMessage;

  // oxlint-disable-next-line unicorn/no-thenable
  test.each([undefined, null, 0, '', 'then', true, {}, { then: 1 }, [], () => {}])(
    'H7: %o is not waited for',
    (value) => {
      expect(handle(message, () => value, parts)).toBe(true);
    },
  );

  test('H7: a promise is waited for, and whatever else has a `then`', async () => {
    await expect(handle(message, () => Promise.resolve(), parts)).resolves.toBe(true);
    await expect(handle(message, () => thenable((done) => done()), parts)).resolves.toBe(true);
    const failing = handle(message, () => thenable((_, fail) => fail(new Error('no'))), parts);
    await expect(failing).rejects.toMatchObject({ code: 'HANDLER' });
  });
});

describe('the handler throws', () => {
  test('H7: is called again, with backoff, and nothing is committed meanwhile', async () => {
    await using world = new World();
    const { primary, clock } = world;
    primary.store(0, 'one', 'two');
    let isWell = false;
    void world.consumer.run((message) => {
      world.received.push(message.text());
      if (!isWell) throw new TypeError('not yet');
    });
    await clock.pass(200);
    isWell = true;
    expect(primary.committed.size).toBe(0);
    const { events } = world;
    const [first] = events;
    expect(first).toEqual({
      type: 'handler-failed',
      region: 'sa-saopaulo-1',
      partition: '0',
      offset: 0,
      messages: 1,
      attempt: 1,
      error: new TypeError('not yet'),
      retryInMs: expect.any(Number),
    });
    await clock.pass(5_000);

    expect(world.received).toEqual([...events.map(() => 'one'), 'one', 'two']);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H7: stops the consumer after maxHandlerAttempts, with the place of the message', async () => {
    await using world = new World({ options: { maxHandlerAttempts: 3 } });
    const { primary, consumer } = world;
    primary.store(0, 'one', 'two');
    const cause = new Error('never');
    const run = consumer.run((message) => {
      if (message.text() === 'two') throw cause;
    });
    await expect(world.clock.passUntil(run, 10_000)).rejects.toMatchObject({
      code: 'HANDLER',
      message: expect.stringContaining('sa-saopaulo-1, partition 0, offset 3'),
      cause,
    });

    expect(world.told()).toEqual(['handler-failed', 'handler-failed', 'handler-failed']);
    await world.close();
    expect(primary.uncommitted()).toEqual(['two']);
  });

  test('H7, H15: a run that is ended while it waits to call the handler again has not handled the message', async () => {
    await using world = new World();
    const { primary, clock, consumer } = world;
    primary.store(0, 'one');
    const enough = new AbortController();
    const run = consumer.run(() => Promise.reject(new Error('no')), { signal: enough.signal });
    await clock.pass(300);
    enough.abort();
    await run;
    expect(world.told()).toContain('handler-failed');
    await world.close();

    expect(primary.uncommitted()).toEqual(['one']);
  });

  test.each(['with a hook', 'without one'])(
    'H7, H15: a last call that fails because the run ends makes no dead letter, and no error, %s',
    async (hook) => {
      await using world = new World({ options: { maxHandlerAttempts: 1 } });
      const { primary, clock, consumer } = world;
      primary.store(0, 'one');
      const enough = new AbortController();
      const { signal } = enough;
      const dead: string[] = [];
      const onDeadLetter =
        hook === 'without one' ? undefined : (message: ConsumedMessage) => dead.push(message.text());
      const untilAborted = (): Promise<never> =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      const run = consumer.run(untilAborted, { signal, onDeadLetter });
      await clock.pass(1_000);
      enough.abort();
      await clock.passUntil(run, 1_000);
      await world.close();

      expect(dead).toEqual([]);
      expect(primary.uncommitted()).toEqual(['one']);
    },
  );

  test('H7: gives the message to the dead-letter hook, if there is one, and goes on', async () => {
    await using world = new World({ options: { maxHandlerAttempts: 2 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one', 'two', 'three');
    const dead: unknown[] = [];
    void consumer.run(
      (message) => {
        if (message.text() === 'two') throw new Error('never');
        world.received.push(message.text());
      },
      { onDeadLetter: (message, error) => dead.push([message.text(), (error as Error).message]) },
    );
    await clock.pass(10_000);

    expect(world.received).toEqual(['one', 'three']);
    expect(dead).toEqual([['two', 'never']]);
    expect(primary.uncommitted()).toEqual([]);
  });

  test('H7: tells the hook, and the events, of the last error of the message', async () => {
    await using world = new World({ options: { maxHandlerAttempts: 3 } });
    world.primary.store(0, 'one');
    let calls = 0;
    const dead: unknown[] = [];
    void world.consumer.run(
      () => {
        throw new Error(`call ${++calls}`);
      },
      { onDeadLetter: (_message, error, { attempts }) => dead.push([error, attempts]) },
    );
    await world.clock.pass(10_000);

    expect(dead).toEqual([[new Error('call 3'), 3]]);
    expect(world.events.map((event) => 'error' in event && event.error)).toEqual([
      new Error('call 1'),
      new Error('call 2'),
      new Error('call 3'),
    ]);
  });

  test.each(['signal', 'close'])('H7, H15: a hook learns why the run ends, by %s', async (by) => {
    await using world = new World({ options: { maxHandlerAttempts: 1 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one');
    const enough = new AbortController();
    const why = new Error('enough');
    const reasons: unknown[] = [];
    const run = consumer.run(() => Promise.reject(new Error('never')), {
      signal: enough.signal,
      onDeadLetter: async (_message, _error, { signal }) => {
        await clock.sleep(2_000);
        reasons.push(signal.reason);
      },
    });
    await clock.pass(1_000);
    if (by === 'signal') enough.abort(why);
    else void consumer.close();
    await clock.passUntil(run, 10_000);

    expect(reasons).toEqual([by === 'signal' ? why : expect.objectContaining({ code: 'CLOSED' })]);
  });

  test('H7, H15: a hook that fails as the run ends leaves the message to the next reader', async () => {
    await using world = new World({ options: { maxHandlerAttempts: 1 } });
    const { primary, clock, consumer } = world;
    primary.store(0, 'one');
    const enough = new AbortController();
    const run = consumer.run(() => Promise.reject(new Error('never')), {
      signal: enough.signal,
      onDeadLetter: (_message, _error, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await clock.pass(1_000);
    enough.abort();
    await run;
    await world.close();

    expect(primary.uncommitted()).toEqual(['one']);
  });

  test('H7: stops when the hook fails too', async () => {
    await using world = new World({ options: { maxHandlerAttempts: 1 } });
    world.primary.store(0, 'one');
    const fails = (): never => {
      throw new Error('no');
    };
    const run = world.consumer.run(fails, { onDeadLetter: fails });
    await expect(world.clock.passUntil(run, 1_000)).rejects.toMatchObject({ code: 'HANDLER' });

    expect(world.primary.uncommitted()).toEqual(['one']);
  });
});
