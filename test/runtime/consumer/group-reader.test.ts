import { describe, expect, test } from 'vitest';

import type { Batch } from '../../../runtime/consumer/batch-queue.ts';
import { Deduplicator } from '../../../runtime/consumer/deduplicator.ts';
import { GroupReader, type GroupRead } from '../../../runtime/consumer/group-reader.ts';
import type { Gap } from '../../../runtime/consumer/retention-gaps.ts';
import { EnvelopeWriter } from '../../../runtime/core/index.ts';
import type { Answer } from '../../../runtime/region.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { ABORTED, GroupRegion, status, type Operation } from './group-region.ts';

/** A member of a group that reads two messages at a time. */
class ReadingWorld {
  readonly clock = new VirtualClock();
  readonly region: GroupRegion;
  readonly ends = new AbortController();
  readonly signal = this.ends.signal;
  readonly reader: GroupReader;

  constructor(partitions = 1, deduplicator?: Deduplicator) {
    this.region = new GroupRegion('sa-saopaulo-1', partitions, this.clock);
    this.reader = new GroupReader(this.region, this.region.stream, {
      group: 'group',
      instance: 'me',
      timeoutMs: 30_000,
      limit: 2,
      start: () => 'TRIM_HORIZON',
      origin: { region: 'sa-saopaulo-1', role: 'primary', stream: this.region.ocid },
      deduplicator,
    });
  }

  next(): Promise<GroupRead> {
    return this.reader.read(this.signal, () => false);
  }

  /** Reads, and handles the messages, all or the first `count`. Gives their texts; undefined when it fails. */
  async read(count = Infinity): Promise<string[] | undefined> {
    const read = await this.next();
    return read.type === 'failure' ? undefined : handle(read.batch, count);
  }

  moveToOldest(): Promise<Answer<readonly Gap[]>> {
    return this.reader.moveToOldest(this.signal, this.clock);
  }

  commit(): Promise<Answer<null>> {
    return this.clock.passUntil(this.reader.commit({ parts: true }, this.signal, this.clock));
  }
}

function handle(batch: Batch | undefined, count = Infinity): string[] {
  const texts: string[] = [];
  for (let message = batch?.current(); message !== undefined && texts.length < count;) {
    texts.push(message.text());
    batch?.advance();
    message = batch?.current();
  }
  return texts;
}

