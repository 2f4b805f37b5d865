import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import type { Outbox } from '../../../runtime/outbox/index.ts';
import { Manager, type Producer } from '../../../runtime/producer/index.ts';
import { Lane } from '../../../runtime/producer/lane.ts';
import type { AnyReceipt } from '../../../runtime/receipt.ts';
import type { Options } from '../../../runtime/settings/index.ts';
import { cases } from '../../support/cases.ts';
import { status } from '../../support/fake-region.ts';
import { unhandledRejections } from '../../support/unhandled-rejections.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { outboxOn, World, type WorldOptions } from '../router/world.ts';

const unhandled = unhandledRejections();

/** A producer with an outbox on a disk in memory, between two regions, in virtual time. */
function begin(settings: Options = {}, options: WorldOptions = {}): World {
  return new World({ ...options, hasDisk: true, settings: { outbox: 'outage', ...settings } });
}

/** The next process on this machine. */
function again(before: World, settings: Options = {}): World {
  return begin(settings, { before });
}

function lose(world: World): void {
  for (const region of [world.primary, world.secondary]) {
    region.fail(status(503));
    region.adminBehaviour = () => status(503);
  }
}

function heal(world: World): void {
  for (const region of [world.primary, world.secondary]) {
    region.heal();
    region.adminBehaviour = () => undefined;
  }
}

/** As kill -9: nothing of the process goes on, and a write that is under way reached the disk or did not. */
function kill(world: World, reachedTheDisk = false): void {
  world.store?.crash(reachedTheDisk);
  void world.router.close();
}

const spooling = (world: World): Producer<AnyReceipt> => world.producer;

/** The values that a region stored of a key, in order of offset. */
function valuesOf(world: World, key: string): string[] {
  const encoded = Buffer.from(key).toString('base64');
  return [...world.primary.stored, ...world.secondary.stored]
    .filter((message) => message.key === encoded)
    .map(({ value }) => Buffer.from(value, 'base64').toString());
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `${from + index}`);

/** Both regions are lost, and it is known. */
async function inAnOutage(world: World): Promise<void> {
  lose(world);
  void world.producer.send({ key: 'first', value: 'first' }).catch(() => {});
  await world.clock.pass(15_000);
}

describe('both regions are down', () => {
  test('F1, INV-1: messages go to disk, their senders learn it, and they are sent in order afterwards', async () => {
    const world = begin();
    await inAnOutage(world);
    const sent = numbers(0, 500).map((value) =>
      spooling(world).send({ key: `k${Number(value) % 5}`, value }),
    );
    const receipts = await world.clock.passUntil(Promise.all(sent));
    expect(receipts.every((receipt) => receipt.type === 'outbox')).toBe(true);
    expect(world.disk?.totals.messages).toBe(501);
    expect(world.producer.stats()).toMatchObject({ bufferedMessages: 0, outbox: { messages: 501 } });
    heal(world);
    await world.clock.pass(10_000);
    expect(valuesOf(world, 'k3')).toEqual(numbers(0, 500).filter((value) => Number(value) % 5 === 3));
    expect(world.disk?.totals.messages).toBe(0);
    expect(world.eventsOf('outbox-used')).toMatchObject([{ because: 'no region takes messages' }]);
    expect(world.eventsOf('outbox-drained')).toMatchObject([{ messages: 501 }]);
    expect(await unhandled()).toEqual([]);
  });

  const awaiting = {
    'send in an outage': { outbox: 'outage' },
    'send, when every message goes to disk': { outbox: 'always', acknowledge: 'disk' },
  } as const;
  for (const [what, settings] of Object.entries(awaiting)) {
    test(`F1, I13: a program that awaits each ${what} goes on, whenever it asks again`, async () => {
      const world = begin(settings);
      await inAnOutage(world);
      const sentAll = async (turns: number): Promise<void> => {
        for (const value of numbers(0, 10)) {
          await spooling(world).send({ key: 'k', value });
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        }
      };
      for (let turns = 0; turns < 12; turns++) await world.clock.passUntil(sentAll(turns));
      expect(world.disk?.totals.messages).toBe(121);
      await world.clock.passUntil(world.producer.close());
      expect(world.producer.stats().failed).toBe(0);
    });
  }

  test('F1, INV-5: memory is flat for a minute at 1,000 messages a second', async () => {
    const world = begin({ maxBufferBytes: 4 * 1_048_576 });
    await inAnOutage(world);
    const seconds = cases(60, 5);
    let most = 0;
    for (let second = 0; second < seconds; second++) {
      for (let n = 0; n < 1_000; n++) void world.producer.send({ key: `k${n % 64}`, value: 'x'.repeat(100) });
      await world.clock.pass(1_000);
      most = Math.max(most, world.producer.stats().bufferedBytes);
    }
    expect(world.disk?.totals.messages).toBe(seconds * 1_000 + 1);
    expect(most).toBeLessThan(1_048_576);
    heal(world);
    await world.clock.pass(60_000);
    expect(world.disk?.totals.messages).toBe(0);
  });

  test('F1: a message that alone needs more memory than the drain may take is sent too', async () => {
    const world = begin({ maxBufferBytes: 40_000 });
    await inAnOutage(world);
    const value = 'x'.repeat(20_000);
    for (const n of ['0', '1', '2']) {
      await world.clock.passUntil(spooling(world).send({ key: 'k', value: `${n}${value}` }));
    }
    heal(world);
    await world.clock.pass(30_000);
    expect(valuesOf(world, 'k')).toEqual(['0', '1', '2'].map((n) => `${n}${value}`));
  });

  test('D3, D9: while the secondary is being made, messages wait in the outbox', async () => {
    const world = begin({}, { secondaryReady: false });
    world.secondary.createDelayMs = 30_000;
    world.primary.fail(status(503));
    void world.producer.send({ key: 'k', value: '0' });
    await world.clock.pass(15_000);
    const receipt = await world.clock.passUntil(spooling(world).send({ key: 'k', value: '1' }));
    expect(receipt.type).toBe('outbox');
    await world.clock.pass(60_000);
    expect(valuesOf(world, 'k')).toEqual(['0', '1']);
    expect(world.activeRole).toBe('secondary');
  });

  test('F9: whichever region answers first takes the messages of the outbox', async () => {
    const world = begin();
    await inAnOutage(world);
    await world.clock.passUntil(spooling(world).send({ key: 'k', value: '1' }));
    world.secondary.heal();
    world.secondary.adminBehaviour = () => undefined;
    await world.clock.pass(10_000);
    expect(world.secondary.values).toContain('1');
    expect(world.disk?.totals.messages).toBe(0);
  });

  test('F6: a region that comes back for 3 s takes what it can, and no message is stored twice', async () => {
    const world = begin({ maxBatchMessages: 5 });
    world.primary.latencyMs = world.secondary.latencyMs = 200;
    await inAnOutage(world);
    const all = numbers(0, 2_000);
    await world.clock.passUntil(
      Promise.all(all.map((value) => spooling(world).send({ key: `k${Number(value) % 8}`, value }))),
    );
    heal(world);
    await world.clock.pass(3_000);
    lose(world);
    await world.clock.pass(60_000);
    const between = world.primary.stored.length + world.secondary.stored.length;
    expect(between).toBeGreaterThan(100);
    expect(between).toBeLessThan(2_000);
    heal(world);
    await world.clock.pass(120_000);
    const values = [...world.primary.values, ...world.secondary.values].filter((value) => value !== 'first');
    expect(values.toSorted()).toEqual(all.toSorted());
    expect(valuesOf(world, 'k2')).toEqual(all.filter((value) => Number(value) % 8 === 2));
  });
});

