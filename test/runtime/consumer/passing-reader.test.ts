import { describe, expect, test } from 'vitest';

import {
  PassingReader,
  readInPassing,
  type PassingParts,
  type StartAt,
} from '../../../runtime/consumer/index.ts';
import type { HaEvent, Role } from '../../../runtime/events.ts';
import type { Region } from '../../../runtime/region.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { GroupRegion, status } from './group-region.ts';

interface Wanted {
  readonly partitions?: number;
  readonly startAt?: StartAt;
  readonly only?: readonly string[];
  readonly active?: Role;
  readonly strict?: boolean;
}

/** Readers of both regions in passing, in virtual time. */
class PassingWorld {
  readonly clock = new VirtualClock();
  readonly primary: GroupRegion;
  readonly secondary: GroupRegion;
  readonly events: HaEvent[] = [];
  readonly received: string[] = [];
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
        settings: readSettings({ compartmentId: 'ocid1.compartment.oc1..a' }, {}),
        clock: this.clock,
        emit: (event) => void this.events.push(event),
        signal: this.ending.signal,
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
    world.begin();
    world.primary.store(0, 'one');
    await world.clock.pass(60_000);
    expect(world.readers.map(({ isLocated }) => isLocated)).toEqual([false, false]);
    world.locate = undefined;
    await world.clock.pass(8_000);

    expect(world.received).toEqual(['one']);
    expect(world.readers.map(({ isLocated }) => isLocated)).toEqual([true, true]);
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
