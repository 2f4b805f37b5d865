import { beforeEach, expect, test } from 'vitest';

import type { HaEvent } from '../../../runtime/events.ts';
import type { Outbox } from '../../../runtime/outbox/index.ts';
import { SpoolProgress } from '../../../runtime/producer/spool-progress.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const directory = 'outbox/0';

let clock: VirtualClock;
let events: HaEvent[];
let onDisk: number;

beforeEach(() => {
  clock = new VirtualClock();
  events = [];
  onDisk = 0;
});

/** Of an outbox that holds `onDisk` messages of ten bytes each. */
function progress(): SpoolProgress {
  const outbox = {
    directory,
    get totals() {
      return { messages: onDisk, bytes: 10 * onDisk };
    },
    get isEmpty() {
      return onDisk === 0;
    },
  };
  return new SpoolProgress({
    outbox: outbox as Outbox,
    clock,
    emit: (event) => void events.push(event),
  });
}

/** So many messages of the outbox are stored, one each `everyMs`. */
async function store(on: SpoolProgress, messages: number, everyMs: number): Promise<void> {
  for (let n = 0; n < messages; n++) {
    await clock.pass(everyMs);
    onDisk--;
    on.stored();
  }
}

test('what an earlier process left is told of, and that it is stored in the end', async () => {
  onDisk = 3;
  const on = progress();
  expect(events).toEqual([{ type: 'outbox-found', directory, messages: 3, bytes: 30 }]);
  events = [];
  on.look();
  // It is in use from the beginning.
  on.used('no region takes messages');
  expect(events).toEqual([]);
  await store(on, 3, 1_000);
  events = [];
  on.look();
  expect(events).toEqual([{ type: 'outbox-drained', directory, messages: 3, forMs: 3_000 }]);
});

test('an empty outbox is told of when it comes into use: once, with the reason', () => {
  const on = progress();
  expect(events).toEqual([]);
  on.used('no region takes messages');
  on.used('memory is full');
  expect(events).toEqual([{ type: 'outbox-used', directory, because: 'no region takes messages' }]);
});

test('how sending goes on is told with the first message, then every five seconds at most', async () => {
  const on = progress();
  on.used('no region takes messages');
  onDisk = 1_000;
  events = [];
  await store(on, 1, 1_000);
  expect(events).toEqual([
    { type: 'outbox-draining', directory, left: 999, perSecond: 0, emptyInMs: undefined },
  ]);
  events = [];
  await store(on, 49, 100);
  expect(events).toEqual([]);
  // Ten a second: 949 are left.
  await store(on, 1, 100);
  expect(events).toEqual([
    { type: 'outbox-draining', directory, left: 949, perSecond: 10, emptyInMs: 94_900 },
  ]);
  events = [];
  await store(on, 100, 50);
  expect(events).toEqual([
    { type: 'outbox-draining', directory, left: 849, perSecond: 20, emptyInMs: 42_450 },
  ]);
});

test('that it is empty is told once, and each time that it was in use', async () => {
  const on = progress();
  for (let round = 0; round < 2; round++) {
    events = [];
    on.used('no region takes messages');
    // Empty, but nothing was stored from it: what was meant for it is not written yet.
    on.look();
    onDisk = 2;
    on.look();
    await store(on, 2, 1_000);
    on.look();
    on.look();
    // Without use nothing is counted.
    on.stored();
    expect(events.map(({ type }) => type)).toEqual(['outbox-used', 'outbox-draining', 'outbox-drained']);
    expect(events.at(-1)).toMatchObject({ messages: 2, forMs: 2_000 });
  }
});

test('nothing is told any more when the producer is closed', async () => {
  const on = progress();
  on.close();
  on.used('no region takes messages');
  expect(events).toEqual([]);
  const other = progress();
  other.used('no region takes messages');
  onDisk = 1;
  await store(other, 1, 1);
  events = [];
  other.close();
  other.look();
  expect(events).toEqual([]);
});