test('F1, INV-1: otel-contrib #48635: the first hours of an outage of half a day are not missing afterwards', async () => {
  const minutes = cases(720, 60);
  const killedAt = [0.4, 0.8].map((part) => minutes * part);
  let world = begin();
  const first = world;
  await inAnOutage(world);
  for (let minute = 0; minute < minutes; minute++) {
    if (killedAt.includes(minute)) {
      kill(world);
      world = again(world);
    }
    await world.clock.passUntil(spooling(world).send({ key: 'k', value: `${minute}` }), 30_000);
    await world.clock.pass(60_000);
  }
  expect(first.disk?.totals.messages).toBe(minutes + 1);
  heal(world);
  await world.clock.pass(60_000);
  expect(valuesOf(world, 'k')).toEqual(numbers(0, minutes));
  expect(first.disk?.totals.messages).toBe(0);
});

describe('the producers of a manager', () => {
  /** Its second producer gets its outbox when `second` resolves. */
  function managed(
    world: World,
    disk: MemoryDisk,
    second: (outbox: Outbox) => Promise<Outbox>,
  ): Manager<AnyReceipt> {
    const { router, settings, clock } = world;
    const emit = (): void => {};
    const parts = { router, settings, clock, emit, onClosed: () => router.close() };
    const open = (on: MemoryDisk): Outbox => outboxOn(on.open(), parts);
    return new Manager<AnyReceipt>({
      ...parts,
      outbox: open(new MemoryDisk(clock)),
      openOutbox: () => second(open(disk)),
    });
  }

  test('F1, I2: each have an outbox; what is sent while it is being opened keeps its order', async () => {
    const world = begin();
    const disk = new MemoryDisk(world.clock);
    const manager = managed(world, disk, (outbox) => world.clock.sleep(50).then(() => outbox));
    await inAnOutage(world);
    manager.createProducer();
    const producer = manager.createProducer();
    const sent = numbers(0, 10).map((value) => producer.send({ key: 'k', value }));
    expect(producer.stats()).toMatchObject({ bufferedMessages: 10, outbox: undefined });
    await world.clock.pass(100);
    sent.push(...numbers(10, 20).map((value) => producer.send({ key: 'k', value })));
    const receipts = await world.clock.passUntil(Promise.all(sent));
    expect(new Set(receipts.map(({ type }) => type))).toEqual(new Set(['outbox']));
    expect(disk.totals.messages).toBe(20);
    heal(world);
    await world.clock.pass(30_000);
    expect(valuesOf(world, 'k')).toEqual(numbers(0, 20));
    await world.clock.passUntil(manager.close(), 30_000);
  });

  test('I3: what its sender gives up while the outbox is being opened is neither written nor sent', async () => {
    const world = begin();
    const disk = new MemoryDisk(world.clock);
    const manager = managed(world, disk, (outbox) => world.clock.sleep(50).then(() => outbox));
    await inAnOutage(world);
    manager.createProducer();
    const producer = manager.createProducer();
    const leaving = new AbortController();
    const given = producer.send({ value: '0' }, { signal: leaving.signal }).catch(String);
    const kept = producer.send({ value: '1' });
    leaving.abort();
    expect(await given).toContain('it was not sent');
    await world.clock.passUntil(kept);
    await world.clock.pass(1_000);
    expect(disk.totals.messages).toBe(1);
    await world.clock.passUntil(manager.close(), 30_000);
  });

  test('I2, INV-11: close() of one whose outbox does not open ends, and what opens later is closed', async () => {
    const world = begin();
    const opening = Promise.withResolvers<void>();
    let opened: Outbox | undefined;
    const manager = managed(world, new MemoryDisk(world.clock), async (outbox) => {
      opened = outbox;
      await opening.promise;
      return outbox;
    });
    manager.createProducer();
    const producer = manager.createProducer();
    const sent = producer.send({ value: '0' }).catch((error: unknown) => error);
    const startedAt = world.clock.now();
    await world.clock.passUntil(producer.close({ withinMs: 1_000 }), 30_000);
    expect(world.clock.now() - startedAt).toBe(6_000);
    const words: unknown = expect.stringContaining('is not stored');
    expect(await sent).toMatchObject({ code: 'CLOSED', message: words });
    if (opened === undefined) throw new Error('no outbox');
    const closing = vi.spyOn(opened, 'close');
    opening.resolve();
    await world.clock.passUntil(manager.close(), 30_000);
    expect(closing).toHaveBeenCalledOnce();
  });

  test('INV-1, I2: one whose outbox cannot be opened rejects what it was given, and closes', async () => {
    const world = begin();
    const manager = managed(world, new MemoryDisk(world.clock), () =>
      world.clock.sleep(50).then(() => Promise.reject(new HaError('OUTBOX', 'read-only'))),
    );
    manager.createProducer();
    const producer = manager.createProducer();
    const leaving = new AbortController();
    const outcomes = [
      producer.send({ value: '0' }),
      producer.send({ value: '1' }, { signal: leaving.signal }),
    ].map((sent) => sent.catch((error: HaError) => error.code));
    leaving.abort();
    expect(await world.clock.passUntil(Promise.all(outcomes))).toEqual(['OUTBOX', 'ABORTED']);
    await expect(producer.send({ value: '2' })).rejects.toMatchObject({ code: 'OUTBOX' });
    expect(producer.stats().bufferedMessages).toBe(0);
    await world.clock.passUntil(manager.close(), 30_000);
    expect(await unhandled()).toEqual([]);
  });
});

