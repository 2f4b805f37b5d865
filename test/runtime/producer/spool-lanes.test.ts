import { describe, expect, test } from 'vitest';

import type { HaError } from '../../../runtime/errors.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import type { Drained, Outbox, OutboxRow, WaitingRows } from '../../../runtime/outbox/index.ts';
import { abortedError } from '../../../runtime/producer/given-up.ts';
import { Lane } from '../../../runtime/producer/lane.ts';
import { Lanes } from '../../../runtime/producer/lanes.ts';
import { SingleMessage, type PendingMessage } from '../../../runtime/producer/pending-message.ts';
import { Spool } from '../../../runtime/producer/spool.ts';
import { PartitionNames } from '../../../runtime/router/index.ts';
import type { Options } from '../../../runtime/settings/index.ts';
import { AbsenceChecks } from '../../../runtime/streams/index.ts';
import { status } from '../../support/fake-region.ts';
import { World } from '../router/world.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const rows = {} as WaitingRows;
const sequencesOf = (drained: readonly Drained[]): number[] =>
  drained.map((each) => (each.type === 'row' ? each.row.sequence : each.message.sequence));

/** An outbox that writes down what it is told, and hands out the pages that it is given. */
class ToldOutbox {
  readonly directory = 'outbox/0';
  readonly totals = { messages: 1, bytes: 1 };
  isEmpty = false;

  get isDrained(): boolean {
    return this.isEmpty;
  }
  readonly told: string[] = [];
  readonly written: string[] = [];
  readonly pages: Drained[][] = [];
  /** For how many bytes it was asked whether they have room. */
  readonly asked: number[] = [];
  looks = 0;
  roomLeft = 1_000_000;
  isStopped = false;
  regionsAreOut = false;
  onChange = (): void => {};
  readonly room = {
    has: (bytes: number) => {
      this.asked.push(bytes);
      return bytes <= this.roomLeft;
    },
    isAwaited: () => {},
  };

  accept(): void {}
  mayHold(): boolean {
    return false;
  }
  write(messages: readonly PendingMessage[]): void {
    this.written.push(...messages.map(({ value }) => Buffer.from(value, 'base64').toString()));
  }
  async next(): Promise<Drained[]> {
    this.looks++;
    return this.pages.shift() ?? [];
  }
  handed(drained: Drained): void {
    this.told.push(`handed ${sequencesOf([drained]).join()}`);
  }
  returned(drained: readonly Drained[]): void {
    this.told.push(`returned ${sequencesOf(drained).join()}`);
  }
  stored(_: WaitingRows, sequence: number): void {
    this.told.push(`stored ${sequence}`);
  }
  givenBack(_: WaitingRows, sequence: number): void {
    this.told.push(`back ${sequence}`);
  }
  acknowledgeAwaited(): void {
    this.told.push('acknowledged');
  }
  async close(): Promise<void> {
    this.told.push('closed');
  }
}

/** A spool between one lane and an outbox, with a region behind the lane. */
class Spooling {
  readonly world: World;
  readonly outbox = new ToldOutbox();
  readonly lanes: Lanes;
  readonly spool: Spool;
  readonly errors: HaError[] = [];
  rooms = 0;

  constructor(settings: Options = {}) {
    this.world = new World({ settings: { lanes: 1, maxBatchMessages: 1, ...settings } });
    const { router, clock, events } = this.world;
    const parts = {
      router,
      clock,
      settings: this.world.settings,
      emit: (event: HaEvent) => void events.push(event),
      partitions: new PartitionNames(),
      requests: { attempts: 0 },
      absence: new AbsenceChecks(clock),
    };
    this.lanes = new Lanes([new Lane(parts, this.world.settings)]);
    this.spool = new Spool({
      ...parts,
      outbox: this.outbox as unknown as Outbox,
      lanes: this.lanes,
      onStored: () => {},
      onRoom: () => void this.rooms++,
    });
  }

  get lane(): Lane {
    return this.lanes.all[0]!;
  }

  /** Messages of one sender, in memory. */
  enter(...values: string[]): SingleMessage[] {
    return values.map((value) => {
      const message = this.#message(value);
      this.spool.enter(message);
      return message;
    });
  }

