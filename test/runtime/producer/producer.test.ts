import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Producer } from '../../../runtime/producer/index.ts';
import { cases } from '../../support/cases.ts';
import { status } from '../../support/fake-region.ts';
import { unhandledRejections } from '../../support/unhandled-rejections.ts';
import { World, type WorldOptions } from '../router/world.ts';

const unhandled = unhandledRejections();

interface Recorded {
  readonly world: World;
  /** Values of each request to the primary, in the order of arrival. */
  readonly requests: string[][];
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString();

/** A producer whose primary answers after `latencyMs`, and keeps what it was asked. */
function recorded(settings: WorldOptions['settings'] = {}, latencyMs = 10): Recorded {
  const world = new World({ settings });
  const requests: string[][] = [];
  world.primary.latencyMs = latencyMs;
  world.primary.putBehaviour = ({ messages }) => {
    if (messages.length > 0) requests.push(messages.map(({ value }) => decoded(value)));
    return undefined;
  };
  return { world, requests };
}

const sendAll = (
  producer: Producer,
  values: readonly string[],
  key: string | null = 'k',
): Promise<PromiseSettledResult<unknown>[]> =>
  Promise.allSettled(values.map((value) => producer.send({ key, value })));

const statuses = (outcome: readonly PromiseSettledResult<unknown>[]): string[] =>
  outcome.map((each) => (each.status === 'fulfilled' ? 'stored' : (each.reason as { code: string }).code));

describe('batches', () => {
  test('INV-2: what is sent in one turn shares the first request; what comes while the lane is busy, the next', async () => {
    const { world, requests } = recorded();
    const first = sendAll(world.producer, ['a', 'b']);
    await world.clock.pass(1);
    const second = sendAll(world.producer, ['c', 'd', 'e']);
    await world.clock.passUntil(Promise.all([first, second]));
    expect(requests).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
  });

  test('A19: a lone message does not wait for others', async () => {
    const { world, requests } = recorded();
    const sent = world.producer.send({ value: 'a' });
    await world.clock.pass(0);
    expect(requests).toEqual([['a']]);
    await world.clock.passUntil(sent);
  });

  test('INV-2: messages without a key are spread over the lanes, those of a key are not', async () => {
    const { world, requests } = recorded({ lanes: 3 });
    await world.clock.passUntil(sendAll(world.producer, ['a', 'b', 'c'], null));
    expect(requests).toHaveLength(3);
    await world.clock.passUntil(sendAll(world.producer, ['d', 'e', 'f'], 'k'));
    expect(requests.slice(3)).toEqual([['d', 'e', 'f']]);
  });

  test('INV-2: each key keeps its order, whatever is refused and goes again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), refusals: fc.nat(3) }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        async (messages, lanes, maxBatchMessages) => {
          const left = new Map(messages.map(({ refusals }, index) => [`${index}`, refusals]));
          const world = new World({ settings: { lanes, maxBatchMessages, strictOrder: 'yes' } });
          const { primary, producer, clock } = world;
          primary.putBehaviour = () => ({
            each: ({ value }) => {
              const refusals = left.get(decoded(value)) ?? 0;
              left.set(decoded(value), refusals - 1);
              return refusals > 0 ? 429 : undefined;
            },
          });
          const sent = messages.map(({ key }, index) => producer.send({ key, value: `${index}` }));
          await clock.passUntil(Promise.all(sent));
          for (const key of ['a', 'b', 'c']) {
            const numbers = primary.stored
              .filter((each) => decoded(each.key ?? '') === key)
              .map(({ value }) => Number(decoded(value)));
            expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
          }
          expect(primary.stored).toHaveLength(messages.length);
          expect(producer.stats()).toMatchObject({ bufferedMessages: 0, bufferedBytes: 0 });
        },
      ),
      { numRuns: cases(100, 20) },
    );
  });
});