describe('draining', () => {
  test('F5, INV-2: old before new per key while new messages come, and other keys are not held up', async () => {
    const world = begin({ maxBatchMessages: 10 });
    world.primary.latencyMs = world.secondary.latencyMs = 50;
    await inAnOutage(world);
    const old = numbers(0, 3_000).map((value) =>
      spooling(world).send({ key: `k${Number(value) % 3}`, value }),
    );
    await world.clock.passUntil(Promise.all(old));
    heal(world);
    await world.clock.pass(2_000);
    expect(world.disk?.totals.messages).toBeGreaterThan(1_000);
    const startedAt = world.clock.now();
    const other = await world.clock.passUntil(spooling(world).send({ key: 'other', value: 'x' }));
    expect(other.type).toBeUndefined();
    expect(world.clock.now() - startedAt).toBeLessThan(500);
    const later = numbers(3_000, 3_300).map((value) =>
      spooling(world).send({ key: `k${Number(value) % 3}`, value }),
    );
    await world.clock.passUntil(Promise.all(later), 100_000);
    await world.clock.pass(30_000);
    for (const key of [0, 1, 2]) {
      expect(valuesOf(world, `k${key}`)).toEqual(
        numbers(0, 3_300).filter((value) => Number(value) % 3 === key),
      );
    }
  });

  test('F5, INV-2: a new message does not overtake the last ones of the outbox, which wait for room in their lane', async () => {
    const world = begin({ maxBatchMessages: 5, lanes: 1 });
    world.primary.latencyMs = world.secondary.latencyMs = 200;
    await inAnOutage(world);
    const all = numbers(0, 60).map((value) => spooling(world).send({ key: 'k', value }));
    await world.clock.passUntil(Promise.all(all));
    heal(world);
    for (const value of numbers(60, 100)) {
      await world.clock.pass(150);
      void spooling(world).send({ key: 'k', value });
    }
    await world.clock.pass(30_000);
    expect(valuesOf(world, 'k')).toEqual(numbers(0, 100));
  });

  test('F5: 429 paces it, and nothing is lost or overtaken', async () => {
    const world = begin({ failoverOnThrottle: false });
    await inAnOutage(world);
    await world.clock.passUntil(
      Promise.all(numbers(0, 400).map((value) => spooling(world).send({ key: 'k', value }))),
    );
    heal(world);
    world.primary.putBehaviour = ({ number }) => (number % 2 === 0 ? status(429) : undefined);
    await world.clock.pass(60_000);
    expect(valuesOf(world, 'k')).toEqual(numbers(0, 400));
  });

  test('tells how it goes on', async () => {
    const world = begin({ maxBatchMessages: 10 });
    world.primary.latencyMs = world.secondary.latencyMs = 100;
    await inAnOutage(world);
    await world.clock.passUntil(
      Promise.all(numbers(0, 2_000).map((value) => spooling(world).send({ key: 'k', value }))),
    );
    heal(world);
    await world.clock.pass(60_000);
    const told = world.eventsOf('outbox-draining');
    expect(told.length).toBeGreaterThan(2);
    const [, second] = told;
    expect(second?.perSecond).toBeGreaterThan(50);
    expect(second?.emptyInMs).toBeGreaterThan(1_000);
  });

  test('of messages that nobody may send now goes on when that has changed, in order', async () => {
    const world = begin();
    await inAnOutage(world);
    await world.clock.passUntil(
      Promise.all(numbers(0, 100).map((value) => spooling(world).send({ key: 'k', value }))),
    );
    heal(world);
    let isForbidden = true;
    for (const region of [world.primary, world.secondary]) {
      region.putBehaviour = ({ messages }) => (isForbidden && messages.length > 0 ? status(403) : undefined);
    }
    await world.clock.pass(60_000);
    expect(world.disk?.totals.messages).toBe(101);
    isForbidden = false;
    await world.clock.pass(60_000);
    expect(valuesOf(world, 'k')).toEqual(numbers(0, 100));
  });

  test('of a message that the service refuses moves it to the failed ones, with the reason', async () => {
    const world = begin();
    await inAnOutage(world);
    await world.clock.passUntil(
      Promise.all(numbers(0, 10).map((value) => spooling(world).send({ key: 'k', value }))),
    );
    heal(world);
    const poison = Buffer.from('5').toString('base64');
    for (const region of [world.primary, world.secondary]) {
      region.putBehaviour = ({ messages }) =>
        messages.some(({ value }) => value === poison) ? status(400) : undefined;
    }
    await world.clock.pass(60_000);
    expect(valuesOf(world, 'k')).toEqual(numbers(0, 10).filter((value) => value !== '5'));
    expect(world.disk?.failed.map(({ row }) => Buffer.from(row.value, 'base64').toString())).toEqual(['5']);
    expect(world.eventsOf('outbox-failed')).toHaveLength(1);
  });

  test('of a message that is too old moves it to the failed ones', async () => {
    const world = begin({ maxMessageAgeMs: 30_000 });
    await inAnOutage(world);
    await world.clock.passUntil(spooling(world).send({ key: 'k', value: 'old' }));
    await world.clock.pass(60_000);
    await world.clock.passUntil(spooling(world).send({ key: 'k', value: 'young' }));
    heal(world);
    await world.clock.pass(10_000);
    expect(valuesOf(world, 'k')).toEqual(['young']);
    expect(world.disk?.failed.map(({ because }) => because)).toContainEqual(
      expect.stringContaining('maxMessageAgeMs'),
    );
  });

  test('of 5,000 messages that are too old moves them in a few writes', async () => {
    const world = begin({ maxMessageAgeMs: 30_000 });
    await inAnOutage(world);
    const sent = numbers(0, 5_000).map((value) => spooling(world).send({ key: 'k', value }));
    await world.clock.passUntil(Promise.all(sent));
    await world.clock.pass(60_000);
    const before = world.disk?.writes ?? 0;
    heal(world);
    await world.clock.pass(30_000);
    expect(world.disk?.failed).toHaveLength(5_001);
    expect((world.disk?.writes ?? 0) - before).toBeLessThan(100);
    expect(valuesOf(world, 'k')).toEqual([]);
  });
});