  /** The outbox hands these out: rows of so many bytes. */
  drain(messages: number, bytes = 1): void {
    this.#page(
      Array.from({ length: messages }, (_, n): Drained => ({ type: 'row', row: rowOf(n, bytes), rows })),
    );
  }

  /** The outbox hands these out, which it could not write. */
  drainFromMemory(...values: string[]): SingleMessage[] {
    const messages = values.map((value) => this.#message(value));
    this.#page(messages.map((message): Drained => ({ type: 'message', message })));
    return messages;
  }

  pass(ms: number): Promise<void> {
    return this.world.clock.pass(ms);
  }

  /** The most messages that the lane held at once, within `ms`. */
  async mostWithin(ms: number, of: (lane: Lane) => number): Promise<number> {
    let most = 0;
    for (let passed = 0; passed < ms; passed++) {
      await this.pass(1);
      most = Math.max(most, of(this.lane));
    }
    return most;
  }

  #message(value: string): SingleMessage {
    const accounts = { stored: () => {}, failed: () => {}, released: () => {} };
    const message = { key: base64('k'), value: base64(value), bytes: value.length };
    return new SingleMessage(
      message,
      accounts,
      () => {},
      (error) => void this.errors.push(error),
    );
  }

  #page(drained: Drained[]): void {
    this.outbox.pages.push(drained);
    this.outbox.onChange();
  }
}

function rowOf(n: number, bytes: number): OutboxRow {
  return { sequence: n + 1, acceptedAt: 1, key: base64('k'), value: base64(`${n + 1}`), bytes };
}

describe('from disk to a lane', () => {
  test('a lane gets no more than two requests ahead', async () => {
    const spooling = new Spooling({ maxBatchMessages: 2 });
    await spooling.pass(1);
    spooling.drain(30);
    expect(await spooling.mostWithin(200, ({ waiting }) => waiting)).toBe(4);
    expect(spooling.world.primary.stored).toHaveLength(30);
    expect(spooling.outbox.told.filter((each) => each.startsWith('handed'))).toHaveLength(30);
  });

  test('INV-5: messages from disk take a quarter of the memory at most, to the byte', async () => {
    // 1 KiB counts on top of each message.
    const spooling = new Spooling({ maxBatchMessages: 100, maxBufferBytes: 40_000 });
    await spooling.pass(1);
    spooling.drain(12, 5_000 - 1_024);
    expect(await spooling.mostWithin(200, ({ messages }) => messages)).toBe(2);
    expect(spooling.world.primary.stored).toHaveLength(12);
  });

  test('INV-2: when the lane gives back what it holds, what is later goes back as well', async () => {
    const spooling = new Spooling();
    spooling.world.primary.latencyMs = 1_000;
    await spooling.pass(1);
    spooling.drain(9);
    await spooling.pass(10);
    expect(spooling.outbox.told).toEqual(['handed 1', 'handed 2', 'handed 3']);
    spooling.outbox.told.length = 0;
    spooling.spool.memoryIsFull();
    await spooling.pass(10);
    expect(spooling.outbox.told).toEqual(['acknowledged', 'back 2', 'back 3', 'returned 4,5,6,7,8,9']);
    expect(spooling.outbox.written).toEqual([]);
  });

  test('I3: what could not be written and was given up meanwhile is not sent', async () => {
    const spooling = new Spooling();
    spooling.world.primary.latencyMs = 100;
    await spooling.pass(1);
    const messages = spooling.drainFromMemory('a', 'b', 'c', 'd', 'e');
    await spooling.pass(10);
    const last = messages.at(-1);
    last?.fail(abortedError(undefined, false));
    last?.release();
    await spooling.pass(2_000);
    expect(spooling.world.primary.values).toEqual(['a', 'b', 'c', 'd']);
    expect(spooling.world.primary.puts).toBe(4);
  });
});