describe('C1: what can never be sent is refused before any call', () => {
  test.each<readonly [string, unknown, RegExp]>([
    ['a key of 257 bytes', { key: 'k'.repeat(257), value: 'x' }, /257 bytes; the limit is 256/],
    ['a key of 129 two-byte letters', { key: 'é'.repeat(129), value: 'x' }, /258 bytes/],
    ['a value over 1 MiB', { value: 'x'.repeat(1_048_577) }, /1048577 bytes; the limit is 1048576/],
    [
      'key and value over 1 MiB together',
      { key: 'k', value: 'x'.repeat(1_048_576) },
      /1048577 bytes together/,
    ],
    ['a number', { value: 7 }, /its value is number/],
    ['an array', { value: [1] }, /its value is object/],
    ['no value', {}, /its value is undefined/],
    ['a null value', { value: null }, /its value is null/],
    ['a number for a key', { key: 7, value: 'x' }, /its key is number/],
    ['nothing', undefined, /undefined is no message/],
    ['null', null, /null is no message/],
    ['text', 'x', /string is no message/],
  ])('C1: %s; its neighbours are stored', async (_, message, words) => {
    const { world, requests } = recorded();
    const { producer, clock } = world;
    const sent = Promise.allSettled([
      producer.send({ key: 'k', value: 'before' }),
      producer.send(message as never),
      producer.send({ key: 'k', value: 'after' }),
    ]);
    const outcome = await clock.passUntil(sent);
    expect(statuses(outcome)).toEqual(['stored', 'BAD_MESSAGE', 'stored']);
    expect(outcome[1]).toMatchObject({ reason: { message: expect.stringMatching(words) as string } });
    expect(requests).toEqual([['before', 'after']]);
  });

  test('C1: the largest key and value are stored', async () => {
    const { world } = recorded();
    const sent = [
      world.producer.send({ key: 'k'.repeat(256), value: '' }),
      world.producer.send({ value: new Uint8Array(1_048_576) }),
    ];
    await world.clock.passUntil(Promise.all(sent));
    expect(world.primary.stored).toHaveLength(2);
  });
});

