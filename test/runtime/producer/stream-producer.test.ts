import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Delivered } from '../../../runtime/delivered.ts';
import { StreamProducer } from '../../../runtime/producer/index.ts';
import type { EncodedMessage } from '../../../runtime/region.ts';
import { readSettings, type Options } from '../../../runtime/settings/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

interface Line {
  readonly producer: StreamProducer;
  readonly clock: VirtualClock;
  /** Values of each request, in the order of arrival. */
  readonly requests: string[][];
}

/** A producer whose deliveries take `latencyMs` and end as `fate` says; stored unless told otherwise. */
function line(
  options: Options = {},
  latencyMs = 10,
  fate: (message: EncodedMessage) => 'stored' | 'again' = () => 'stored',
): Line {
  const clock = new VirtualClock();
  const requests: string[][] = [];
  let offset = 0;
  const deliver = async (messages: readonly EncodedMessage[]): Promise<Delivered> => {
    requests.push(messages.map(({ value }) => Buffer.from(value, 'base64').toString()));
    await clock.sleep(latencyMs);
    const fates = messages.map((message): Delivered['fates'][number] => {
      if (fate(message) === 'again') return { fate: 'again', because: 'as told' };
      const receipt = { region: 'r', stream: 's', partition: '0', offset: offset++, timestamp: 't' };
      return { fate: 'stored', receipt };
    });
    return { fates, pauseMs: fates.some((each) => each.fate === 'again') ? 5 : 0 };
  };
  const producer = new StreamProducer({ deliver, clock, settings: readSettings(options, {}) });
  return { producer, clock, requests };
}

const sendAll = (
  producer: StreamProducer,
  values: readonly string[],
  key: string | null = 'k',
): Promise<PromiseSettledResult<unknown>[]> =>
  Promise.allSettled(values.map((value) => producer.send({ key, value })));

describe('batches', () => {
  test('what is sent in one turn shares the first request; what comes while the lane is busy shares the next', async () => {
    const { producer, clock, requests } = line();
    const first = sendAll(producer, ['a', 'b']);
    await clock.pass(1);
    const second = sendAll(producer, ['c', 'd', 'e']);
    await clock.passUntil(Promise.all([first, second]));
    expect(requests).toEqual([
      ['a', 'b'],
      ['c', 'd', 'e'],
    ]);
  });

  test('a lone message does not wait for others', async () => {
    const { producer, clock, requests } = line();
    const sent = producer.send({ value: 'a' });
    await clock.pass(0);
    expect(requests).toEqual([['a']]);
    await clock.passUntil(sent);
  });

  test('messages without a key are spread over the lanes', async () => {
    const { producer, clock, requests } = line({ lanes: 3 });
    await clock.passUntil(sendAll(producer, ['a', 'b', 'c'], null));
    expect(requests).toHaveLength(3);
  });

  test('each key keeps its order, whatever is refused and goes again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), refusals: fc.nat(3) }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        async (messages, lanes, maxBatchMessages) => {
          const refusals = new Map(messages.map(({ refusals }, index) => [`${index}`, refusals]));
          const storedByKey = new Map<string, number[]>();
          const { producer, clock } = line(
            { lanes, maxBatchMessages, strictOrder: true },
            10,
            ({ key, value }) => {
              const name = Buffer.from(value, 'base64').toString();
              const left = refusals.get(name) ?? 0;
              if (left > 0) {
                refusals.set(name, left - 1);
                return 'again';
              }
              storedByKey.set(key ?? '', [...(storedByKey.get(key ?? '') ?? []), Number(name)]);
              return 'stored';
            },
          );
          const sent = messages.map(({ key }, index) => producer.send({ key, value: `${index}` }));
          await clock.passUntil(Promise.all(sent));
          for (const numbers of storedByKey.values())
            expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
          expect([...storedByKey.values()].flat()).toHaveLength(messages.length);
          expect(producer.bufferedBytes).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('C13, C14: back-pressure', () => {
  const value = 'x'.repeat(1_000);

  test('send waits for room, first come first served', async () => {
    const { producer, clock, requests } = line({ maxBufferBytes: 3_000, lanes: 1 });
    const sent = sendAll(
      producer,
      ['1', '2', '3', '4', '5'].map((n) => n + value.slice(1)),
      null,
    );
    await clock.passUntil(sent);
    expect(requests.flat().map((text) => text[0])).toEqual(['1', '2', '3', '4', '5']);
    expect(requests[0]).toHaveLength(3);
  });

  test('after maxBlockMs it rejects BUFFER_FULL', async () => {
    const { producer, clock } = line({ maxBufferBytes: 2_000, maxBlockMs: 500 }, 10_000);
    const outcome = await clock.passUntil(sendAll(producer, [value, value, value], null));
    expect(outcome.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(outcome[2]).toMatchObject({ reason: { code: 'BUFFER_FULL' } });
  });

  test('100,000 sends that nobody awaits are bounded: as much may wait as there is room, the rest rejects at once', async () => {
    const { producer, clock } = line({ maxBufferBytes: 100_000 }, 1_000);
    const sent = sendAll(
      producer,
      Array.from({ length: 100_000 }, () => value),
      null,
    );
    await clock.pass(0);
    expect(producer.bufferedBytes).toBeLessThanOrEqual(100_000);
    const outcome = await clock.passUntil(sent);
    expect(outcome.filter((result) => result.status === 'fulfilled')).toHaveLength(200);
  });
});

describe('I2, I3: the end of a producer and of a send', () => {
  test('close drains, is idempotent, and a send after it is refused', async () => {
    const { producer, clock } = line();
    const sent = producer.send({ value: 'a' });
    await clock.passUntil(Promise.all([producer.close(), producer.close()]));
    await expect(sent).resolves.toMatchObject({ region: 'r' });
    await expect(producer.send({ value: 'b' })).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('after closeTimeoutMs what is left rejects, and says whether it was on the wire', async () => {
    const { producer, clock } = line({ closeTimeoutMs: 1_000, lanes: 1, maxBatchMessages: 1 }, 60_000);
    const sent = sendAll(producer, ['a', 'b'], null);
    await clock.pass(1);
    await clock.passUntil(producer.close());
    const outcome = await sent;
    expect(outcome[0]).toMatchObject({
      reason: { code: 'CLOSED', message: expect.stringContaining('may be stored') as string },
    });
    expect(outcome[1]).toMatchObject({
      reason: { code: 'CLOSED', message: expect.stringContaining('before it was sent') as string },
    });
  });

  test('an aborted send rejects; what was not sent is not sent any more', async () => {
    const { producer, clock, requests } = line({ lanes: 1, maxBatchMessages: 1 });
    const leaving = new AbortController();
    const outcome = Promise.allSettled([
      producer.send({ value: 'a' }, { signal: leaving.signal }),
      producer.send({ value: 'b' }, { signal: leaving.signal }),
      producer.send({ value: 'c' }),
    ]);
    await clock.pass(1);
    leaving.abort();
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

  test('a message that is refused again and again rejects after deliveryTimeoutMs', async () => {
    const { producer, clock } = line({ deliveryTimeoutMs: 1_000 }, 10, () => 'again');
    await expect(clock.passUntil(producer.send({ value: 'a' }))).rejects.toMatchObject({
      code: 'DELIVERY_TIMEOUT',
    });
    expect(clock.now()).toBeLessThan(1_100);
  });
});
