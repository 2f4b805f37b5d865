import { describe, expect, test } from 'vitest';

import type { HaError } from '../../../runtime/errors.ts';
import type { MessageOutcomes } from '../../../runtime/producer/index.ts';
import { status } from '../../support/fake-region.ts';
import { World } from '../router/world.ts';

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString();
const never = new AbortController().signal;

/** Writes down what is told, in order. */
class Told implements MessageOutcomes {
  readonly outcomes: string[] = [];
  readonly words: string[] = [];
  stored(index: number): void {
    this.outcomes.push(`${index} stored`);
  }
  failed(index: number, { code, message }: HaError): void {
    this.outcomes.push(`${index} ${code}`);
    this.words.push(message);
  }
}

const valued = (...values: string[]): { value: string }[] => values.map((value) => ({ value }));

describe('sendEach', () => {
  test('INV-1: tells the outcome of each message once it is known, while others are open', async () => {
    const { clock, producer, primary } = new World({ settings: { lanes: 1, maxBatchMessages: 2 } });
    primary.latencyMs = 100;
    const told = new Told();
    await producer.sendEach(valued('a', 'b', 'c'), told, never);
    expect(told.outcomes).toEqual([]);
    await clock.pass(150);
    expect(told.outcomes).toEqual(['0 stored', '1 stored']);
    await clock.passUntil(producer.close());
    expect(told.outcomes).toEqual(['0 stored', '1 stored', '2 stored']);
    expect(producer.stats()).toMatchObject({ sent: 3, failed: 0, bufferedMessages: 0, bufferedBytes: 0 });
  });

  test('C1, C2: a message that cannot be sent, or that is refused, keeps no other one back', async () => {
    const { clock, producer, primary } = new World({ settings: { lanes: 1 } });
    primary.putBehaviour = ({ messages }) =>
      messages.some(({ value }) => decoded(value) === 'bad') ? status(400) : undefined;
    const told = new Told();
    await producer.sendEach(valued('a', 'x'.repeat(1_048_577), 'bad', 'b'), told, never);
    await clock.passUntil(producer.close());
    expect(told.outcomes.toSorted()).toEqual(['0 stored', '1 BAD_MESSAGE', '2 REJECTED', '3 stored']);
  });

  test('INV-3: a message out of an outbox goes as it is, also in envelope mode', async () => {
    const { clock, producer, primary } = new World({ settings: { lanes: 1, envelope: true } });
    const exported = { value: 'as it was', isExported: true };
    await producer.sendEach([exported, { value: 'new' }], new Told(), never);
    await clock.passUntil(producer.close());
    const values = primary.stored.map(({ value }) => decoded(value));
    expect(values).toEqual(['as it was', expect.stringContaining('"specversion"')]);
  });

  test('C1: messages that cannot be sent wait for no room', async () => {
    const { producer, primary, clock } = new World({ settings: { lanes: 1, maxBufferBytes: 2_048 } });
    primary.latencyMs = 1_000;
    const full = producer.send({ value: 'x'.repeat(1_024) });
    const waits = producer.send({ value: 'y' });
    const told = new Told();
    let isOver = false;
    void producer.sendEach(valued('x'.repeat(1_048_577)), told, never).then(() => {
      isOver = true;
    });
    await clock.pass(0);
    expect([isOver, told.outcomes]).toEqual([true, ['0 BAD_MESSAGE']]);
    await clock.passUntil(Promise.all([full, waits]));
  });

  test('C13: waits for room longer than maxBlockMs, and what is given up meanwhile is not sent', async () => {
    const { clock, producer, primary } = new World({
      settings: { lanes: 1, maxBufferBytes: 4_096, maxBlockMs: 10 },
    });
    primary.latencyMs = 1_000;
    const [first, second, third] = [new Told(), new Told(), new Told()];
    await producer.sendEach(valued('a', 'b', 'c'), first, never);
    const waits = producer.sendEach(valued('d', 'e'), second, never);
    const leaving = new AbortController();
    const leaves = producer.sendEach(valued('f', 'g'), third, leaving.signal);
    await clock.pass(500);
    leaving.abort();
    expect(await leaves).toBe(false);
    expect(await clock.passUntil(waits)).toBe(true);
    await clock.passUntil(producer.close());
    expect(primary.values.join('')).toBe('abcde');
    expect([second.outcomes, third.outcomes]).toEqual([['0 stored', '1 stored'], []]);
    expect(producer.stats()).toMatchObject({ sent: 5, bufferedMessages: 0 });
  });

  test('I2: fails what waits for room when the producer closes, and what comes after', async () => {
    const { clock, producer, primary } = new World({ settings: { lanes: 1, maxBufferBytes: 2_048 } });
    primary.latencyMs = 100;
    const told = new Told();
    await producer.sendEach(valued('a'), told, never);
    const waits = producer.sendEach(valued('b'), told, never);
    const closed = producer.close();
    expect(await waits).toBe(true);
    expect(await producer.sendEach(valued('c'), told, never)).toBe(true);
    await clock.passUntil(closed);
    expect(told.outcomes).toEqual(['0 CLOSED', '0 CLOSED', '0 stored']);
    const words = 'The message is not stored: the producer was closed before it was accepted.';
    expect(told.words).toEqual([words, words]);
    expect(primary.values).toEqual(['a']);
  });
});