describe('C13, C14, C22: memory is bounded', () => {
  test('C13: send waits for room, first come first served, and batches fill up meanwhile', async () => {
    const { world, requests } = recorded({ maxBufferBytes: 3 * 2_024, lanes: 1 });
    const values = ['1', '2', '3', '4', '5'].map((n) => n.padEnd(1_000));
    await world.clock.passUntil(sendAll(world.producer, values, null));
    expect(requests.flat().map((text) => text[0])).toEqual(['1', '2', '3', '4', '5']);
    expect(requests[0]).toHaveLength(3);
  });

  test('C13: after maxBlockMs it rejects BUFFER_FULL, and the sentence says what to change', async () => {
    const { world } = recorded({ maxBufferBytes: 2_050, maxBlockMs: 500 }, 2_000);
    const outcome = await world.clock.passUntil(sendAll(world.producer, ['a', 'b', 'c'], null));
    expect(statuses(outcome)).toEqual(['stored', 'stored', 'BUFFER_FULL']);
    expect(outcome[2]).toMatchObject({
      reason: { message: expect.stringMatching(/maxBufferBytes.*maxBlockMs/s) as string },
    });
  });

  test.each([0, 1, 1_000])(
    'C14, C22, INV-5: 100,000 sends of %i bytes that nobody awaits, both regions down: bounded by the setting',
    async (bytes) => {
      const world = new World({ settings: { maxBufferBytes: 1_048_576, maxBlockMs: 1_000 } });
      const { primary, secondary, producer, clock } = world;
      primary.fail(status(503));
      secondary.fail(status(503));
      const sent: Promise<unknown>[] = [];
      for (let each = 0; each < cases(100_000, 5_000); each++) {
        sent.push(
          producer.send({ key: `k${each % 64}`, value: 'x'.repeat(bytes) }).catch((error: unknown) => error),
        );
      }
      await clock.pass(500);
      const { bufferedMessages, bufferedBytes } = producer.stats();
      expect(bufferedBytes).toBeLessThanOrEqual(1_048_576);
      expect(bufferedMessages).toBeLessThanOrEqual(1_024);
      expect(bufferedMessages).toBeGreaterThan(500);
      await clock.pass(30_000);
      primary.heal();
      const outcome = await clock.passUntil(Promise.all(sent));
      const stored = outcome.filter((each) => !(each instanceof Error)).length;
      expect(stored).toBe(primary.stored.length);
      // Who waited was let in as soon as there was room, or was told in time.
      expect(stored).toBeGreaterThanOrEqual(bufferedMessages);
      expect(producer.stats()).toMatchObject({ bufferedMessages: 0, bufferedBytes: 0 });
    },
  );

  test('C23: each send gives up after 5 s in an outage of an hour: what is held does not grow', async () => {
    const world = new World();
    const { primary, secondary, producer, clock } = world;
    primary.fail(status(503));
    secondary.fail(status(503));
    const seconds = cases(3_600, 300);
    let largest = 0;
    let aborted = 0;
    for (let second = 0; second < seconds; second++) {
      for (let each = 0; each < 5; each++) {
        const leaving = new AbortController();
        // As AbortSignal.timeout(5000), in virtual time.
        clock.after(5_000, () => leaving.abort(new DOMException('timed out', 'TimeoutError')));
        producer.send({ key: `k${each}`, value: 'x' }, { signal: leaving.signal }).catch(() => aborted++);
      }
      await clock.pass(1_000);
      largest = Math.max(largest, producer.stats().bufferedMessages);
    }
    // Five seconds of messages, and a request of each lane from before the regions were judged.
    expect(largest).toBeLessThan(80);
    await clock.pass(5_000);
    expect(aborted).toBe(5 * seconds);
    expect(producer.stats()).toMatchObject({ bufferedMessages: 0, bufferedBytes: 0, failed: aborted });
    primary.heal();
    await clock.passUntil(producer.send({ value: 'y' }));
    // What was given up while it waited is not sent.
    expect(primary.values).toEqual(['y']);
  });
});

describe('C13: isWritable and whenWritable', () => {
  test('C13: say whether a message of this size would be let in without waiting, and when', async () => {
    const { producer, clock } = new World({ settings: { maxBufferBytes: 4_096, lanes: 1 } });
    const sent = producer.send({ value: 'x'.repeat(1_024) });
    expect([producer.isWritable(), producer.isWritable(1_024), producer.isWritable(1_025)]).toEqual([
      true,
      true,
      false,
    ]);
    const resolved: number[] = [];
    for (const bytes of [1_024, 1_025]) void producer.whenWritable(bytes).then(() => resolved.push(bytes));
    await clock.pass(0);
    expect(resolved).toEqual([1_024]);
    await clock.passUntil(sent);
    await clock.pass(0);
    expect(resolved).toEqual([1_024, 1_025]);
    expect(producer.isWritable(1_025)).toBe(true);
  });

  test('I2: a producer that closes lets nobody wait, though it is full: send says that it is closed', async () => {
    const { producer, primary, clock } = new World({ settings: { maxBufferBytes: 2_048, lanes: 1 } });
    primary.latencyMs = 1_000;
    const sent = producer.send({ value: 'x'.repeat(1_024) });
    expect(producer.isWritable()).toBe(false);
    const closed = producer.close();
    expect(producer.isWritable()).toBe(true);
    await producer.whenWritable();
    await clock.passUntil(Promise.all([sent, closed]));
  });

  test('C1: an option that a call does not know is refused in the name of the call', async () => {
    const { producer, primary } = new World();
    const unknown = { sginal: true } as never;
    await expect(producer.send({ value: 'a' }, unknown)).rejects.toThrow(/^send: sginal is unknown/);
    await expect(producer.sendBatch([{ value: 'a' }], unknown)).rejects.toThrow(/^sendBatch: sginal is/);
    await expect(producer.close(unknown)).rejects.toThrow(/^close: sginal is unknown/);
    expect(primary.puts).toBe(0);
  });

  test('C1: refuse what is no size, by name', async () => {
    const { producer } = new World();
    expect(() => producer.isWritable(-1)).toThrow(/^isWritable: bytes is/);
    await expect(producer.whenWritable(-1)).rejects.toThrow(/^whenWritable: bytes is/);
  });
});

