import { expect, test } from 'vitest';

import { Membership } from '../../../runtime/consumer/membership.ts';
import type { Answer, Region, StreamRef } from '../../../runtime/region.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { GroupRegion, status } from './group-region.ts';

class Place {
  readonly clock = new VirtualClock();
  readonly region = new GroupRegion('sa-saopaulo-1', 1, this.clock);
  /** What the next look-up finds. */
  found: Answer<StreamRef | undefined> = { ok: true, value: this.region.stream };
  whileLooking: () => void = () => {};
  /** How many messages of the stream were committed as it was left. */
  readonly left: number[] = [];
  readonly membership: Membership;

  constructor() {
    const { clock, region } = this;
    const locate = async (): Promise<Answer<StreamRef | undefined>> => {
      this.whileLooking();
      return this.found;
    };
    this.membership = new Membership(
      { role: 'primary', region: region as unknown as Region, locate },
      region,
      {
        settings: readSettings({ compartmentId: 'ocid1.compartment.oc1..a', readLimit: 2 }, {}),
        clock,
        emit: () => {},
        instance: 'me',
        started: { at: clock.now(), wall: clock.wall() },
        deduplicator: undefined,
        signal: new AbortController().signal,
      },
    );
  }

  async look(): Promise<string> {
    const leave = async (): Promise<void> => void this.left.push(this.membership.group?.committed ?? -1);
    return (await this.membership.locate(leave)).type;
  }

  /** Reads two messages, handles them, and commits them. */
  async readTwo(): Promise<void> {
    const { signal } = new AbortController();
    this.region.store(0, 'one', 'two');
    const read = await this.membership.group!.read(signal, () => false);
    if (read.type === 'answer') while (read.batch?.current() !== undefined) read.batch.advance();
    await this.clock.passUntil(this.membership.group!.commit({ parts: true }, signal, this.clock));
  }
}

test('H2: the stream is looked for at first, and again when that failed', async () => {
  const place = new Place();
  expect(place.membership.mustLocate).toBe(true);
  place.found = { ok: false, failure: status(503) };
  expect(await place.look()).toBe('failure');
  expect([place.membership.mustLocate, place.membership.isAbsent]).toEqual([true, false]);
  place.found = { ok: true, value: place.region.stream };
  expect(await place.look()).toBe('changed');
  expect([place.membership.mustLocate, place.membership.isAbsent]).toEqual([false, false]);
  expect(place.membership.group?.stream).toEqual(place.region.stream);
});

test('H2: what is learned while it is looked for asks for another look', async () => {
  const place = new Place();
  place.whileLooking = () => place.membership.relocate();
  await place.look();
  expect(place.membership.mustLocate).toBe(true);
});

test('H2: the same stream keeps its member', async () => {
  const place = new Place();
  await place.look();
  const { group } = place.membership;
  place.membership.relocate();
  expect(place.membership.mustLocate).toBe(true);
  expect(await place.look()).toBe('unchanged');
  expect(place.membership.group).toBe(group);
});

test.each(['stream', 'endpoint'])(
  'H2, H15: another %s makes another member, after the old one has left; what it committed still counts',
  async (what) => {
    const place = new Place();
    await place.look();
    await place.readTwo();
    if (what === 'stream') place.region.recreate('ocid1.stream.oc1.sa-saopaulo-1.b');
    else place.region.endpoint = 'https://127.0.0.1:1';
    place.found = { ok: true, value: place.region.stream };
    place.left.length = 0;
    expect(await place.look()).toBe('changed');
    expect(place.left).toEqual([2]);
    expect(place.membership.committed).toBe(2);
    await place.readTwo();
    expect(place.membership.committed).toBe(4);
  },
);

test('H2: a stream that is gone is not left: there is nothing to call', async () => {
  const place = new Place();
  await place.look();
  place.found = { ok: true, value: undefined };
  place.left.length = 0;
  expect(await place.look()).toBe('changed');
  expect(place.left).toEqual([]);
  expect([place.membership.group, place.membership.isAbsent]).toEqual([undefined, true]);
});

test('H23: a member that is found later reads ahead like one that is there', async () => {
  const early = new Place();
  await early.look();
  early.membership.readAhead();
  const late = new Place();
  late.membership.readAhead();
  await late.look();
  const usual = new Place();
  await usual.look();
  for (const { membership, region } of [early, late, usual]) {
    region.store(0, 'one');
    await membership.group?.read(new AbortController().signal, () => false);
  }
  const commitsOnGet = [early, late, usual].map(({ region }) => region.positions[0]?.commitOnGet);
  expect(commitsOnGet).toEqual([false, false, true]);
});