describe('from a lane to disk', () => {
  test('C13: when memory is full, all that waits, in order; what is in flight stays', async () => {
    const spooling = new Spooling();
    spooling.enter('a', 'bb', 'ccc');
    await spooling.pass(1);
    spooling.spool.memoryIsFull();
    expect(spooling.outbox).toMatchObject({ told: ['acknowledged'], written: ['bb', 'ccc'], asked: [5] });
    await spooling.pass(100);
    expect(spooling.world.primary.values).toEqual(['a']);
  });

  test('F2: not without room on disk; it is asked again when something has changed', async () => {
    const spooling = new Spooling();
    const { outbox, spool } = spooling;
    outbox.roomLeft = 0;
    spooling.enter('a', 'b');
    spool.memoryIsFull();
    spool.memoryIsFull();
    expect([outbox.written, outbox.asked]).toEqual([[], [2]]);
    outbox.roomLeft = 100;
    outbox.onChange();
    spool.memoryIsFull();
    expect(outbox.written).toEqual(['a', 'b']);
  });

  test('F3: not when the disk cannot be written any more', () => {
    const spooling = new Spooling();
    spooling.outbox.isStopped = true;
    spooling.enter('a');
    spooling.spool.memoryIsFull();
    expect([spooling.outbox.told, spooling.outbox.written]).toEqual([[], []]);
  });

  test.each([
    [900, false],
    [1_100, true],
  ])('F6: no region takes messages for %i ms: %s', async (ms, isUsed) => {
    const spooling = new Spooling();
    const { outbox, world } = spooling;
    await spooling.pass(1);
    world.secondary.latencyMs = ms;
    world.router.command('failover', 'ops', 'a drill');
    await spooling.pass(ms - 1);
    expect([outbox.regionsAreOut, spooling.spool.takes('k')]).toEqual([isUsed, isUsed]);
    expect(outbox.told).toEqual(isUsed ? ['acknowledged'] : []);
    const { rooms } = spooling;
    await spooling.pass(500);
    expect([outbox.regionsAreOut, spooling.spool.takes('k')]).toEqual([false, false]);
    expect(spooling.rooms > rooms).toBe(isUsed);
  });

  test('always: every message goes to disk, also after an outage', async () => {
    const spooling = new Spooling({ outbox: 'always' });
    const { world, spool } = spooling;
    expect(spool.takes('k')).toBe(true);
    world.secondary.latencyMs = 2_000;
    world.router.command('failover', 'ops', 'a drill');
    await spooling.pass(3_000);
    expect(world.activeRole).toBe('secondary');
    expect(spool.takes('k')).toBe(true);
  });
});

describe('a message that is tried for longer than deliveryTimeoutMs', () => {
  /** Every entry is refused, and nobody switches. */
  function refusing(): Spooling {
    const spooling = new Spooling({ deliveryTimeoutMs: 5_000, maxBatchMessages: 2 });
    spooling.world.router.command('hold', 'ops', 'a drill');
    spooling.world.primary.putBehaviour = () => ({ each: () => 500 });
    return spooling;
  }
  const failures = ({ world }: Spooling): HaEvent[] => world.eventsOf('delivery-failed');

  test('goes to disk with all that waits, and is no failure', async () => {
    const spooling = refusing();
    spooling.enter('a', 'b', 'c', 'd');
    await spooling.pass(10_000);
    expect(spooling.outbox).toMatchObject({ written: ['a', 'b', 'c', 'd'], asked: [4] });
    expect([spooling.errors, failures(spooling)]).toEqual([[], []]);
  });

  test.each(['full', 'stopped'])('fails when the disk is %s', async (how) => {
    const spooling = refusing();
    if (how === 'full') spooling.outbox.roomLeft = 0;
    else spooling.outbox.isStopped = true;
    spooling.enter('a');
    await spooling.pass(10_000);
    expect(spooling.outbox.written).toEqual([]);
    expect(spooling.errors).toMatchObject([{ code: 'DELIVERY_TIMEOUT' }]);
    expect(failures(spooling)).toMatchObject([{ messages: 1, error: { code: 'DELIVERY_TIMEOUT' } }]);
  });

  test('INV-2: from disk: goes back there with all that waits, and is told once', async () => {
    const spooling = refusing();
    // Rows have their room already.
    spooling.outbox.roomLeft = -1;
    await spooling.pass(1);
    spooling.drain(4);
    await spooling.pass(10_000);
    const { told, written } = spooling.outbox;
    expect(told.filter((each) => !each.startsWith('handed'))).toEqual([
      'back 1',
      'back 2',
      'back 3',
      'back 4',
    ]);
    expect(written).toEqual([]);
    expect(failures(spooling)).toMatchObject([{ messages: 1, error: { code: 'DELIVERY_TIMEOUT' } }]);
  });

  test('beside messages from disk: only those in memory need room, and only those are written', async () => {
    const spooling = refusing();
    await spooling.pass(1);
    spooling.drain(2);
    await spooling.pass(10);
    spooling.enter('aaa', 'bbb');
    await spooling.pass(10_000);
    expect(spooling.outbox).toMatchObject({ written: ['aaa', 'bbb'], asked: [6] });
    expect(failures(spooling)).toHaveLength(1);
  });
});

