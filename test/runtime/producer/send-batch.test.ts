import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { BatchError } from '../../../runtime/errors.ts';
import type { Receipt } from '../../../runtime/receipt.ts';
import { cases } from '../../support/cases.ts';
import { status } from '../../support/fake-region.ts';
import { unhandledRejections } from '../../support/unhandled-rejections.ts';
import { World } from '../router/world.ts';

const unhandled = unhandledRejections();
const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString();

/** The error that a batch ends in. */
async function errorOf(sent: Promise<readonly Receipt[]>): Promise<BatchError> {
  const outcome = await sent.catch((error: unknown) => error);
  if (!(outcome instanceof BatchError)) throw new Error('not a BatchError');
  return outcome;
}

const shown = ({ outcomes }: BatchError): string[] =>
  outcomes.map((outcome) =>
    outcome.type === 'stored' && outcome.receipt.type !== 'outbox'
      ? `stored ${outcome.receipt.offset}`
      : outcome.type === 'failed'
        ? outcome.error.code
        : 'on disk',
  );

describe('sendBatch', () => {
  test('INV-1: resolves with the receipt of each message, in order, whatever lane it went through', async () => {
    const { clock, primary, producer } = new World();
    const messages = Array.from({ length: 100 }, (_, n) => ({
      key: n % 3 === 0 ? null : `k${n % 7}`,
      value: `${n}`,
    }));
    const receipts = await clock.passUntil(producer.sendBatch(messages));
    const values = receipts.map(({ offset }) =>
      decoded(primary.stored.find((each) => each.offset === offset)?.value ?? ''),
    );
    expect(values).toEqual(messages.map(({ value }) => value));
    expect(receipts[0]).toMatchObject({
      region: 'sa-saopaulo-1',
      stream: primary.stored[0]?.stream,
      partition: '0',
    });
    expect(producer.stats()).toMatchObject({ sent: 100, failed: 0, bufferedMessages: 0, bufferedBytes: 0 });
  });

  test('of no messages resolves with no receipts, and asks no region', async () => {
    const { primary, producer } = new World();
    expect(await producer.sendBatch([])).toEqual([]);
    expect(primary.puts).toBe(0);
  });

  test('INV-1, INV-11: of an array with a hole is refused, and takes no room', async () => {
    const { clock, primary, producer } = new World();
    const holed: { value: string }[] = [];
    holed[1] = { value: 'a' };
    await expect(producer.sendBatch(holed)).rejects.toMatchObject({
      code: 'BAD_MESSAGE',
      message: expect.stringContaining('index 0'),
    });
    expect(producer.stats()).toMatchObject({ sent: 0, bufferedMessages: 0, bufferedBytes: 0 });
    await clock.passUntil(producer.close());
    expect(primary.puts).toBe(0);
  });

  test('messages without a key fill whole requests, and do not spread over all lanes', async () => {
    const { clock, primary, producer } = new World({ settings: { lanes: 8, maxBatchMessages: 10 } });
    const messages = Array.from({ length: 25 }, (_, n) => ({ value: `${n}` }));
    await clock.passUntil(producer.sendBatch(messages));
    expect(primary.puts).toBe(3);
    // Side by side.
    expect(new Set(primary.putTimes).size).toBe(1);
  });

  test('messages without a key fill whole requests also between others that have one', async () => {
    const { clock, primary, producer } = new World({ settings: { lanes: 8, maxBatchMessages: 10 } });
    let keyless = 0;
    primary.putBehaviour = ({ messages }) => {
      if (messages.some(({ key }) => key === null)) keyless++;
      return undefined;
    };
    const messages = Array.from({ length: 20 }, (_, n) => ({
      key: n % 2 === 0 ? `k${n}` : null,
      value: `${n}`,
    }));
    await clock.passUntil(producer.sendBatch(messages));
    expect(keyless).toBe(1);
  });

  test('INV-2: with calls of send between batches, each key keeps the order of the calls', async () => {
    const call = fc.record({
      type: fc.constantFrom('send', 'batch'),
      keys: fc.array(fc.constantFrom('a', 'b', 'c', null), { minLength: 1, maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 12 }),
        fc.record({
          lanes: fc.integer({ min: 1, max: 4 }),
          maxBatchMessages: fc.integer({ min: 1, max: 5 }),
          maxBufferBytes: fc.integer({ min: 40_000, max: 80_000 }),
        }),
        async (calls, settings) => {
          const { clock, primary, producer } = new World({ settings });
          const wanted: { key: string | null; value: string }[] = [];
          const sent = calls.map(({ type, keys }) => {
            const messages = keys.map((key, index) => ({ key, value: `${wanted.length + index}` }));
            if (type === 'batch') {
              wanted.push(...messages);
              return producer.sendBatch(messages);
            }
            wanted.push(messages[0]!);
            return producer.send(messages[0]!);
          });
          await clock.passUntil(Promise.all(sent));
          for (const key of ['a', 'b', 'c']) {
            const stored = primary.stored.filter((each) => each.key !== null && decoded(each.key) === key);
            expect(stored.map(({ value }) => decoded(value))).toEqual(
              wanted.filter((each) => each.key === key).map(({ value }) => value),
            );
          }
          expect(primary.stored).toHaveLength(wanted.length);
        },
      ),
      { numRuns: cases(60, 10) },
    );
  });

  test('C2, INV-1: when some are refused for good, rejects after all are settled, and says what became of each', async () => {
    const { clock, primary, producer } = new World({ settings: { lanes: 1 } });
    primary.putBehaviour = ({ messages }) =>
      messages.some(({ value }) => decoded(value).startsWith('bad')) ? status(400) : undefined;
    const values = ['a', 'bad', 'b', 'bad too', 'c'];
    const error = await clock.passUntil(
      errorOf(producer.sendBatch(values.map((value) => ({ key: 'k', value })))),
    );
    expect(shown(error)).toEqual(['stored 0', 'REJECTED', 'stored 1', 'REJECTED', 'stored 2']);
    expect(error).toMatchObject({
      code: 'REJECTED',
      message: expect.stringMatching(/^2 of 5 messages are not known/) as string,
    });
    expect(producer.stats()).toMatchObject({ sent: 5, failed: 2, bufferedMessages: 0 });
  });

  test.each<readonly [string, unknown, RegExp]>([
    ['no array', 'text', /takes an array/],
    ['a message without a value', [{ value: 'a' }, { key: 'k' }], /at index 1\..*value is undefined/],
    ['a message that is too large', [{ value: 'a' }, { value: 'x'.repeat(1_048_577) }], /at index 1\./],
  ])('C1: %s is refused before anything is sent', async (_, messages, words) => {
    const { primary, producer } = new World();
    await expect(producer.sendBatch(messages as [])).rejects.toMatchObject({
      code: 'BAD_MESSAGE',
      message: expect.stringMatching(words) as string,
    });
    expect([primary.puts, producer.stats().sent]).toEqual([0, 0]);
  });

  test('C13: waits for room as a whole, and one that is larger than all room is let in alone', async () => {
    const { clock, primary, producer } = new World({ settings: { lanes: 1, maxBufferBytes: 4_096 } });
    const large = producer.sendBatch(['a', 'b', 'c', 'd', 'e', 'f'].map((value) => ({ value })));
    const next = producer.sendBatch(['g', 'h'].map((value) => ({ value })));
    const last = producer.send({ value: 'i' });
    expect(producer.stats()).toMatchObject({ sent: 6, bufferedMessages: 6 });
    await clock.passUntil(Promise.all([large, next, last]));
    expect(primary.values.join('')).toBe('abcdefghi');
    expect(producer.stats()).toMatchObject({ bufferedMessages: 0, bufferedBytes: 0 });
  });

  test('I3: an aborted batch rejects; what waits is not sent, and what is on the wire may be stored', async () => {
    const { clock, primary, producer } = new World({ settings: { lanes: 1, maxBatchMessages: 2 } });
    const leaving = new AbortController();
    const sent = errorOf(
      producer.sendBatch(
        ['a', 'b', 'c', 'd', 'e'].map((value) => ({ value })),
        { signal: leaving.signal },
      ),
    );
    await clock.pass(7);
    leaving.abort();
    const error = await sent;
    expect(shown(error)).toEqual(['stored 0', 'stored 1', 'ABORTED', 'ABORTED', 'ABORTED']);
    const words = error.outcomes.map((outcome) => (outcome.type === 'failed' ? outcome.error.message : ''));
    expect(words[2]).toMatch(/may be stored/);
    expect(words[4]).toMatch(/it was not sent/);
    expect(producer.stats().bufferedMessages).toBe(2);
    await clock.passUntil(producer.close());
    expect(primary.values.join('')).toBe('abcd');
    expect(producer.stats()).toMatchObject({ bufferedMessages: 0, bufferedBytes: 0 });
  });

  test('I3: a batch whose signal has aborted is not sent', async () => {
    const { clock, primary, producer } = new World();
    const sent = producer.sendBatch([{ value: 'a' }], { signal: AbortSignal.abort() });
    await expect(sent).rejects.toMatchObject({
      code: 'ABORTED',
      message: expect.stringContaining('it was not sent') as string,
    });
    await clock.pass(1_000);
    expect(primary.puts).toBe(0);
  });

  test('I3: an abort while the batch waits for room rejects it whole', async () => {
    const { clock, producer } = new World({ settings: { maxBufferBytes: 1_024 } });
    const first = producer.send({ value: 'a' });
    const leaving = new AbortController();
    const second = producer.sendBatch([{ value: 'b' }], { signal: leaving.signal });
    leaving.abort();
    await expect(second).rejects.toMatchObject({
      code: 'ABORTED',
      message: expect.stringContaining('it was not sent') as string,
    });
    await clock.passUntil(first);
  });

  test('I2: at close after its time, says which messages may be stored, and leaves nothing pending or unhandled', async () => {
    const world = new World({
      settings: { closeTimeoutMs: 1_000, lanes: 1, maxBatchMessages: 2, requestTimeoutMs: 60_000 },
    });
    world.primary.latencyMs = 30_000;
    const sent = errorOf(world.producer.sendBatch(['a', 'b', 'c'].map((value) => ({ value }))));
    await world.clock.pass(1);
    await world.clock.passUntil(world.producer.close());
    expect(shown(await sent)).toEqual(['CLOSED', 'CLOSED', 'CLOSED']);
    await expect(world.producer.sendBatch([{ value: 'd' }])).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await unhandled()).toEqual([]);
  });
});