describe('maxMessageAgeMs of messages in memory', () => {
  test.each(['off', 'outage'] as const)(
    'with outbox %s: what is older when it would be sent rejects, and younger ones go on',
    async (outbox) => {
      const world = begin({ maxMessageAgeMs: 3_000, outbox, lanes: 1, maxBatchMessages: 1 });
      world.primary.latencyMs = 2_000;
      const outcomes = Promise.allSettled(
        numbers(0, 5).map((value) => spooling(world).send({ key: 'k', value })),
      );
      const settled = await world.clock.passUntil(outcomes, 60_000);
      expect(settled.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
      ]);
      expect(settled[2]).toMatchObject({ reason: { code: 'TOO_OLD' } });
      expect(valuesOf(world, 'k')).toEqual(['0', '1']);
      world.primary.latencyMs = 5;
      await world.clock.passUntil(spooling(world).send({ key: 'k', value: 'young' }));
      expect(world.producer.stats()).toMatchObject({ bufferedMessages: 0, failed: 3 });
    },
  );
});

describe('a full outbox', () => {
  test('F2: send waits, then OUTBOX_FULL; what is inside stays, and goes', async () => {
    const world = begin({ maxOutboxBytes: 1_048_576, maxBlockMs: 5_000 });
    await inAnOutage(world);
    const sent = numbers(0, 1_200).map((value) =>
      spooling(world).send({ key: 'k', value: value.padEnd(1_024) }),
    );
    const outcomes = await world.clock.passUntil(Promise.allSettled(sent), 20_000);
    const full = outcomes.filter(({ status }) => status === 'rejected');
    expect(full.length).toBeGreaterThan(200);
    for (const outcome of full) {
      const { reason } = outcome as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(HaError);
      expect(reason).toMatchObject({ code: 'OUTBOX_FULL' });
    }
    const held = outcomes.length - full.length;
    expect(world.disk?.totals.messages).toBe(held + 1);
    heal(world);
    await world.clock.pass(20_000);
    expect(valuesOf(world, 'k').map(Number)).toEqual(Array.from({ length: held }, (_, index) => index));
  });

  test('F2: takes a batch as a whole, or not at all', async () => {
    const world = begin({ maxOutboxBytes: 1_048_576, maxBlockMs: 5_000 });
    await inAnOutage(world);
    const batch = (messages: number): { key: string; value: string }[] =>
      Array.from({ length: messages }, (_, n) => ({ key: 'k', value: `${n}`.padEnd(100_000) }));
    const first = await world.clock.passUntil(spooling(world).sendBatch(batch(6)));
    expect(new Set(first.map(({ type }) => type))).toEqual(new Set(['outbox']));
    const second = world.clock.passUntil(spooling(world).sendBatch(batch(6)), 10_000);
    await expect(second).rejects.toMatchObject({ code: 'OUTBOX_FULL' });
    expect(world.disk?.totals.messages).toBe(7);
    const third = await world.clock.passUntil(spooling(world).sendBatch(batch(3)));
    expect(third).toHaveLength(3);
  });

  test('F2, F5: that is full keeps back no message that does not go there', async () => {
    const world = begin({ maxOutboxBytes: 1_048_576, maxBatchMessages: 1 });
    await inAnOutage(world);
    const old = Array.from({ length: 9 }, () => ({ key: 'k', value: 'x'.repeat(100_000) }));
    await world.clock.passUntil(spooling(world).sendBatch(old));
    heal(world);
    world.primary.latencyMs = world.secondary.latencyMs = 500;
    await world.clock.pass(2_000);
    expect(world.disk?.totals.bytes).toBeGreaterThan(500_000);
    // This one finds no room, and waits for it in memory.
    if (world.disk !== undefined) world.disk.mode = 'full';
    void world.producer.send({ key: 'k', value: 'later' });
    await world.clock.pass(10);
    const sent = spooling(world).sendBatch(
      Array.from({ length: 6 }, (_, n) => ({ key: 'other', value: `${n}`.padEnd(100_000) })),
    );
    const startedAt = world.clock.now();
    const receipts = await world.clock.passUntil(sent);
    expect(new Set(receipts.map(({ type }) => type))).toEqual(new Set([undefined]));
    expect(world.clock.now() - startedAt).toBeLessThan(4_000);
  });

  test('F2: fluent-bit #9997: takes messages up to its limit, to the last one that fits', async () => {
    const world = begin({ maxOutboxBytes: 1_048_576, maxBlockMs: 0 });
    await inAnOutage(world);
    for (let n = 0; n < 2_000; n++) {
      await world.clock.passUntil(Promise.allSettled([spooling(world).send({ value: 'x'.repeat(1_000) })]));
    }
    expect(world.disk?.totals.bytes).toBeLessThanOrEqual(1_048_576);
    expect(world.disk?.totals.bytes).toBeGreaterThan(1_048_576 - 1_100);
  });

  test('F2: says how much it holds, what is on its way to the disk included', async () => {
    const world = begin({ outbox: 'always', maxOutboxBytes: 1_048_576 });
    if (world.disk !== undefined) world.disk.syncMs = 1_000;
    for (let n = 0; n < 20; n++) void spooling(world).send({ value: 'x'.repeat(100_000) });
    await world.clock.pass(10);
    const held = 10 * (100_000 + 64);
    const because = `it holds ${held} of 1048576 bytes (\`maxOutboxBytes\`)`;
    expect(world.eventsOf('outbox-full')).toMatchObject([{ because }]);
  });

  test('F3: on a full disk is named, and messages go straight to a region that is well again', async () => {
    const world = begin({ maxBlockMs: 3_000 });
    await inAnOutage(world);
    await world.clock.passUntil(spooling(world).send({ key: 'k', value: '0' }));
    const { disk } = world;
    if (disk === undefined) throw new Error('no disk');
    disk.mode = 'full';
    const first = spooling(world).send({ key: 'k', value: '1' });
    await world.clock.pass(100);
    const refused = await world.clock.passUntil(spooling(world).send({ key: 'k', value: '2' }).catch(String));
    expect(refused).toContain('the disk is full');
    expect(world.eventsOf('outbox-full')).toHaveLength(1);
    heal(world);
    const receipt = await world.clock.passUntil(first, 30_000);
    expect(receipt.type).toBeUndefined();
    expect(valuesOf(world, 'k')).toEqual(['0', '1']);
  });

  test('F3: a disk that was full takes messages again when it has room, though all that waited for it went to a region', async () => {
    const world = begin({ outbox: 'always', acknowledge: 'disk', maxBlockMs: 3_000 });
    const { disk } = world;
    if (disk === undefined) throw new Error('no disk');
    const send = (value: string) => world.clock.passUntil(spooling(world).send({ key: 'k', value }));
    disk.mode = 'full';
    const straight = [await send('0'), await send('1'), await send('2')];
    expect(straight.map(({ type }) => type)).toEqual([undefined, undefined, undefined]);
    disk.mode = 'works';
    const synced = [await send('3'), await send('4')];
    expect(synced.map(({ type }) => type)).toEqual(['outbox', 'outbox']);
    await world.clock.pass(1_000);
    expect(valuesOf(world, 'k')).toEqual(numbers(0, 5));
    expect(world.eventsOf('outbox-full')).toHaveLength(1);
  });

  test('F3, C23: what its sender gives up while the disk is full is neither sent nor written, not even as an empty message', async () => {
    const world = begin();
    await inAnOutage(world);
    const { disk } = world;
    if (disk === undefined) throw new Error('no disk');
    disk.mode = 'full';
    const gaveUp = new AbortController();
    const given = world.producer.send({ key: 'k', value: '0' }, { signal: gaveUp.signal }).catch(String);
    const kept = spooling(world).send({ key: 'k', value: '1' });
    await world.clock.pass(500);
    gaveUp.abort();
    expect(await world.clock.passUntil(given)).toContain('gave the message up');
    heal(world);
    await world.clock.passUntil(kept, 30_000);
    await world.clock.pass(5_000);
    expect(valuesOf(world, 'k')).toEqual(['1']);
    expect([...world.primary.stored, ...world.secondary.stored].map(({ value }) => value)).not.toContain('');
  });

  test('INV-2, F3: what a disk that fails leaves in memory goes before later messages of its key, whenever those come', async () => {
    for (let turns = 0; turns < 13; turns++) {
      const world = begin();
      await inAnOutage(world);
      const { disk } = world;
      if (disk === undefined) throw new Error('no disk');
      disk.mode = 'broken';
      const first = spooling(world).send({ key: 'k', value: '0' });
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const second = spooling(world).send({ key: 'k', value: '1' });
      await world.clock.pass(100);
      const third = spooling(world).send({ key: 'k', value: '2' });
      heal(world);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const last = spooling(world).send({ key: 'k', value: '3' });
      await world.clock.passUntil(Promise.all([first, second, third, last]));
      expect(valuesOf(world, 'k')).toEqual(numbers(0, 4));
      expect(world.disk?.totals.messages).toBe(1);
    }
  });

  test('F2, F5: who waits for room on a full disk goes on when nothing of its key waits there any more', async () => {
    const world = begin({ maxOutboxBytes: 1_048_576, maxBlockMs: 3_000 });
    await inAnOutage(world);
    const { clock } = world;
    const large = 'x'.repeat(150_000);
    for (let n = 0; n < 6; n++) await clock.passUntil(spooling(world).send({ key: 'k', value: large }));
    const waits = spooling(world).send({ key: 'k', value: large });
    await clock.pass(100);
    expect(world.disk?.totals.messages).toBe(7);
    for (const region of [world.primary, world.secondary]) region.latencyMs = 10_000;
    heal(world);
    expect((await clock.passUntil(waits)).type).toBeUndefined();
    expect(valuesOf(world, 'k')).toHaveLength(7);
  });

  test('I1, F3: close ends when what a failed disk left in memory is stored, in whichever turn it begins', async () => {
    for (let turns = 0; turns < 13; turns++) {
      const world = begin();
      await inAnOutage(world);
      const { disk, router, clock } = world;
      if (disk === undefined) throw new Error('no disk');
      disk.mode = 'broken';
      const sent = spooling(world).send({ key: 'k', value: '0' });
      await clock.pass(100);
      heal(world);
      const closeAfterTurns = async (): Promise<number> => {
        await router.when(true);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        const startedAt = clock.now();
        await world.producer.close();
        return clock.now() - startedAt;
      };
      expect(await clock.passUntil(closeAfterTurns())).toBeLessThan(100);
      expect((await sent).type).toBeUndefined();
    }
  });

  test('a disk that fails stops the outbox, is told once, and messages wait in memory', async () => {
    const world = begin();
    await inAnOutage(world);
    const { disk } = world;
    if (disk === undefined) throw new Error('no disk');
    disk.mode = 'broken';
    const sent = numbers(0, 10).map((value) => spooling(world).send({ key: 'k', value }));
    await world.clock.pass(30_000);
    expect(world.eventsOf('outbox-stopped')).toHaveLength(1);
    heal(world);
    const receipts = await world.clock.passUntil(Promise.all(sent), 30_000);
    expect(receipts.every((receipt) => receipt.type === undefined)).toBe(true);
    expect(valuesOf(world, 'k')).toEqual(numbers(0, 10));
  });

  test('memory that is full goes to disk, and send does not wait for a region', async () => {
    const world = begin({ maxBufferBytes: 200_000, maxBlockMs: 5_000 });
    world.primary.latencyMs = 30_000;
    const sent: Promise<AnyReceipt>[] = [];
    for (const value of numbers(0, 1_000)) {
      sent.push(spooling(world).send({ key: `k${Number(value) % 4}`, value }));
      if (sent.length % 50 === 0) await world.clock.pass(10);
    }
    expect(world.disk?.totals.messages).toBeGreaterThan(500);
    expect(world.eventsOf('outbox-used')).toMatchObject([{ because: 'memory is full' }]);
    world.primary.latencyMs = 5;
    await world.clock.passUntil(Promise.all(sent), 120_000);
    await world.clock.pass(120_000);
    expect(valuesOf(world, 'k1')).toEqual(numbers(0, 1_000).filter((value) => Number(value) % 4 === 1));
  });

  test('C14, F2: memory and disk that are both full are not looked through again for each sender that waits', async () => {
    const world = begin({ maxBufferBytes: 1_048_576, maxOutboxBytes: 1_100_000, maxBatchMessages: 5 });
    world.primary.latencyMs = 1_000_000;
    const send = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        world.producer.send({ key: `k${n % 64}`, value: 'x'.repeat(1_000) }).catch(() => {});
      }
      await world.clock.pass(10);
    };
    for (let round = 0; round < 5; round++) await send(500);
    const looks = vi.spyOn(Lane.prototype, 'waitingMessages', 'get');
    await send(200);
    expect(looks.mock.calls.length).toBeLessThan(20);
    looks.mockRestore();
  });
});

