import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';

import { abortedError } from '../../../runtime/producer/given-up.ts';
import { World } from '../router/world.ts';

const value = 'x';

test('I3: a signal for many messages keeps nothing of those that are settled', async () => {
  const { clock, producer, primary } = new World({ settings: { maxBufferBytes: 4_096 } });
  const { signal } = new AbortController();
  const told = { stored: (): void => {}, failed: (): void => {} };
  await clock.passUntil(producer.send({ value }, { signal }));
  await clock.passUntil(producer.sendBatch([{ value }, { value }], { signal }));
  const refused = producer.sendBatch([{ value }, { value }, { value }, { value }], { signal });
  // Waits for room.
  const each = producer.sendEach([{ value }], told, signal);
  await clock.passUntil(Promise.all([refused, each]));
  await clock.passUntil(producer.close());
  expect(primary.stored).toHaveLength(8);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('I3, INV-11: a signal that aborts while the message is being read gives it up too', async () => {
  const { clock, producer } = new World();
  const leaving = new AbortController();
  const message = {
    get value(): string {
      leaving.abort();
      return 'x';
    },
  };
  const sent = producer.send(message, { signal: leaving.signal });
  await expect(clock.passUntil(sent, 1)).rejects.toMatchObject({ code: 'ABORTED' });
});

test('I3: the error of a message that was given up has the reason of the abort as its cause', () => {
  const cause = new Error('the request of our user ended');
  expect(abortedError(AbortSignal.abort(cause), false)).toMatchObject({ code: 'ABORTED', cause });
  expect(abortedError(undefined, true).cause).toBeUndefined();
});
