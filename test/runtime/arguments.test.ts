import { createContext, runInContext } from 'node:vm';

import { describe, expect, test } from 'vitest';

import { checkArguments } from '../../runtime/arguments.ts';
import type { StreamProducer } from '../../runtime/producer/index.ts';
import {
  exportEnv,
  loadSecondaryStreamEndpoint,
  loadSecondaryStreamOcid,
  saveSecondaryStream,
} from '../../runtime/record/index.ts';
import { openProducer } from '../../runtime/wiring/index.ts';
import { EmulatedWorld } from '../support/emulated-world.ts';
import { World as ConsumerWorld } from './consumer/world.ts';
import { World } from './router/world.ts';

const KINDS = {
  listener: 'function',
  signal: 'signal',
  directory: 'text',
  batch: 'boolean',
  environment: 'object',
  withinMs: 'amount',
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
      { withinMs: 0 },
      { withinMs: Infinity },
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
    [{ withinMs: -1 }, 'open: withinMs is -1; give a number from 0.'],
    [{ withinMs: NaN }, 'open: withinMs is NaN; give a number from 0.'],
    [{ withinMs: '5' }, 'open: withinMs is string; give a number from 0.'],
    [
      { Listener: () => {} },
      'open: Listener is unknown; there are listener, signal, directory, batch, environment, withinMs.',
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
    for (const [call, sent] of [
      ['send', producer.send({ value: 'a' }, wrong)],
      ['sendBatch', producer.sendBatch([{ value: 'b' }], wrong)],
    ] as const)
      await expect(sent).rejects.toMatchObject({
        code: 'CONFIG',
        message: `${call}: signal is number; give an AbortSignal.`,
      });
    await producer.send({ value: 'c' });
    expect(world.texts('sa-saopaulo-1')).toEqual(['c']);
    const consumer = await world.consumer({ group: 'g' });
    const notAHandler = undefined as unknown as () => void;
    await expect(consumer.run(notAHandler)).rejects.toMatchObject({ code: 'CONFIG' });
    const misspelt = { Batch: true } as unknown as { batch: false };
    await expect(consumer.run(() => {}, misspelt)).rejects.toThrow('there are batch, signal, onDeadLetter');
  });

  test.each<[string, (producer: StreamProducer) => unknown]>([
    ['send: Signal is unknown', (producer) => producer.send({ value: 'a' }, { Signal: 1 } as object)],
    ['send: what is given is number', (producer) => producer.send({ value: 'a' }, 5 as unknown as object)],
    ['sendBatch: what is given is null', (producer) => producer.sendBatch([], null as unknown as object)],
    ['isWritable: bytes is string', (producer) => producer.isWritable('5' as unknown as number)],
    ['whenWritable: bytes is NaN', (producer) => producer.whenWritable(NaN)],
    ['close: what is given is null', (producer) => producer.close(null as unknown as object)],
    ['close: withinMs is bigint', (producer) => producer.close({ withinMs: 5n as unknown as number })],
  ])('I2, I6: %s: refused in words, and the producer goes on', async (words, call) => {
    const { producer, clock } = new World();
    await expect((async () => call(producer))()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(words),
    });
    await clock.passUntil(producer.send({ value: 'next' }));
    await clock.passUntil(producer.close());
  });

  test.each([null, 'SIGTERM', { commit: 'no' }, { withinMs: 5 }])(
    'I2, H15: close(%j) of a consumer is refused, closes nothing, and keeps no handled message from being committed',
    async (wrong) => {
      await using world = new ConsumerWorld();
      world.primary.store(0, 'one', 'two');
      void world.readOn();
      await world.clock.pass(100);
      await expect(world.consumer.close(wrong as unknown as { commit: boolean })).rejects.toMatchObject({
        code: 'CONFIG',
      });
      await world.close();
      expect(world.primary.uncommitted()).toEqual([]);
    },
  );

  test.each<[string, () => unknown]>([
    ['loadSecondaryStreamOcid: file is number', () => loadSecondaryStreamOcid(5 as unknown as string)],
    [
      'loadSecondaryStreamEndpoint: file is null',
      () => loadSecondaryStreamEndpoint(null as unknown as string),
    ],
    ['saveSecondaryStream: file is object', () => saveSecondaryStream('', '', {} as unknown as string)],
    ['exportEnv: what is given is null', () => exportEnv('', '', null as unknown as object)],
    ['exportEnv: File is unknown', () => exportEnv('', '', { File: 'x' } as object)],
    ['exportEnv: mode is "persistant"; give auto', () => exportEnv('', '', { mode: 'persistant' } as object)],
  ])('E13, I6: %s: refused in words, as a promise', async (words, call) => {
    await expect(call()).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(words),
    });
  });

  test('I6: a variable of the environment that is no text is refused by its name', async () => {
    const environment = { OCI_PRIMARY_REGION: 5 } as unknown as Record<string, string>;
    await expect(openProducer({}, { environment })).rejects.toMatchObject({
      code: 'CONFIG',
      message: 'The environment of an open: OCI_PRIMARY_REGION is number; give text.',
    });
  });
});