describe('the cursor of a member', () => {
  test('B14: a read that fails commits nothing and loses nothing: the same cursor reads the same messages', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two', 'three', 'four');
    expect(await world.read()).toEqual(['one', 'two']);
    world.region.fault = () => ({ type: 'unreadable', status: 200, start: '<html>' });
    expect(await world.read()).toBeUndefined();
    expect(world.region.uncommitted()).toEqual(['one', 'two', 'three', 'four']);
    expect(world.reader.committed).toBe(0);
    world.region.fault = undefined;
    expect(await world.read()).toEqual(['three', 'four']);

    expect(world.region.of('groupCursor')).toHaveLength(1);
    expect(world.region.uncommitted()).toEqual(['three', 'four']);
    expect(world.reader.committed).toBe(2);
  });

  test('H14: which step failed is told', async () => {
    const world = new ReadingWorld();
    world.region.fault = (operation) => (operation === 'groupCursor' ? status(500) : status(501));
    expect(await world.next()).toMatchObject({ step: 'cursor', failure: { status: 500 } });
    world.region.fault = (operation) => (operation === 'read' ? status(501) : undefined);
    expect(await world.next()).toMatchObject({ step: 'read', failure: { status: 501 } });
  });

  test('H5: after a lost cursor the handled messages are not handed out again, and are committed', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two', 'three');
    expect(await world.read()).toEqual(['one', 'two']);
    world.reader.forgetCursor();
    world.region.spoilCursors();
    expect(await world.read()).toEqual([]);
    expect(await world.read()).toEqual(['three']);
    expect(world.region.uncommitted()).toEqual(['three']);
    expect(world.reader.committed).toBe(2);
  });

  test('H5: an answer that held only such messages is not an empty one', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two');
    await world.read();
    world.reader.forgetCursor();
    expect(await world.next()).toMatchObject({
      type: 'answer',
      batch: undefined,
      empty: false,
    });
    expect(await world.next()).toMatchObject({
      type: 'answer',
      batch: undefined,
      empty: true,
    });
  });

  test('H16, H10: after the group was moved on purpose, the same messages are handed out again', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two');
    await world.read();
    world.reader.forgetCursor();
    world.reader.forgetPosition();
    expect(await world.read()).toEqual(['one', 'two']);
  });

  test('H16: what was delivered again once is handed out when an operator resets the group', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two');
    await world.read();
    world.reader.forgetCursor();
    expect(await world.read()).toEqual([]);
    await world.commit();
    world.region.committed.clear();
    expect(await world.read()).toEqual(['one', 'two']);
  });

  test('H6: a member that reads ahead from now on commits nothing by its next read', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two', 'three', 'four');
    await world.read();
    world.reader.readAhead();
    // Those that are handled are delivered again, and left out.
    for (const texts of [[], ['three', 'four']]) expect(await world.read()).toEqual(texts);
    await world.read();
    expect(world.region.uncommitted()).toEqual(['one', 'two', 'three', 'four']);
    expect(await world.reader.commitHandled(world.signal)).toBeUndefined();
    expect(world.region.uncommitted()).toEqual([]);
  });

  test('H16: after a commit nothing is expected to be delivered again', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two');
    await world.read();
    await world.commit();
    expect(world.region.uncommitted()).toEqual([]);
    // An operator resets the group.
    world.region.committed.clear();
    expect(await world.read()).toEqual(['one', 'two']);
  });

  test('H14: a failed commit is the result, and what is handled stays to be committed', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two');
    await world.read();
    world.region.fault = (operation) => (operation === 'commit' ? status(503) : undefined);
    expect(await world.commit()).toEqual({
      ok: false,
      failure: status(503),
    });
    world.region.fault = undefined;
    expect(await world.commit()).toEqual({ ok: true, value: null });
    expect(world.region.uncommitted()).toEqual([]);
    expect(world.reader.committed).toBe(2);
  });

  test('H14: when a part cannot be committed, that is the result, and it is committed later', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two', 'three');
    await world.read(1);
    world.region.fault = (operation) => (operation === 'groupCursor' ? status(503) : undefined);
    expect(await world.commit()).toEqual({ ok: false, failure: status(503) });
    expect(world.reader.committed).toBe(0);
    world.region.fault = undefined;
    expect(await world.commit()).toEqual({ ok: true, value: null });
    expect(world.region.uncommitted()).toEqual(['two', 'three']);
  });

  test('H5, H14: without a cursor, what was handled before the cursor was lost is committed too', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two', 'three');
    await world.read();
    world.reader.forgetCursor();
    expect(await world.read()).toEqual([]);
    world.reader.forgetCursor();
    expect(await world.commit()).toEqual({ ok: true, value: null });
    expect(world.region.uncommitted()).toEqual(['three']);
    expect(world.reader.committed).toBe(2);
  });

  test('H5: a cursor that is lost while a read is under way is not used again', async () => {
    const world = new ReadingWorld();
    const { clock, reader, region } = world;
    reader.readAhead();
    region.store(0, 'one', 'two', 'three', 'four', 'five');
    expect(await world.read()).toEqual(['one', 'two']);
    region.latency = () => clock.sleep(100);
    const reading = world.read();
    await clock.pass(50);
    reader.forgetCursor();
    expect(await clock.passUntil(reading)).toEqual(['three', 'four']);
    expect(reader.needsCursor).toBe(true);
    region.latency = undefined;
    for (const texts of [[], [], ['five']]) expect(await world.read()).toEqual(texts);
    expect(region.of('groupCursor')).toHaveLength(2);
  });

  test('H6, H15: of an answer that is handled in part, exactly that part is committed', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two', 'three');
    await world.read(1);
    await world.commit();
    expect(world.region.uncommitted()).toEqual(['two', 'three']);
    expect(world.reader.committed).toBe(1);
    expect(await world.read()).toEqual(['two', 'three']);
  });

  test('H15: a whole answer is committed by one call', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two');
    await world.read();
    const calls = world.region.calls.length;
    await world.commit();
    expect(world.region.calls.slice(calls).map(({ operation }) => operation)).toEqual(['commit']);
    expect(world.region.uncommitted()).toEqual([]);
  });

  test('H15: nothing is committed, and no call made, when nothing is handled', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two');
    await world.read(0);
    const calls = world.region.calls.length;
    await world.commit();
    expect(world.region.calls).toHaveLength(calls);
    expect(world.region.uncommitted()).toEqual(['one', 'two']);
  });
});