describe('a message that is tried for longer than deliveryTimeoutMs', () => {
  /** One partition's entries are refused; others are stored. */
  function refuseKey(world: World, key: string): void {
    const refused = Buffer.from(key).toString('base64');
    for (const region of [world.primary, world.secondary]) {
      region.putBehaviour = ({ messages }) => ({
        each: (_, index) => (messages[index]?.key === refused ? 500 : undefined),
      });
    }
  }

  test('INV-1, INV-2: goes to disk with all that is later of its key, and is sent in order when it can be', async () => {
    const world = begin({ deliveryTimeoutMs: 5_000, lanes: 1, maxBatchMessages: 10 });
    refuseKey(world, 'k');
    const sent = numbers(0, 200).map((value) =>
      spooling(world).send({ key: Number(value) % 2 === 0 ? 'k' : 'other', value }),
    );
    await world.clock.pass(40_000);
    const receipts = await world.clock.passUntil(Promise.all(sent));
    expect(receipts[0]).toMatchObject({ type: 'outbox' });
    expect(world.eventsOf('outbox-used')).toMatchObject([
      { because: expect.stringContaining('deliveryTimeoutMs') },
    ]);
    // Again and again, for as long as it takes.
    await world.clock.pass(120_000);
    expect(valuesOf(world, 'k')).toEqual([]);
    const later = spooling(world).send({ key: 'k', value: '200' });
    await world.clock.pass(1_000);
    heal(world);
    await world.clock.passUntil(later, 60_000);
    await world.clock.pass(30_000);
    expect(valuesOf(world, 'k')).toEqual(numbers(0, 201).filter((value) => Number(value) % 2 === 0));
    expect(new Set(valuesOf(world, 'other')).size).toBe(100);
    expect(world.disk?.totals.messages).toBe(0);
    expect(world.producer.stats().failed).toBe(0);
  });

  test('F2: rejects when there is no room on disk', async () => {
    const world = begin({ deliveryTimeoutMs: 5_000, lanes: 1 });
    const { disk } = world;
    if (disk === undefined) throw new Error('no disk');
    disk.mode = 'broken';
    refuseKey(world, 'k');
    const sent = spooling(world).send({ key: 'k', value: '0' });
    void spooling(world)
      .send({ key: 'k', value: '1' })
      .catch(() => {});
    const outcome = await world.clock.passUntil(
      sent.catch((error: unknown) => error),
      60_000,
    );
    // The first one finds the disk broken only by trying.
    expect(outcome).toMatchObject({ code: 'DELIVERY_TIMEOUT' });
  });

  test('of a sender that waits for a region tells it that the message is on disk', async () => {
    const world = begin({ deliveryTimeoutMs: 5_000, lanes: 1, outbox: 'always' });
    refuseKey(world, 'k');
    const receipt = await world.clock.passUntil(spooling(world).send({ key: 'k', value: '0' }), 60_000);
    expect(receipt).toMatchObject({ type: 'outbox' });
    heal(world);
    await world.clock.pass(20_000);
    expect(valuesOf(world, 'k')).toEqual(['0']);
  });
});

