import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { AnyReceipt } from '../../runtime/receipt.ts';
import type { ProducerOptions } from '../../runtime/settings/index.ts';
import type { StreamProducer } from '../../runtime/producer/index.ts';
import { EmulatedWorld, SAO_PAULO, VINHEDO } from '../support/emulated-world.ts';

/** So that an outage is known after two seconds. */
const QUICK = { maxAttempts: 2, baseDelayMs: 20, retryWindowMs: 500, closeTimeoutMs: 30_000 };
const MESSAGES = 40;

type Producer = StreamProducer<AnyReceipt>;
type Program = (producer: Producer, send: () => Promise<AnyReceipt>) => Promise<void>;

/** What a user writes first: one message, and the next one when that is settled. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  'awaits each send': async (_, send) => {
    for (let n = 0; n < MESSAGES; n++) await send();
  },
  'sends the next one in a `then`': (_, send) => {
    const sendMore = (left: number): Promise<void> =>
      left === 0 ? Promise.resolve() : send().then(() => sendMore(left - 1));
    return sendMore(MESSAGES);
  },
  'sends the next one in another phase of the event loop': async (_, send) => {
    for (let n = 0; n < MESSAGES; n++) {
      await send();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  },
  'waits until it may write, each time': async (producer, send) => {
    const sent: Promise<AnyReceipt>[] = [];
    for (let n = 0; n < MESSAGES; n++) {
      while (!producer.isWritable(20)) await producer.whenWritable(20);
      sent.push(send());
    }
    await Promise.all(sent);
  },
};

const OUTBOXES: Readonly<Record<string, ProducerOptions>> = {
  'with an outbox for outages': { outbox: 'outage', maxBufferBytes: 4_096 },
  'with every message on disk first': { outbox: 'always', acknowledge: 'disk', maxBufferBytes: 2_048 },
};

describe.concurrent('F1, INV-11: in an outage of both regions a program goes on that', () => {
  for (const [what, program] of Object.entries(PROGRAMS)) {
    for (const [how, options] of Object.entries(OUTBOXES)) {
      test(`${what}, ${how}`, async () => {
        await using world = await EmulatedWorld.start({ partitions: 1 });
        const directory = join(world.directory, 'outbox');
        const producer = await world.producer<ProducerOptions>({
          ...QUICK,
          ...options,
          outboxDirectory: directory,
        });
        for (const region of [SAO_PAULO, VINHEDO]) await world.emulator.setFaults(region, { status: 503 });
        let next = 0;
        await program(producer, () => producer.send({ key: 'k', value: `${next++}` }));
        expect(world.texts(SAO_PAULO)).toEqual([]);
        await world.emulator.clearFaults();
        await producer.close();
        const stored = [...world.texts(SAO_PAULO), ...world.texts(VINHEDO)];
        expect([...new Set(stored)]).toEqual(Array.from({ length: MESSAGES }, (_, n) => `${n}`));
      });
    }
  }
});