describe('I2, I3: the end of a producer and of a send', () => {
  test('I2: close drains, is idempotent, and a send after it is refused', async () => {
    const { world } = recorded();
    const { producer, clock } = world;
    const sent = producer.send({ value: 'a' });
    await clock.passUntil(Promise.all([producer.close(), producer.close(), producer[Symbol.asyncDispose]()]));
    await expect(sent).resolves.toMatchObject({ region: 'sa-saopaulo-1' });
    await expect(producer.send({ value: 'b' })).rejects.toMatchObject({
      code: 'CLOSED',
      message: 'The message is not stored: the producer is closed.',
    });
    await producer.whenWritable();
    await producer.closed;
    // No timer keeps the process alive.
    expect(clock.timers).toBe(0);
    expect(producer.stats()).toMatchObject({ sent: 1, failed: 0, switches: 0, active: undefined });
  });

  test('I1, I2: after closeTimeoutMs what is left rejects, and says whether it was on the wire', async () => {
    const { world } = recorded({ closeTimeoutMs: 1_000, lanes: 1, maxBatchMessages: 1 }, 60_000);
    const sent = sendAll(world.producer, ['a', 'b'], null);
    await world.clock.pass(1);
    const at = world.clock.now();
    await world.clock.passUntil(world.producer.close());
    expect(world.clock.now() - at).toBe(1_000);
    const outcome = await sent;
    expect(outcome).toMatchObject([
      { reason: { code: 'CLOSED', message: expect.stringContaining('may be stored') as string } },
      { reason: { code: 'CLOSED', message: expect.stringContaining('before it was sent') as string } },
    ]);
    expect(await unhandled()).toEqual([]);
  });

  test('I2: at close who waits for room is refused, and who is on the way is stored', async () => {
    const { world } = recorded({ maxBufferBytes: 1_100, lanes: 1 });
    const sent = sendAll(world.producer, ['a', 'b'], null);
    await world.clock.pass(1);
    await world.clock.passUntil(world.producer.close());
    const outcome = await sent;
    expect(statuses(outcome)).toEqual(['stored', 'CLOSED']);
    expect(outcome[1]).toMatchObject({
      reason: { message: expect.stringContaining('closed while it waited for room') as string },
    });
  });

  test('I2, F1: close with both regions down ends in closeTimeoutMs and rejects everything', async () => {
    const world = new World({ settings: { closeTimeoutMs: 3_000 } });
    world.primary.fail(status(503));
    world.secondary.fail(status(503));
    const sent = sendAll(world.producer, ['a', 'b', 'c'], null);
    await world.clock.pass(30_000);
    await world.clock.passUntil(world.producer.close(), 3_000);
    expect(statuses(await sent)).toEqual(['CLOSED', 'CLOSED', 'CLOSED']);
    expect(world.producer.stats()).toMatchObject({ bufferedMessages: 0, bufferedBytes: 0 });
  });

  test('I3: an aborted send rejects; what was not sent is not sent any more', async () => {
    const { world, requests } = recorded({ lanes: 1, maxBatchMessages: 1 });
    const { producer, clock } = world;
    const leaving = new AbortController();
    const outcome = Promise.allSettled([
      producer.send({ value: 'a' }, { signal: leaving.signal }),
      producer.send({ value: 'b' }, { signal: leaving.signal }),
      producer.send({ value: 'c' }),
    ]);
    await clock.pass(1);
    leaving.abort();
    // What is on the wire is held until the call ends; what waited is let go of at once.
    expect(producer.stats().bufferedMessages).toBe(2);
    const [first, second, third] = await clock.passUntil(outcome);
    expect(first).toMatchObject({
      reason: { code: 'ABORTED', message: expect.stringContaining('may be stored') as string },
    });
    expect(second).toMatchObject({
      reason: { code: 'ABORTED', message: expect.stringContaining('it was not sent') as string },
    });
    expect(third).toMatchObject({ status: 'fulfilled' });
    expect(requests).toEqual([['a'], ['c']]);
  });

  test('I3: what was given up on the wire and is refused there is not sent again', async () => {
    const { world, requests } = recorded({ lanes: 1 });
    const { primary, producer, clock } = world;
    const keep = primary.putBehaviour;
    primary.putBehaviour = (call) => {
      keep(call);
      return { each: ({ value }) => (decoded(value) === 'a' ? 429 : undefined) };
    };
    const leaving = new AbortController();
    const outcome = Promise.allSettled([
      producer.send({ key: 'x', value: 'a' }, { signal: leaving.signal }),
      producer.send({ key: 'y', value: 'b' }),
    ]);
    await clock.pass(1);
    leaving.abort();
    expect(statuses(await clock.passUntil(outcome))).toEqual(['ABORTED', 'stored']);
    await clock.pass(60_000);
    expect(requests).toEqual([['a', 'b']]);
    expect(producer.stats()).toMatchObject({ bufferedMessages: 0 });
  });

  test.each([null, undefined, 'text', new Error('enough')])(
    'I3: whatever the reason of the abort is (%s), the error is ABORTED: before, while waiting for room, in a lane',
    async (reason) => {
      const { world } = recorded({ maxBufferBytes: 1_100, lanes: 1 });
      const { producer, clock } = world;
      const gone = AbortSignal.abort(reason);
      const leaving = new AbortController();
      const outcome = Promise.allSettled([
        producer.send({ value: 'a' }, { signal: gone }),
        producer.send({ value: 'b' }, { signal: leaving.signal }),
        producer.send({ value: 'c' }, { signal: leaving.signal }),
      ]);
      await clock.pass(1);
      leaving.abort(reason);
      const settled = await clock.passUntil(outcome);
      expect(statuses(settled)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
      const words = settled.map((each) => each.status === 'rejected' && (each.reason as Error).message);
      expect(words[0]).toContain('it was not sent');
      expect(words[1]).toContain('may be stored');
      expect(words[2]).toContain('it was not sent');
      await clock.pass(100);
      expect(producer.stats()).toMatchObject({ bufferedMessages: 0, bufferedBytes: 0 });
    },
  );
});

describe('deliveryTimeoutMs', () => {
  test('INV-1: a message that is refused again and again rejects in time, and is not sent any more', async () => {
    const world = new World({ settings: { deliveryTimeoutMs: 1_000 } });
    const { primary, producer, clock } = world;
    const bad = Buffer.from('bad').toString('base64');
    let asked = 0;
    primary.putBehaviour = () => ({
      each: ({ value }) => {
        if (value === bad) asked++;
        return value === bad ? 429 : undefined;
      },
    });
    const at = clock.now();
    const sent = producer.send({ key: 'k', value: 'bad' });
    await expect(clock.passUntil(sent)).rejects.toMatchObject({ code: 'DELIVERY_TIMEOUT' });
    expect(clock.now() - at).toBeLessThan(4_500);
    const before = asked;
    await clock.passUntil(producer.send({ key: 'k', value: 'good' }));
    await clock.pass(60_000);
    expect(asked).toBe(before);
    expect(primary.values).toEqual(['good']);
    expect(world.eventsOf('delivery-failed')).toMatchObject([
      { messages: 1, error: { code: 'DELIVERY_TIMEOUT' } },
    ]);
  });

  test('INV-1, B8: a wait that a failover ends is no time of trying: the message goes to the other region', async () => {
    const world = new World({ settings: { deliveryTimeoutMs: 10_000 } });
    const { primary, secondary, producer, clock } = world;
    primary.fail({ type: 'status', status: 503, code: '', message: '', retryAfter: '86400' });
    const sent = sendAll(producer, ['a', 'b', 'c'], null);
    expect(statuses(await clock.passUntil(sent))).toEqual(['stored', 'stored', 'stored']);
    expect(secondary.values.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('INV-1: a wait is no longer than the time that is left', async () => {
    const world = new World({ settings: { deliveryTimeoutMs: 8_000 }, hold: { by: 'a', why: 'b' } });
    const { primary, producer, clock } = world;
    primary.fail({ type: 'status', status: 503, code: '', message: '', retryAfter: '86400' });
    const at = clock.now();
    expect(statuses(await clock.passUntil(sendAll(producer, ['a'])))).toEqual(['DELIVERY_TIMEOUT']);
    expect(clock.now() - at).toBeCloseTo(8_000, -2);
  });

  test('INV-1: a process that is hours old gives a refused entry as long as a young one', async () => {
    const world = new World({ settings: { failoverOnThrottle: false } });
    const { primary, producer, clock } = world;
    await clock.pass(10 * 3_600_000);
    const until = clock.now() + 30_000;
    primary.putBehaviour = () => ({ each: () => (clock.now() < until ? 429 : undefined) });
    await clock.passUntil(producer.send({ value: 'a' }));
    expect(primary.values).toEqual(['a']);
  });

  test('INV-1: in an outage that is not judged one (a hold), it is not held for longer', async () => {
    const world = new World({ settings: { deliveryTimeoutMs: 10_000 }, hold: { by: 'a', why: 'b' } });
    const { primary, producer, clock } = world;
    primary.fail(status(503));
    const at = clock.now();
    const sent = sendAll(producer, ['a', 'b'], 'k');
    expect(statuses(await clock.passUntil(sent))).toEqual(['DELIVERY_TIMEOUT', 'DELIVERY_TIMEOUT']);
    expect(clock.now() - at).toBeGreaterThanOrEqual(9_000);
    expect(clock.now() - at).toBeLessThan(20_000);
    expect(world.secondary.puts).toBe(0);
  });

  test('C2, INV-1: the halves of a batch share one deadline', async () => {
    const world = new World({ settings: { deliveryTimeoutMs: 10_000 }, hold: { by: 'a', why: 'b' } });
    const { primary, producer, clock } = world;
    primary.putBehaviour = ({ messages }) => (messages.length > 1 ? status(413) : status(503));
    const at = clock.now();
    const sent = sendAll(
      producer,
      Array.from({ length: 64 }, (_, n) => `${n}`),
    );
    expect(new Set(statuses(await clock.passUntil(sent)))).toEqual(new Set(['DELIVERY_TIMEOUT']));
    expect(clock.now() - at).toBeLessThan(20_000);
  });
});

test('C2, INV-2: the second half of a split batch does not overtake what the first half sends again', async () => {
  const world = new World();
  const { primary, producer, clock } = world;
  let refusals = 1;
  primary.putBehaviour = ({ messages }) => {
    if (messages.length > 2) return status(413);
    return { each: (_, index) => (index === 0 && refusals-- > 0 ? 429 : undefined) };
  };
  await clock.passUntil(
    Promise.all(['a', 'b', 'c', 'd'].map((value) => producer.send({ key: value, value }))),
  );
  const order = primary.values;
  expect(order.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  refusals = 1;
  primary.stored.length = 0;
  const single = Promise.all(['a', 'b', 'c', 'd'].map((value) => producer.send({ key: 'k', value })));
  await clock.passUntil(single);
  expect(primary.values.indexOf('a')).toBeLessThan(primary.values.indexOf('c'));
  expect(primary.values.indexOf('b')).toBeLessThan(primary.values.indexOf('c'));
});
