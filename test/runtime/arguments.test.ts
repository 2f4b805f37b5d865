import { createContext, runInContext } from 'node:vm';

import { describe, expect, test } from 'vitest';

import { checkArguments } from '../../runtime/arguments.ts';
import { EmulatedWorld } from '../support/emulated-world.ts';

const KINDS = {
  listener: 'function',
  signal: 'signal',
  directory: 'text',
  batch: 'boolean',
  environment: 'object',
} as const;
const given = (value: object) => () => checkArguments('open', value, KINDS);

describe('I6: what JavaScript passes', () => {
  test('I6: is taken when it fits, also a signal that is of another realm, or is left out', () => {
    const listener = (): void => {};
    const foreign = runInContext(
      '({ aborted: false, addEventListener() {} })',
      createContext(),
    ) as AbortSignal;
    for (const fits of [
      {},
      { listener, signal: undefined },
      { signal: AbortSignal.abort() },
      { signal: foreign },
      { directory: '', batch: false, environment: process.env },
    ])
      expect(given(fits)).not.toThrow();
  });

  test.each<[object, string]>([
    [{ listener: 5 }, 'open: listener is number; give a function.'],
    [{ signal: {} }, 'open: signal is object; give an AbortSignal.'],
    [{ signal: null }, 'open: signal is null; give an AbortSignal.'],
    [{ environment: null }, 'open: environment is null; give an object.'],
    [{ directory: ['a'] }, 'open: directory is an array; give text.'],
    [{ batch: 1 }, 'open: batch is number; give true or false.'],
    [
      { Listener: () => {} },
      'open: Listener is unknown; there are listener, signal, directory, batch, environment.',
    ],
    [null as unknown as object, 'open: what is given is null; give an object.'],
    [5 as unknown as object, 'open: what is given is number; give an object.'],
  ])('I6: %j is refused in words', (value, message) => {
    expect(given(value)).toThrow(expect.objectContaining({ code: 'CONFIG', message }));
  });

  test('I6, INV-1: is refused before a message is accepted or read', async () => {
    await using world = await EmulatedWorld.start({ partitions: 1 });
    const producer = await world.producer();
    const wrong = { signal: 5 } as unknown as { signal: AbortSignal };
    for (const sent of [producer.send({ value: 'a' }, wrong), producer.sendBatch([{ value: 'b' }], wrong)])
      await expect(sent).rejects.toMatchObject({
        code: 'CONFIG',
        message: 'send: signal is number; give an AbortSignal.',
      });
    await producer.send({ value: 'c' });
    expect(world.texts('sa-saopaulo-1')).toEqual(['c']);
    const consumer = await world.consumer({ group: 'g' });
    const notAHandler = undefined as unknown as () => void;
    await expect(consumer.run(notAHandler)).rejects.toMatchObject({ code: 'CONFIG' });
    const misspelt = { Batch: true } as unknown as { batch: false };
    await expect(consumer.run(() => {}, misspelt)).rejects.toThrow('there are batch, signal, onDeadLetter');
  });
});
