import { describe, expect, test, vi } from 'vitest';

import { readInPassing } from '../../../runtime/consumer/index.ts';
import { openPassingReaders } from '../../../runtime/wiring/index.ts';
import { SAO_PAULO, VINHEDO } from '../../support/emulated-world.ts';
import { TwoStreams } from './two-streams.ts';

describe.concurrent('faults of reading, over HTTP', () => {
  test('A14: writes fail while reads work: the producer fails over, the consumer reads both regions', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    await streams.record(SAO_PAULO);
    const texts = await streams.put(SAO_PAULO, 5);
    await world.emulator.setFaults(SAO_PAULO, { operation: 'PutMessages', status: 503 });
    const producer = await world.producer();
    streams.readOn(await world.consumer());
    const receipt = await producer.send({ value: 'written meanwhile' });
    expect(receipt.region).toBe(VINHEDO);
    await streams.arrived([...texts, 'written meanwhile'], 15_000);
    expect(world.eventsOf('read-failed')).toEqual([]);
  });

  test('A15: reads fail while writes work: reported, tried on, and nothing is lost', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    await streams.record(SAO_PAULO);
    await world.emulator.setFaults(SAO_PAULO, { operation: 'GetMessages', status: 500 });
    const producer = await world.producer();
    streams.readOn(await world.consumer());
    await vi.waitUntil(() => world.eventsOf('read-failed').length >= 3, { timeout: 45_000 });
    const receipt = await producer.send({ value: 'written meanwhile' });
    expect(receipt.region).toBe(SAO_PAULO);
    await world.emulator.clearFaults(SAO_PAULO);
    await streams.arrived(['written meanwhile'], 15_000);

    expect(world.eventsOf('failover-started')).toEqual([]);
    expect(world.eventsOf('gap')).toEqual([]);
  });

  test.each([
    ['a page of HTML', { body: '<html>Bad Gateway</html>', contentType: 'text/html' }],
    ['half an answer', { truncate: 20 }],
    ['no list', { body: '{"value":"x"}' }],
    [
      'a value that is no base64',
      { body: '[{"partition":"0","offset":0,"key":null,"value":"***","timestamp":"2026-11-23T12:00:00Z"}]' },
    ],
    [
      'an offset that is negative',
      {
        body: '[{"partition":"0","offset":-1,"key":null,"value":"eA==","timestamp":"2026-11-23T12:00:00Z"}]',
      },
    ],
  ])(
    'B14: %s in place of messages: nothing is handled or committed, and the messages come after it',
    async (_, fault) => {
      await using streams = await TwoStreams.start();
      const { world } = streams;
      await streams.record(SAO_PAULO);
      await world.emulator.setFaults(SAO_PAULO, { operation: 'GetMessages', ...fault });
      const texts = await streams.put(SAO_PAULO, 5);
      streams.readOn(await world.consumer());
      await vi.waitUntil(() => world.eventsOf('read-failed').length >= 3, { timeout: 45_000 });
      expect(streams.received).toEqual([]);
      expect(streams.uncommitted(SAO_PAULO)).toBe(5);
      await world.emulator.clearFaults(SAO_PAULO);
      await streams.arrived(texts, 15_000);

      expect(streams.received).toEqual(texts);
    },
  );

  test.each([503, 409, 429])(
    'H14: a commit that fails with %i as the consumer closes is tried again',
    async (status) => {
      await using streams = await TwoStreams.start();
      const { world } = streams;
      await streams.record(SAO_PAULO);
      const texts = await streams.put(SAO_PAULO, 5);
      const consumer = await world.consumer();
      const gate = Promise.withResolvers<void>();
      let closed: Promise<void> | undefined;
      void consumer.run(async (message) => {
        streams.received.push(message.text());
        if (streams.received.length === 5) {
          await world.emulator.setFaults(SAO_PAULO, { operation: 'ConsumerCommit', status, count: 2 });
          closed = consumer.close();
          gate.resolve();
        }
      });
      await gate.promise;
      await closed;

      expect(streams.received).toEqual(texts);
      expect(streams.uncommitted(SAO_PAULO)).toBe(0);
      expect(world.eventsOf('warning')).toEqual([]);
    },
  );

  test('H16: a group that an operator resets is followed from the new position', async () => {
    await using streams = await TwoStreams.start();
    const { world } = streams;
    await streams.record(SAO_PAULO);
    const texts = await streams.put(SAO_PAULO, 5);
    streams.readOn(await world.consumer());
    await streams.arrived(texts);
    await vi.waitUntil(() => streams.uncommitted(SAO_PAULO) === 0, { timeout: 45_000 });
    streams.received.length = 0;
    await streams.resetGroup(SAO_PAULO);
    await streams.arrived(texts);

    expect(streams.received).toEqual(texts);
  });

  test.each([401, 403, 404])(
    'H19: one %i when it looks for the secondary, and it is read all the same',
    async (status) => {
      await using streams = await TwoStreams.start();
      const { world } = streams;
      await streams.record(SAO_PAULO);
      await world.emulator.setFaults(VINHEDO, { operation: 'GetStream', status, count: 1 });
      const late = await streams.put(VINHEDO, 3);
      streams.readOn(await world.consumer());
      await world.event('warning');
      await streams.arrived(late, 15_000);

      expect(world.eventsOf('warning')).toHaveLength(1);
    },
  );

  test.each([401, 403, 404])(
    'H19: one %i to a read of the secondary that is active, and it is read on',
    async (status) => {
      await using streams = await TwoStreams.start();
      const { world } = streams;
      await streams.record(VINHEDO);
      streams.readOn(await world.consumer());
      await streams.arrived(await streams.put(VINHEDO, 3));
      await world.emulator.setFaults(VINHEDO, { operation: 'GetMessages', status, count: 1 });
      await world.event('read-failed');
      await streams.arrived(await streams.put(VINHEDO, 3), 10_000);

      expect(streams.received).toHaveLength(6);
    },
  );

  test('H21: reading in passing commits nothing, makes no group, and disturbs no member of one', async () => {
    await using streams = await TwoStreams.start({ primary: 2 });
    const { world } = streams;
    await streams.record(SAO_PAULO);
    const consumer = await world.consumer();
    streams.readOn(consumer);
    const before = await streams.put(SAO_PAULO, 10);
    await streams.arrived(before);
    await vi.waitUntil(() => streams.uncommitted(SAO_PAULO) === 0, { timeout: 45_000 });
    const holders = streams.holders(SAO_PAULO);
    const ending = new AbortController();
    const opened = await openPassingReaders(
      {},
      { partitions: undefined, startAt: 'TRIM_HORIZON', activeRegionOnly: false },
      { environment: world.environment, directory: world.directory, signal: ending.signal },
    );
    const elsewhere = await streams.put(VINHEDO, 4);
    const seen: string[] = [];
    for await (const message of readInPassing(opened.readers, ending.signal)) {
      seen.push(message.text());
      if (seen.length === 14) ending.abort();
    }
    await opened.close();

    expect(new Set(seen)).toEqual(new Set([...before, ...elsewhere]));
    expect(streams.holders(SAO_PAULO)).toEqual(holders);
    expect(streams.groups(SAO_PAULO)).toEqual(['oci-streaming-ha']);
    expect(world.eventsOf('cursor-renewed')).toEqual([]);
  });
});