describe('the end of a process', () => {
  test('I1, INV-1: close() in an outage puts what is not stored on disk, at once', async () => {
    const world = begin();
    lose(world);
    const sent = numbers(0, 100).map((value) => spooling(world).send({ key: 'k', value }));
    await world.clock.pass(10);
    const startedAt = world.clock.now();
    await world.clock.passUntil(world.producer.close(), 30_000);
    expect(world.clock.now() - startedAt).toBeLessThan(13_000);
    const receipts = await Promise.all(sent);
    expect(receipts.every(({ type }) => type === 'outbox')).toBe(true);
    expect(world.disk?.totals.messages).toBe(100);
    const next = again(world);
    heal(next);
    await next.clock.pass(10_000);
    expect(valuesOf(next, 'k')).toEqual(numbers(0, 100));
    expect(next.eventsOf('outbox-found')).toMatchObject([{ messages: 100 }]);
  });

  test('I1, INV-11: close() ends though the disk does not answer, and says that a message may be there', async () => {
    const world = begin();
    await inAnOutage(world);
    if (world.disk === undefined) throw new Error('no disk');
    world.disk.syncMs = 3_600_000;
    const sent = spooling(world)
      .send({ key: 'k', value: '0' })
      .catch((error: unknown) => error);
    const startedAt = world.clock.now();
    await world.clock.passUntil(world.producer.close(), 60_000);
    expect(world.clock.now() - startedAt).toBeLessThan(30_000);
    const words: unknown = expect.stringContaining('may be stored');
    expect(await sent).toMatchObject({ code: 'CLOSED', message: words });
    expect(world.clock.now() - startedAt).toBeGreaterThanOrEqual(5_000);
    // What is written in the end is not removed again and again from a store that is closed.
    await world.clock.passUntil(world.router.close());
    await world.clock.pass(3_700_000);
    expect(world.clock.timers).toBe(0);
  });

  test.each([
    ['is answered within half a second more', 1_000, 3, 2_900],
    ['is not answered', 60_000, 0, 3_200],
  ])(
    'I1, INV-1: close() ends after its time, also when a call under way %s; the rest is on disk',
    async (_, latencyMs, stored, tookMs) => {
      const world = begin({ lanes: 1, maxBatchMessages: 1, requestTimeoutMs: 100_000 });
      world.primary.latencyMs = latencyMs;
      const sent = numbers(0, 10).map((value) => spooling(world).send({ key: 'k', value }));
      await world.clock.pass(100);
      const startedAt = world.clock.now();
      await world.clock.passUntil(world.producer.close({ withinMs: 2_700 }), 10_000);
      expect(Math.round((world.clock.now() - startedAt) / 100) * 100).toBe(tookMs);
      const receipts = await Promise.all(sent);
      expect(receipts.filter(({ type }) => type === undefined)).toHaveLength(stored);
      expect(world.disk?.totals.messages).toBe(10 - stored);
      // No timer keeps the process alive.
      await world.clock.pass(10);
      expect(world.clock.timers).toBe(0);
    },
  );

  test('I1, F3, INV-1: close() says of what a full disk does not take whether it may be stored', async () => {
    const world = begin({ lanes: 1, maxBatchMessages: 1, requestTimeoutMs: 100_000 });
    if (world.disk === undefined) throw new Error('no disk');
    world.disk.mode = 'full';
    world.primary.latencyMs = 60_000;
    const sent = Promise.allSettled(['on its way', 'waits'].map((value) => spooling(world).send({ value })));
    await world.clock.pass(100);
    await world.clock.passUntil(world.producer.close({ withinMs: 0 }), 10_000);
    const failed = (words: string): unknown => ({
      reason: {
        code: 'OUTBOX_FULL',
        message: expect.stringMatching(`${words}.*the disk is full`) as unknown,
      },
    });
    expect(await sent).toMatchObject([failed('may be stored'), failed('is not stored')]);
  });

  test('close() of a producer whose region is well sends everything, what an earlier process left too', async () => {
    const world = begin();
    await inAnOutage(world);
    await world.clock.passUntil(spooling(world).send({ key: 'k', value: '0' }));
    await world.clock.passUntil(world.producer.close(), 30_000);
    const next = again(world);
    heal(next);
    const sent = spooling(next).send({ key: 'k', value: '1' });
    await next.clock.passUntil(next.producer.close(), 30_000);
    await sent;
    expect(valuesOf(next, 'k')).toEqual(['0', '1']);
    expect(next.disk?.totals.messages).toBe(0);
  });

  test('INV-2: the next process sends what is on disk before anything newer of the key', async () => {
    const world = begin();
    await inAnOutage(world);
    await world.clock.passUntil(
      Promise.all(numbers(0, 50).map((value) => spooling(world).send({ key: 'k', value }))),
    );
    kill(world);
    const next = again(world);
    heal(next);
    const sent = numbers(50, 100).map((value) => spooling(next).send({ key: 'k', value }));
    await next.clock.passUntil(Promise.all(sent), 30_000);
    await next.clock.pass(10_000);
    expect(valuesOf(next, 'k')).toEqual(numbers(0, 100));
  });
});