describe('a group that is moved to its oldest message', () => {
  test('H10, H16: is read from there with a new cursor, also what was handled before', async () => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two');
    await world.read();
    const moved = world.moveToOldest();
    expect(await world.clock.passUntil(moved)).toEqual({ ok: true, value: [] });
    expect(world.reader.needsCursor).toBe(true);
    expect(await world.read()).toEqual(['one', 'two']);
  });

  test('H10: what was handled while a commit was under way is committed before, and is no gap', async () => {
    const world = new ReadingWorld();
    const { region, reader, clock, signal } = world;
    reader.readAhead();
    region.store(0, 'one', 'two', 'three', 'four', 'five', 'six');
    await world.read();
    region.latency = () => clock.sleep(1_000);
    const committed = reader.commitHandled(signal);
    await clock.pass(0);
    region.latency = undefined;
    await world.read();
    region.expire(0, 5);
    const moved = world.moveToOldest();
    expect(await clock.passUntil(moved)).toEqual({ ok: true, value: [{ partition: '0', from: 10, to: 14 }] });
    expect(await committed).toBeUndefined();
  });

  test('H10: stays where it is when that fails', async () => {
    const world = new ReadingWorld();
    await world.read();
    world.region.fault = (operation) => (operation === 'resetGroup' ? status(503) : undefined);
    const moved = world.moveToOldest();
    expect(await world.clock.passUntil(moved)).toEqual({ ok: false, failure: status(503) });
    expect(world.reader.needsCursor).toBe(false);
  });
});

describe('a member whose consumer has no more time', () => {
  const handled = async (world: ReadingWorld): Promise<void> => void (await world.read());
  const nothing = async (): Promise<void> => {};
  const inPart = async (world: ReadingWorld): Promise<void> => void (await world.read(1));

  test.each<{
    readonly operation: Operation;
    readonly before: (world: ReadingWorld) => Promise<void>;
    readonly call: (world: ReadingWorld) => Promise<unknown>;
  }>([
    { operation: 'groupCursor', before: nothing, call: (world) => world.read() },
    { operation: 'read', before: nothing, call: (world) => world.read() },
    { operation: 'commit', before: handled, call: (world) => world.reader.commitHandled(world.signal) },
    { operation: 'groupCursor', before: inPart, call: (world) => world.commit() },
    { operation: 'read', before: inPart, call: (world) => world.commit() },
    { operation: 'commit', before: inPart, call: (world) => world.commit() },
    { operation: 'heartbeat', before: handled, call: (world) => world.reader.heartbeat(world.signal) },
    { operation: 'groupCursor', before: nothing, call: (world) => world.reader.leave(world.signal) },
    { operation: 'heartbeat', before: nothing, call: (world) => world.reader.leave(world.signal) },
    {
      operation: 'group',
      before: handled,
      call: (world) => world.reader.refreshShare(world.signal, () => world.clock.now()),
    },
    { operation: 'group', before: handled, call: (world) => world.moveToOldest() },
    { operation: 'partitionCursor', before: handled, call: (world) => world.moveToOldest() },
    { operation: 'resetGroup', before: handled, call: (world) => world.moveToOldest() },
  ])('I1: ends its call of $operation', async ({ operation, before, call }) => {
    const world = new ReadingWorld();
    world.region.store(0, 'one', 'two', 'three');
    world.region.committed.set('0', -1);
    await before(world);
    world.region.fault = (each) => {
      if (each === operation) world.ends.abort();
      return undefined;
    };
    await world.clock.passUntil(call(world));
    expect(world.region.of(operation).at(-1)?.failure).toEqual(ABORTED);
  });
});

