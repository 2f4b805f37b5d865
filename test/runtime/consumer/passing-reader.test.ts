import { describe, expect, test } from 'vitest';

import {
  PassingReader,
  readInPassing,
  type PassingParts,
  type StartAt,
} from '../../../runtime/consumer/index.ts';
import { Deduplicator } from '../../../runtime/consumer/deduplicator.ts';
import { EnvelopeWriter } from '../../../runtime/core/index.ts';
import type { HaEvent, Role } from '../../../runtime/events.ts';
import type { Region } from '../../../runtime/region.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { ABORTED, GroupRegion, status, type Operation } from './group-region.ts';

interface Wanted {
  readonly partitions?: number;
  readonly startAt?: StartAt;
  readonly only?: readonly string[];
  readonly active?: Role;
  readonly strict?: boolean;
  readonly deduplicator?: Deduplicator;
  readonly readLimit?: number;
}

/** Readers of both regions in passing, in virtual time. */
class PassingWorld {
  readonly clock = new VirtualClock();
  readonly primary: GroupRegion;
  readonly secondary: GroupRegion;
  readonly events: HaEvent[] = [];
  readonly received: string[] = [];
  readonly ends: boolean[] = [];
  readonly ending = new AbortController();
  /** How a test's locating goes; by default well. */
  locate: PassingParts['locate'] | undefined;
  readonly readers: readonly PassingReader[];
  ended: Promise<unknown> = Promise.resolve();

  constructor({
    partitions = 1,
    startAt = 'TRIM_HORIZON',
    only,
    active = 'primary',
    strict = false,
    deduplicator,
    readLimit,
  }: Wanted = {}) {
    const { clock } = this;
    this.primary = new GroupRegion('sa-saopaulo-1', partitions, clock, { strict });
    this.secondary = new GroupRegion('sa-vinhedo-1', partitions, clock, { strict });
    const reader = (role: Role): PassingReader =>
      new PassingReader({
        role,
        region: this[role] as unknown as Region,
        locate: async (signal) =>
          this.locate?.(signal) ?? { ok: true, value: { stream: this[role].stream, partitions } },
        partitions: only,
        startAt,
        isActive: role === active,
        settings: readSettings({ compartmentId: 'ocid1.compartment.oc1..a', readLimit }, {}),
        clock: this.clock,
        emit: (event) => void this.events.push(event),
        signal: this.ending.signal,
        deduplicator,
      });
    this.readers = [reader('primary'), reader('secondary')];
  }

  /** Reads on; resolves with the error that ends it, or undefined. */
  begin(): void {
    this.ended = this.#read().catch((error: unknown) => error);
  }

  async end(): Promise<unknown> {
    this.ending.abort();
    return this.clock.passUntil(this.ended, 10_000);
  }

  async #read(): Promise<void> {
    for await (const message of readInPassing(this.readers, this.ending.signal)) {
      this.received.push(message.text());
      this.ends.push(message.endsRead);
    }
  }
}