describe('always', () => {
  test("with acknowledge: 'disk' send resolves when the message is on disk, also in an outage", async () => {
    const world = begin({ outbox: 'always', acknowledge: 'disk' });
    const receipt = await world.clock.passUntil(spooling(world).send({ key: 'k', value: '0' }));
    expect(receipt).toEqual({ type: 'outbox', directory: 'outbox/0', sequence: 1 });
    await world.clock.pass(1_000);
    expect(valuesOf(world, 'k')).toEqual(['0']);
    expect(world.disk?.totals.messages).toBe(0);
  });

  test("with acknowledge: 'region' send resolves when a region has it, and in an outage when it is on disk", async () => {
    const world = begin({ outbox: 'always' });
    const receipt = await world.clock.passUntil(spooling(world).send({ key: 'k', value: '0' }));
    expect(receipt).toMatchObject({ region: 'sa-saopaulo-1' });
    expect(world.producer.stats().storedByRegion).toEqual({ 'sa-saopaulo-1': 1 });
    lose(world);
    const sent = spooling(world).send({ key: 'k', value: '1' });
    await world.clock.pass(20_000);
    expect(world.disk?.totals.messages).toBe(1);
    expect(await sent).toMatchObject({ type: 'outbox' });
    expect(world.producer.stats().bufferedMessages).toBe(0);
    const later = spooling(world).send({ key: 'k', value: '2' });
    expect(await world.clock.passUntil(later)).toMatchObject({ type: 'outbox' });
    await world.clock.passUntil(world.producer.close(), 30_000);
  });
});