test('C19, INV-2: an error that every message would meet: all go back, told once, and none is tried for five seconds', async () => {
  const spooling = new Spooling({ maxBatchMessages: 3 });
  const { outbox, world } = spooling;
  let refusals = 1;
  world.primary.putBehaviour = ({ messages }) =>
    messages.length > 0 && refusals-- > 0 ? status(403) : undefined;
  await spooling.pass(1);
  spooling.drain(6);
  await spooling.pass(1_000);
  expect(outbox.told.filter((each) => !each.startsWith('handed')).toSorted()).toEqual(
    [1, 2, 3, 4, 5, 6].map((n) => `back ${n}`),
  );
  // One of the lane for its batch, one of the spool.
  expect(world.eventsOf('delivery-failed').map(({ messages }) => messages)).toEqual([3, 1]);
  const { looks } = outbox;
  outbox.onChange();
  await spooling.pass(3_000);
  expect(outbox.looks).toBeLessThanOrEqual(looks + 1);
  expect(world.primary.stored).toEqual([]);
  spooling.drain(2);
  await spooling.pass(500);
  expect(world.primary.stored).toEqual([]);
  await spooling.pass(2_000);
  expect(world.primary.stored).toHaveLength(2);
});

describe('closing', () => {
  /** How long it took, in ms. */
  async function closed(spooling: Spooling, withinMs: number): Promise<number> {
    const { clock } = spooling.world;
    const startedAt = clock.now();
    let endedAt: number | undefined;
    void spooling.spool.close(withinMs).then(() => (endedAt = clock.now()));
    await spooling.pass(60_000);
    return (endedAt ?? Infinity) - startedAt;
  }

  test('I1: ends when all that waits in memory is stored, and nothing is on disk', async () => {
    const spooling = new Spooling();
    spooling.outbox.isEmpty = true;
    spooling.world.primary.latencyMs = 1_000;
    spooling.enter('a', 'b', 'c');
    const ms = await closed(spooling, 30_000);
    expect(spooling.world.primary.values).toEqual(['a', 'b', 'c']);
    expect(spooling.outbox.told.at(-1)).toBe('closed');
    expect(ms).toBeGreaterThanOrEqual(3_000);
    expect(ms).toBeLessThan(4_000);
  });

  test('INV-2: nothing comes from disk afterwards, and nothing is told', async () => {
    const spooling = new Spooling();
    await spooling.pass(1);
    spooling.drain(2);
    await spooling.pass(100);
    await closed(spooling, 0);
    const { outbox, world } = spooling;
    const { looks } = outbox;
    const told = outbox.told.length;
    spooling.drain(2);
    outbox.isEmpty = true;
    outbox.onChange();
    await spooling.pass(1_000);
    expect(outbox.looks).toBe(looks);
    expect(outbox.told).toHaveLength(told);
    expect(world.eventsOf('outbox-drained')).toEqual([]);
  });

  test('I1: what is tried for too long meanwhile goes to disk, whether that has room or not', async () => {
    const spooling = new Spooling({ deliveryTimeoutMs: 5_000 });
    const { outbox, world } = spooling;
    world.primary.putBehaviour = () => ({ each: () => 500 });
    world.primary.latencyMs = 5_500;
    outbox.roomLeft = 0;
    spooling.enter('a');
    await spooling.pass(5_400);
    await closed(spooling, 0);
    expect(outbox.written).toEqual(['a']);
    expect(spooling.errors).toEqual([]);
  });

  test('C19: an error that every message would meet is told once', async () => {
    const spooling = new Spooling();
    const { outbox, world } = spooling;
    world.primary.putBehaviour = ({ messages }) => (messages.length > 0 ? status(403) : undefined);
    world.primary.latencyMs = 400;
    await spooling.pass(1);
    spooling.drain(3);
    await spooling.pass(100);
    await closed(spooling, 0);
    expect(world.eventsOf('delivery-failed')).toHaveLength(1);
    expect(outbox.told.filter((each) => each.startsWith('back')).toSorted()).toEqual([
      'back 1',
      'back 2',
      'back 3',
    ]);
  });
});