test('H6: a member that reads ahead has something to commit when its oldest answer is handled', async () => {
  const world = new ReadingWorld();
  world.reader.readAhead();
  world.region.store(0, 'one', 'two');
  expect(world.reader.hasHandled).toBe(false);
  await world.read(1);
  expect(world.reader.hasHandled).toBe(false);
  handle(world.reader.unhandled[0]);
  expect(world.reader.hasHandled).toBe(true);
  await world.reader.commitHandled(world.signal);
  expect(world.reader.hasHandled).toBe(false);
});

test('H6, H5: a cursor is lost in any turn while a read begins: what is in hand then is neither committed nor overtaken', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const world = new ReadingWorld();
    world.reader.readAhead();
    const texts = ['one', 'two', 'three', 'four'];
    world.region.store(0, ...texts);
    await world.next();
    const [inHand] = world.reader.unhandled;
    const second = world.next();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    world.reader.forgetCursor();
    const read = await second;
    const batch = read.type === 'answer' ? read.batch : undefined;
    expect(inHand?.isFinished).toBe(false);
    expect(batch?.isNext).toBe(false);
    const handled = [...handle(batch), ...((await world.read()) ?? [])];
    await world.reader.commitHandled(world.signal);
    const unhandled = texts.filter((text) => !handled.includes(text));
    expect(world.region.uncommitted()).toEqual(expect.arrayContaining(unhandled));
  }
});

describe('the ids of handled messages', () => {
  /** Four messages in envelopes; `saved`: how many ids, and after which calls. */
  function enveloped(): { readonly world: ReadingWorld; readonly saved: string[] } {
    const saved: string[] = [];
    const append = async (ids: readonly string[]): Promise<void> =>
      void saved.push(
        `${ids.length} after ${world.region.calls.map(({ operation }) => operation).join(', ')}`,
      );
    const deduplicator = new Deduplicator({
      settings: { envelope: true, fromDeadLetters: undefined },
      file: { load: () => {}, append },
    });
    const world = new ReadingWorld(1, deduplicator);
    const writer = new EnvelopeWriter('0123456789abcdefghij');
    for (const text of ['one', 'two', 'three', 'four']) {
      const message = { key: null, value: Buffer.from(text) };
      world.region.storeBytes(0, null, Buffer.from(writer.wrap(message, 0), 'base64'));
    }
    return { world, saved };
  }

  test('INV-3: are saved just before the read that commits their messages', async () => {
    const { world, saved } = enveloped();
    expect(await world.read()).toEqual(['one', 'two']);
    expect(saved).toEqual([]);
    await world.read();
    expect(saved).toEqual(['2 after groupCursor, read']);
  });

  test('INV-3: of a member that reads ahead, just before the commit', async () => {
    const { world, saved } = enveloped();
    world.reader.readAhead();
    await world.read();
    await world.read();
    expect(saved).toEqual([]);
    await world.reader.commitHandled(world.signal);
    expect(saved).toEqual(['4 after groupCursor, read, read']);
  });

  test('INV-3: before a new cursor too: it forgets the answers that held them', async () => {
    const { world, saved } = enveloped();
    world.reader.readAhead();
    await world.read();
    world.reader.forgetCursor();
    await world.read();
    expect(saved).toEqual(['2 after groupCursor, read']);
  });

  test('INV-3, H15: of a part of an answer too when the region takes no last commit', async () => {
    const { world, saved } = enveloped();
    world.reader.readAhead();
    await world.read();
    await world.read(1);
    world.region.fault = (operation) => (operation === 'commit' ? status(500) : undefined);
    expect(await world.commit()).toMatchObject({ ok: false });
    expect(saved).toEqual(['3 after groupCursor, read, read']);
  });

  test('INV-3, H15: of a part of an answer not when the end shall commit none', async () => {
    const { world, saved } = enveloped();
    world.reader.readAhead();
    await world.read();
    await world.read(1);
    await world.reader.commit({ parts: false }, world.signal, world.clock);
    expect(saved).toEqual(['2 after groupCursor, read, read']);
  });

  test('INV-3, H10: before the group is moved, also without a cursor', async () => {
    const { world, saved } = enveloped();
    world.reader.readAhead();
    await world.read();
    world.reader.forgetCursor();
    await world.clock.passUntil(world.moveToOldest());
    expect(saved).toEqual(['2 after groupCursor, read']);
  });
});