describe('F4, INV-1: killed at any time', () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ type: fc.constant('send' as const), count: fc.integer({ min: 1, max: 30 }) }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('outage' as const) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('heal' as const) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('kill' as const), reachedTheDisk: fc.boolean() }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 8_000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('flaky' as const) }) },
  );

  test('F4, INV-1, INV-2: what was acknowledged is stored, in order per key, at worst twice', async () => {
    const schedule = fc.array(step, { minLength: 3, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(schedule, fc.constantFrom('outage', 'always' as const), async (steps, outbox) => {
        const settings: Options = {
          outbox,
          acknowledge: outbox === 'always' ? 'disk' : 'region',
          maxBufferBytes: 60_000,
          maxBatchMessages: 7,
          lanes: 3,
        };
        let world = begin(settings);
        const first = world;
        const acknowledged = new Set<string>();
        let next = 0;
        for (const each of steps) {
          switch (each.type) {
            case 'send':
              for (let n = 0; n < each.count; n++) {
                const value = `${next++}`;
                spooling(world)
                  .send({ key: `k${Number(value) % 5}`, value })
                  .then(
                    () => acknowledged.add(value),
                    () => {},
                  );
              }
              break;
            case 'outage':
              lose(world);
              break;
            case 'heal':
              heal(world);
              break;
            case 'flaky':
              for (const region of [world.primary, world.secondary]) {
                region.putBehaviour = ({ number }) => (number % 3 === 0 ? status(503) : undefined);
              }
              break;
            case 'kill':
              kill(world, each.reachedTheDisk);
              world = again(world, settings);
              break;
            case 'close': {
              const closing = world.producer.close();
              await world.clock.passUntil(closing, 60_000);
              world = again(world, settings);
              break;
            }
            case 'pass':
              await world.clock.pass(each.ms);
          }
        }
        heal(world);
        await world.clock.pass(120_000);
        const stored = new Set([...first.primary.values, ...first.secondary.values]);
        expect([...acknowledged].filter((value) => !stored.has(value))).toEqual([]);
        expect(first.disk?.totals.messages).toBe(0);
        for (const region of [first.primary, first.secondary]) {
          for (let key = 0; key < 5; key++) expect(overtaken(region.values, key, acknowledged)).toEqual([]);
        }
      }),
      { numRuns: cases(60, 10) },
    );
    expect(await unhandled()).toEqual([]);
  });
});

/** Acknowledged values of a key whose first copy comes after the first copy of a later one. */
function overtaken(values: readonly string[], key: number, acknowledged: ReadonlySet<string>): number[] {
  const firsts = [...new Set(values)].filter((value) => acknowledged.has(value)).map(Number);
  const ofKey = firsts.filter((value) => value % 5 === key);
  return ofKey.filter((value, index) => ofKey.slice(0, index).some((earlier) => earlier > value));
}