describe('reading in passing', () => {
  test('H21: gives the messages of both regions, commits nothing and joins no group', async () => {
    const world = new PassingWorld({ partitions: 2 });
    world.primary.store(0, 'p0');
    world.primary.store(1, 'p1', 'p1 again');
    world.secondary.store(1, 's1');
    world.begin();
    await world.clock.pass(5_000);
    world.primary.store(0, 'later');
    await world.clock.pass(3_000);

    expect(world.received.toSorted()).toEqual(['later', 'p0', 'p1', 'p1 again', 's1']);
    const operations = [...world.primary.calls, ...world.secondary.calls].map(({ operation }) => operation);
    expect(new Set(operations)).toEqual(new Set(['partitionCursor', 'read']));
    expect(world.primary.uncommitted()).toHaveLength(4);
    expect(await world.end()).toBeUndefined();
  });

  test.each<[StartAt, string[]]>([
    ['TRIM_HORIZON', ['0', '1', '2', '3', 'new']],
    ['LATEST', ['new']],
    [{ atOffset: 6 }, ['2', '3', 'new']],
    [{ afterOffset: 6 }, ['3', 'new']],
    [{ last: 1 }, ['3', 'new']],
    [{ last: 3 }, ['1', '2', '3', 'new']],
    [{ last: 9 }, ['0', '1', '2', '3', 'new']],
  ])('H21: begins at %o', async (startAt, expected) => {
    const world = new PassingWorld({ startAt });
    world.primary.store(0, '0', '1', '2', '3');
    world.begin();
    await world.clock.pass(5_000);
    world.primary.store(0, 'new');
    await world.clock.pass(2_000);

    expect(world.received).toEqual(expected);
    await world.end();
  });

  test('H21: reads the partitions that are wanted, and says which there are', async () => {
    const world = new PassingWorld({ partitions: 3, only: ['2'] });
    world.primary.store(0, 'p0');
    world.primary.store(2, 'p2');
    world.begin();
    await world.clock.pass(5_000);
    expect(world.received).toEqual(['p2']);
    await world.end();

    const wrong = new PassingWorld({ partitions: 3, only: ['0', '3'] });
    wrong.begin();
    expect(await wrong.clock.passUntil(wrong.ended)).toMatchObject({
      code: 'CONFIG',
      message: 'partition 3 is not in the stream of sa-saopaulo-1: there are 0 to 2',
    });
    const single = new PassingWorld({ only: ['1'] });
    single.begin();
    expect(await single.clock.passUntil(single.ended)).toMatchObject({
      message: 'partition 1 is not in the stream of sa-saopaulo-1: there is only 0',
    });
  });

  test('H21, H17: stays below the limits, and reads an idle stream less often', async () => {
    const world = new PassingWorld({ partitions: 3, strict: true });
    for (let count = 0; count < 200; count++) world.primary.store(count % 3, `${count}`);
    world.begin();
    await world.clock.pass(60_000);
    const before = world.primary.of('read').length;
    await world.clock.pass(60_000);

    expect([...world.primary.calls, ...world.secondary.calls].filter(({ failure }) => failure)).toEqual([]);
    expect(world.received).toHaveLength(200);
    expect(world.primary.of('read').length - before).toBe(180);
    await world.end();
  });

  test('H21, H5: a cursor that is lost is created again behind what was given', async () => {
    const world = new PassingWorld({ startAt: 'LATEST' });
    world.begin();
    await world.clock.pass(1_000);
    world.primary.fault = () => status(503);
    await world.clock.pass(400_000);
    // Nothing was given yet: what came meanwhile is not skipped.
    world.primary.store(0, 'one', 'two');
    world.primary.spoilCursors();
    world.primary.fault = undefined;
    await world.clock.pass(10_000);
    world.primary.spoilCursors();
    world.primary.store(0, 'three');
    await world.clock.pass(5_000);

    expect(world.received).toEqual(['one', 'two', 'three']);
    await world.end();
  });

  test('H21, H10: what retention took is told, and reading goes on', async () => {
    const world = new PassingWorld();
    world.primary.store(0, 'one');
    world.begin();
    await world.clock.pass(1_000);
    world.primary.store(0, 'lost', 'kept');
    world.primary.expire(0, 2);
    await world.clock.pass(5_000);

    expect(world.received).toEqual(['one', 'kept']);
    expect(world.events).toContainEqual({
      type: 'gap',
      region: 'sa-saopaulo-1',
      partition: '0',
      from: 1,
      to: 5,
    });
    await world.end();
  });

  test('H21, H10: a partition of which nothing was read yet is told of without its first offset, an empty one without its last', async () => {
    const world = new PassingWorld({ startAt: { atOffset: 0 } });
    world.primary.store(0, 'lost', 'lost too');
    world.primary.expire(0, 2);
    world.secondary.store(0, 'lost', 'kept');
    world.secondary.expire(0, 1);
    world.begin();
    await world.clock.pass(2_000);

    expect(world.received).toEqual(['kept']);
    expect(world.events).toHaveLength(2);
    expect(world.events).toEqual(
      expect.arrayContaining([
        { type: 'gap', region: 'sa-saopaulo-1', partition: '0', from: undefined, to: undefined },
        { type: 'gap', region: 'sa-vinhedo-1', partition: '0', from: undefined, to: 2 },
      ]),
    );
    await world.end();
  });

  test('H21, H12: envelopes are removed, and copies, of the other region too', async () => {
    const deduplicator = new Deduplicator({ settings: { envelope: true, fromDeadLetters: undefined } });
    const world = new PassingWorld({ deduplicator });
    const writer = new EnvelopeWriter('0123456789abcdefghij');
    const wrapped = (text: string): Buffer =>
      Buffer.from(writer.wrap({ key: null, value: Buffer.from(text) }, world.clock.wall()), 'base64');
    const [one, two] = [wrapped('one'), wrapped('two')];
    for (const value of [one, one, two]) world.primary.storeBytes(0, null, value);
    world.begin();
    await world.clock.pass(1_000);
    world.secondary.storeBytes(0, null, two);
    await world.clock.pass(20_000);

    expect(world.received).toEqual(['one', 'two']);
    expect(world.ends).toEqual([false, true]);
    expect(deduplicator.copies).toBe(2);
    await world.end();
  });

  test('H21: each message says whether it is the last one of its read, and where it is from', async () => {
    const world = new PassingWorld();
    world.primary.store(0, 'one', 'two');
    const [reader] = world.readers;
    const messages = await world.clock.passUntil(reader!.next());

    expect(messages.map(({ endsRead }) => endsRead)).toEqual([false, true]);
    const { ocid } = world.primary.stream;
    expect(messages[0]).toMatchObject({ region: 'sa-saopaulo-1', role: 'primary', stream: ocid });
  });

  test.each(['partitionCursor', 'read'] as const)(
    'H21: a failure of %s while it looks for the last messages is one like any other',
    async (operation) => {
      const world = new PassingWorld({ startAt: { last: 1 } });
      world.primary.store(0, 'one', 'two');
      let failures = 1;
      world.primary.fault = (each) => (each === operation && failures-- > 0 ? status(503) : undefined);
      world.begin();
      await world.clock.pass(5_000);

      expect(world.received).toEqual(['two']);
      expect(world.events).toMatchObject([{ type: 'read-failed', role: 'primary' }]);
      await world.end();
    },
  );

  test('H21: finds the last messages behind any number of reads', async () => {
    const world = new PassingWorld({ startAt: { last: 2 }, readLimit: 3 });
    world.primary.store(0, ...Array.from({ length: 10 }, (_, index) => `${index}`));
    world.begin();
    await world.clock.pass(5_000);

    expect(world.received).toEqual(['8', '9']);
    await world.end();
  });

  test('H21, H5: a cursor that is lost before anything was given begins where it was to begin', async () => {
    const world = new PassingWorld();
    world.primary.store(0, 'old');
    await world.clock.pass(10_000);
    world.primary.fault = (operation) => (operation === 'read' ? status(503) : undefined);
    world.begin();
    await world.clock.pass(2_000);
    expect(world.primary.of('partitionCursor')).toHaveLength(1);
    world.primary.spoilCursors();
    world.primary.fault = undefined;
    await world.clock.pass(10_000);

    expect(world.received).toEqual(['old']);
    await world.end();
  });

  test('H21, I1: ends at once in a pause, and calls nothing any more', async () => {
    const world = new PassingWorld();
    world.begin();
    await world.clock.pass(60_050);
    const [before, calls] = [world.clock.now(), world.primary.calls.length];
    expect(await world.end()).toBeUndefined();
    expect(world.clock.now()).toBe(before);
    await world.clock.pass(60_000);

    expect(world.primary.calls).toHaveLength(calls);
  });

  test.each<[StartAt, Operation, number]>([
    ['TRIM_HORIZON', 'partitionCursor', 1],
    ['TRIM_HORIZON', 'read', 1],
    [{ last: 1 }, 'partitionCursor', 1],
    [{ last: 1 }, 'read', 1],
    [{ last: 1 }, 'partitionCursor', 2],
  ])('H21, I1: from %o, ends its call of %s, number %i', async (startAt, operation, number) => {
    const world = new PassingWorld({ startAt });
    world.primary.store(0, 'one', 'two');
    let calls = 0;
    world.primary.fault = (each) => {
      if (each === operation && ++calls === number) world.ending.abort();
      return undefined;
    };
    world.begin();
    expect(await world.clock.passUntil(world.ended, 10_000)).toBeUndefined();

    expect(world.primary.of(operation).at(-1)?.failure).toEqual(ABORTED);
    expect(world.events).toEqual([]);
  });

  test('H21, H17: one that was idle is read at full pace as soon as messages come', async () => {
    const world = new PassingWorld({ readLimit: 1 });
    world.begin();
    await world.clock.pass(60_000);
    world.primary.store(0, ...Array.from({ length: 10 }, (_, index) => `${index}`));
    await world.clock.pass(1_000 + 10 * 210);

    expect(world.received).toHaveLength(10);
    await world.end();
  });

  test('H21, H17: looking for the last messages stays below the limits, and ends when reading does', async () => {
    const world = new PassingWorld({ startAt: { last: 1 }, strict: true, readLimit: 1 });
    for (let count = 0; count < 300; count++) world.primary.storeBytes(0, null, Buffer.alloc(1));
    world.begin();
    await world.clock.pass(10_000);
    expect(world.primary.calls.filter(({ failure }) => failure)).toEqual([]);
    const [reads, before] = [world.primary.of('read').length, world.clock.now()];
    await world.end();
    expect([world.clock.now(), world.clock.timers]).toEqual([before, 0]);
    await world.clock.pass(10_000);

    expect(world.primary.of('read').length - reads).toBeLessThanOrEqual(1);
  });

  test('H21: gives no message after it is ended, also of those that came with one', async () => {
    const world = new PassingWorld();
    world.primary.store(0, 'one', 'two', 'three');
    const texts: string[] = [];
    const messages = readInPassing(world.readers, world.ending.signal);
    const reading = (async () => {
      for await (const message of messages) {
        texts.push(message.text());
        world.ending.abort();
      }
    })();
    await world.clock.passUntil(reading, 10_000);

    expect(texts).toEqual(['one']);
  });

  test('H21: an outage of one region is told, and the other one is read', async () => {
    const world = new PassingWorld();
    world.primary.fault = () => status(503);
    world.begin();
    world.secondary.store(0, 'one');
    await world.clock.pass(10_000);
    expect(world.received).toEqual(['one']);
    expect(world.events[0]).toMatchObject({ type: 'read-failed', role: 'primary' });
    expect(world.readers.map(({ health }) => health.type)).toEqual(['failing', 'answering']);
    world.primary.fault = undefined;
    world.primary.store(0, 'two');
    await world.clock.pass(6_000);

    expect(world.received).toEqual(['one', 'two']);
    await world.end();
  });

  test('H21, INV-10: an active region that refuses ends it; one that is not active is a warning', async () => {
    const refusing = new PassingWorld();
    refusing.primary.fault = () => status(401);
    refusing.begin();
    expect(await refusing.clock.passUntil(refusing.ended, 20_000)).toMatchObject({ code: 'AUTH' });

    const world = new PassingWorld();
    world.secondary.fault = () => status(401);
    world.begin();
    world.primary.store(0, 'one');
    await world.clock.pass(60_000);
    expect(world.received).toEqual(['one']);
    expect(world.events).toEqual([
      expect.objectContaining({ type: 'warning', code: 'read-refused', region: 'sa-vinhedo-1' }),
    ]);
    expect(await world.end()).toBeUndefined();
  });

  test('H21, H2: a stream that is not known yet is looked for again', async () => {
    const world = new PassingWorld();
    world.locate = async () => ({ ok: true, value: undefined });
    expect(world.readers.map(({ isAbsent }) => isAbsent)).toEqual([false, false]);
    world.begin();
    world.primary.store(0, 'one');
    await world.clock.pass(60_000);
    expect(world.readers.map(({ isLocated, isAbsent }) => [isLocated, isAbsent])).toEqual([
      [false, true],
      [false, true],
    ]);
    world.locate = undefined;
    await world.clock.pass(8_000);

    expect(world.received).toEqual(['one']);
    expect(world.readers.map(({ isLocated, isAbsent }) => [isLocated, isAbsent])).toEqual([
      [true, false],
      [true, false],
    ]);
    await world.end();
  });

  test('INV-11, H21: whatever is thrown while it looks for the stream or reads is a failure like any other', async () => {
    const world = new PassingWorld();
    world.locate = () => Promise.reject(Object.create(null) as Error);
    world.begin();
    await world.clock.pass(3_000);
    world.locate = undefined;
    world.primary.fault = () => {
      throw undefined;
    };
    await world.clock.pass(3_000);
    world.primary.fault = undefined;
    world.primary.store(0, 'one');
    await world.clock.pass(5_000);

    expect(world.received).toEqual(['one']);
    expect(await world.end()).toBeUndefined();
  });
});