describe('heartbeats', () => {
  test('H8: a heartbeat gives the cursor to use next, and none is sent without one', async () => {
    const world = new ReadingWorld();
    expect(await world.reader.heartbeat(world.signal)).toBeUndefined();
    expect(world.region.calls).toEqual([]);
    await world.read();
    expect(await world.reader.heartbeat(world.signal)).toBeUndefined();
    expect(world.region.of('heartbeat')).toHaveLength(1);
    world.region.fault = () => status(500);
    expect(await world.reader.heartbeat(world.signal)).toEqual(status(500));
  });
});

describe('heartbeats of a member that reads ahead', () => {
  /** Two answers that are not handled. */
  async function twoAnswers(): Promise<ReadingWorld> {
    const world = new ReadingWorld();
    world.reader.readAhead();
    world.region.store(0, 'one', 'two', 'three', 'four');
    await world.read(0);
    await world.read(0);
    return world;
  }

  test('H8: keep the cursor of each answer, so that each can be committed', async () => {
    const world = await twoAnswers();
    expect(await world.reader.heartbeat(world.signal)).toBeUndefined();
    expect(world.region.of('heartbeat')).toHaveLength(2);
    const [first, second] = world.reader.unhandled;
    handle(first);
    expect(await world.reader.commitHandled(world.signal)).toBeUndefined();
    expect(world.region.uncommitted()).toEqual(['three', 'four']);
    handle(second);
    expect(await world.reader.commitHandled(world.signal)).toBeUndefined();
    expect(world.region.uncommitted()).toEqual([]);
  });

  test('H8: end with the first one that fails', async () => {
    const world = await twoAnswers();
    world.region.fault = () => status(429);
    expect(await world.reader.heartbeat(world.signal)).toEqual(status(429));
    expect(world.region.of('heartbeat')).toHaveLength(1);
  });

  test('H8: send none for an answer that is handled', async () => {
    const world = await twoAnswers();
    handle(world.reader.unhandled[0]);
    await world.reader.heartbeat(world.signal);
    expect(world.region.of('heartbeat')).toHaveLength(1);
  });

  test('H5: do not bring back a cursor that is lost meanwhile', async () => {
    const world = new ReadingWorld();
    await world.read();
    const heartbeat = world.reader.heartbeat(world.signal);
    world.reader.forgetCursor();
    expect(await heartbeat).toBeUndefined();
    expect(world.reader.needsCursor).toBe(true);
  });
});

describe('the share of a member', () => {
  test('H20: GetGroup is asked after the first read, and its failure is no failure of reading', async () => {
    const world = new ReadingWorld(3);
    const now = (): number => world.clock.now();
    await world.reader.refreshShare(world.signal, now);
    expect(world.region.of('group')).toEqual([]);
    await world.read();
    world.region.fault = (operation) => (operation === 'group' ? status(403) : undefined);
    await world.reader.refreshShare(world.signal, now);
    expect(world.reader.share).toMatchObject({ certain: false, failures: 1 });
    world.region.fault = undefined;
    await world.clock.pass(2_000);
    await world.reader.refreshShare(world.signal, now);
    expect(world.reader.share).toMatchObject({
      certain: true,
      partitions: 3,
      held: new Set(['0', '1', '2']),
    });
  });

  test('H20: a 429 to a read, and only that, means that it holds less than it knew', async () => {
    const world = new ReadingWorld(3);
    await world.read();
    await world.reader.refreshShare(world.signal, () => world.clock.now());
    world.region.fault = () => status(500);
    await world.read();
    expect(world.reader.share.certain).toBe(true);
    world.region.fault = () => status(429);
    await world.read();
    expect(world.reader.share.certain).toBe(false);
  });
});
