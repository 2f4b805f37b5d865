import { describe, expect, test } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { Outbox, type Drained, type OutboxStore, type StoreNews } from '../../../runtime/outbox/index.ts';
import type { OutboxParts } from '../../../runtime/outbox/outbox.ts';
import { SingleMessage } from '../../../runtime/producer/pending-message.ts';
import type { AnyReceipt } from '../../../runtime/receipt.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { rowsFrom } from './rows.ts';

const PAGE = { messages: 2, bytes: 1_048_576 };
const because = 'its files were removed';
const KEY = 'a2V5';
const OTHER_KEY = 'b3RoZXI=';

test('of messages whose files were removed, those in memory are sent on, those in lanes may be, and all else is said to be lost', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const events: HaEvent[] = [];
  const outbox = new Outbox({
    store: disk.open(),
    directory: 'outbox/0',
    clock,
    emit: (event) => void events.push(event),
    limits: { maxOutboxBytes: 1_048_576 },
    acknowledge: 'region',
    openLeft: () => Promise.resolve(undefined),
  });
  const receipts: (AnyReceipt | Error)[] = [];
  const accounts = { stored: () => {}, failed: () => {}, released: () => {} };
  const write = (value: string): void => {
    const take = (told: AnyReceipt | Error): void => void receipts.push(told);
    const message = new SingleMessage({ key: null, value, bytes: 1 }, accounts, take, take);
    outbox.accept(message);
    outbox.write([message]);
  };
  for (const value of ['MQ==', 'Mg==', 'Mw==', 'NA==']) write(value);
  await clock.passUntil(outbox.flush());
  // Their senders learn that they are on disk: nothing else has them.
  outbox.acknowledgeAwaited();
  for (const value of ['NQ==', 'Ng==']) write(value);
  await clock.passUntil(outbox.flush());
  const inLanes = await clock.passUntil(outbox.next(PAGE));
  expect(inLanes).toHaveLength(2);

  disk.mode = 'broken';
  outbox.news({ type: 'gone', because });
  expect(outbox.lost).toBe(2);
  expect(outbox.totals.messages).toBe(0);
  expect(events.filter(({ type }) => type === 'outbox-lost')).toMatchObject([{ messages: 2, because }]);
  const next = await clock.passUntil(outbox.next(PAGE));
  expect(next.map((each) => each.type === 'message' && each.message.value)).toEqual(['NQ==', 'Ng==']);

  // One of those in lanes is stored, the other one comes back.
  const [stored, back] = inLanes.flatMap((each) => (each.type === 'row' ? [each] : []));
  outbox.stored(stored!.rows, stored!.row.sequence, {
    region: 'r',
    stream: 's',
    partition: '0',
    offset: 0,
    timestamp: '',
  });
  outbox.givenBack(back!.rows, back!.row.sequence, null);
  expect(outbox.lost).toBe(3);
  outbox.returned(next);
  await clock.passUntil(outbox.close());
  const outcomes = receipts.map((told) =>
    told instanceof HaError ? told.code : 'type' in told && told.type,
  );
  expect(outcomes).toEqual([...Array(4).fill('outbox'), 'OUTBOX_FULL', 'OUTBOX_FULL']);
  expect(events.filter(({ type }) => type === 'outbox-lost')).toMatchObject([
    { messages: 2 },
    { messages: 1 },
  ]);
});

test('F5, F7: while a damaged file is recovered, nothing newer of a key goes before what comes out of it', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const outbox = outboxOf(clock, { store: recovering(disk, 3) });
  expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
  expect(outbox.mayHold('a2V5')).toBe(true);
  expect(outbox.isEmpty).toBe(false);

  for (const row of rowsFrom(1, 2)) disk.rows.set(row.sequence, row);
  outbox.news(recovered(disk));
  expect(outbox.isRecovering).toBe(false);
  expect(await clock.passUntil(outbox.next(PAGE))).toHaveLength(2);
});

test('F5, F7: a slot that an ended process left damaged stays open until all is recovered, and is sent', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const left = leftSlot(disk, 1);
  const events: HaEvent[] = [];
  const emit = (event: HaEvent): void => void events.push(event);
  const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open(), openLeft: left.open, emit });
  expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
  expect(outbox.isEmpty).toBe(false);

  for (const row of rowsFrom(1, 2)) disk.rows.set(row.sequence, row);
  let changes = 0;
  outbox.onChange = () => void changes++;
  left.tell(recovered(disk));
  // The drain waits for a change.
  expect([outbox.totals.messages, changes]).toEqual([2, 1]);
  const rows = await clock.passUntil(outbox.next(PAGE));
  expect(rows.map((each) => each.type === 'row' && each.row.sequence)).toEqual([1, 2]);
  expect(events).toMatchObject([{ type: 'outbox-recovered', messages: 2, missing: 1 }]);
  for (const each of rows) if (each.type === 'row') outbox.stored(each.rows, each.row.sequence, RECEIPT);
  expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
  expect(outbox.isEmpty).toBe(true);
  expect(left.opened).toBe(2);
});

test('I13, F3: an outbox whose disk failed is drained when what it holds in memory is sent: nothing waits for its disk', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  for (const row of rowsFrom(1, 2)) disk.rows.set(row.sequence, row);
  const outbox = outboxOf(clock, { store: disk.open() });
  expect(outbox.isDrained).toBe(false);
  outbox.news({ type: 'stopped', because: 'attempt to write a readonly database' });
  expect([outbox.isDrained, outbox.isEmpty]).toEqual([true, false]);
  const message = messageOf();
  outbox.accept(message);
  outbox.write([message]);
  expect(outbox.isDrained).toBe(false);
});

test.each(['in hand', 'being read'])(
  'INV-2, F3: nothing newer of a key goes before what the drain took from disk, when the disk fails while that is %s',
  async (when) => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk(clock);
    for (const row of rowsFrom(1, 2)) disk.rows.set(row.sequence, { ...row, key: 'a2V5' });
    const outbox = outboxOf(clock, { store: disk.open() });
    const reading = outbox.next(PAGE);
    if (when === 'in hand') await clock.passUntil(reading);
    outbox.news({ type: 'stopped', because: 'the disk cannot be read' });
    const rows = await clock.passUntil(reading);
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(outbox.mayHold('a2V5')).toBe(true);
      outbox.handed(row, 'a2V5');
    }
    expect(outbox.mayHold('a2V5')).toBe(false);
  },
);

test('INV-2, F3: nothing newer of a key goes before what the drain took from memory, when a full disk fails', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const outbox = outboxOf(clock, { store: disk.open() });
  disk.mode = 'full';
  const message = messageOf();
  outbox.accept(message);
  outbox.write([message]);
  await clock.passUntil(outbox.flush());
  const [drained] = await clock.passUntil(outbox.next(PAGE));
  outbox.news({ type: 'stopped', because: 'the disk cannot be read' });
  expect(outbox.mayHold('a2V5')).toBe(true);
  outbox.handed(drained!, 'a2V5');
  expect(outbox.mayHold('a2V5')).toBe(false);
});

test('INV-2, F5: what a lane gives back goes before later messages on disk, while it is still being written too', async () => {
  const { clock, outbox, first } = await withSecondOnDisk();
  outbox.write([first]);
  expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
  await clock.passUntil(outbox.flush());
  const rows = await clock.passUntil(outbox.next(PAGE));
  expect(rows.map((each) => each.type === 'row' && each.row.sequence)).toEqual([1, 2]);
});

test('INV-2: what a lane gives back goes before later messages, in whatever order those came to the disk', async () => {
  const clock = new VirtualClock();
  const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open() });
  const [first, second, third] = taken(outbox, 3).messages;
  outbox.write([third!]);
  outbox.write([first!]);
  await clock.passUntil(outbox.flush());
  outbox.write([second!]);
  expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
});

test('F5, I3: what waits for a message that its sender gives up before it is written goes on', async () => {
  const { clock, outbox, first } = await withSecondOnDisk();
  let changes = 0;
  outbox.onChange = () => void changes++;
  outbox.write([first]);
  first.fail(new HaError('ABORTED', 'given up'));
  expect(await outbox.next(PAGE)).toEqual([]);
  await clock.pass(100);
  expect(changes).toBeGreaterThan(0);
  expect(await clock.passUntil(outbox.next(PAGE))).toHaveLength(1);
});

test('F7: a slot of an ended process whose disk fails is not opened again at once', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const left = leftSlot(disk);
  const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open(), openLeft: left.open });
  expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
  left.tell({ type: 'stopped', because: 'the disk cannot be read' });
  for (let rounds = 0; rounds < 3; rounds++) expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
  expect(left.opened).toBe(1);
  expect(outbox.isEmpty).toBe(true);
});

test('I5: what a process leaves that ends later is looked for every five minutes, though nothing else happens', async () => {
  const clock = new VirtualClock();
  let looks = 0;
  const openLeft: OutboxParts['openLeft'] = () => {
    looks++;
    return Promise.resolve(undefined);
  };
  const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open(), openLeft });
  // As the drain: it asks again when something has changed.
  outbox.onChange = () => void outbox.next(PAGE);
  await outbox.next(PAGE);
  const looked: number[] = [];
  for (let minutes = 0; minutes < 12; minutes++) {
    await clock.pass(60_000);
    looked.push(looks);
  }
  expect(looked).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3]);
  await clock.passUntil(outbox.close());
  expect(clock.timers).toBe(0);
});

function messageOf(key = KEY, take: (told: AnyReceipt | Error) => void = () => {}): SingleMessage {
  const accounts = { stored: () => {}, failed: () => {}, released: () => {} };
  return new SingleMessage({ key, value: 'MQ==', bytes: 1 }, accounts, take, take);
}

/** Messages that an outbox takes; what each sender is told, by sequence. */
function taken(outbox: Outbox, count: number, key = KEY) {
  const told = new Map<number, AnyReceipt | Error>();
  const messages = Array.from({ length: count }, () => {
    const message: SingleMessage = messageOf(key, (outcome) => void told.set(message.sequence, outcome));
    outbox.accept(message);
    return message;
  });
  return { messages, told };
}

const sequencesOf = (drained: readonly Drained[]): number[] =>
  drained.map((each) => (each.type === 'row' ? each.row.sequence : each.message.sequence));

function storeAll(outbox: Outbox, drained: readonly Drained[]): void {
  for (const each of drained) if (each.type === 'row') outbox.stored(each.rows, each.row.sequence, RECEIPT);
}

function diskOf(clock: VirtualClock, count: number): MemoryDisk {
  const disk = new MemoryDisk(clock);
  for (const row of rowsFrom(1, count)) disk.rows.set(row.sequence, row);
  return disk;
}

const RECEIPT = { region: 'r', stream: 's', partition: '0', offset: 0, timestamp: '' };

function outboxOf(clock: VirtualClock, parts: Pick<OutboxParts, 'store'> & Partial<OutboxParts>): Outbox {
  return new Outbox({
    directory: 'outbox/0',
    clock,
    emit: () => {},
    limits: { maxOutboxBytes: 1_048_576 },
    acknowledge: 'region',
    openLeft: () => Promise.resolve(undefined),
    ...parts,
  });
}

test('I14: how many messages are lost is told also when the removal of the files is found by the close', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  for (const row of rowsFrom(1, 3)) disk.rows.set(row.sequence, row);
  const store = disk.open();
  const close = store.close.bind(store);
  const events: HaEvent[] = [];
  const outbox = outboxOf(clock, {
    store: Object.assign(store, {
      close: () => {
        outbox.news({ type: 'gone', because });
        return close();
      },
    }),
    emit: (event) => void events.push(event),
  });
  await clock.passUntil(outbox.close());
  expect(outbox.lost).toBe(3);
  expect(events).toMatchObject([{ type: 'outbox-lost', messages: 3, because }]);
});

/** Of two messages that were accepted, the second one is on disk and a lane has the first one. */
async function withSecondOnDisk() {
  const clock = new VirtualClock();
  const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open() });
  const [first, second] = [messageOf(), messageOf()];
  outbox.accept(first);
  outbox.accept(second);
  outbox.write([second]);
  await clock.passUntil(outbox.flush());
  return { clock, outbox, first };
}

/** A damaged slot that an ended process left. It is found so many times. */
function leftSlot(disk: MemoryDisk, times = Infinity) {
  let listener: (news: StoreNews) => void = () => {};
  const open: OutboxParts['openLeft'] = (told) => {
    listener = told;
    const isFound = slot.opened++ < times;
    return Promise.resolve(isFound ? { store: recovering(disk, 3), directory: 'outbox/1' } : undefined);
  };
  const slot = { opened: 0, open, tell: (news: StoreNews): void => listener(news) };
  return slot;
}

/** A store that has found a damaged file with messages up to `lastSequence`. It tells no keys before all is recovered. */
function recovering(disk: MemoryDisk, lastSequence: number): OutboxStore {
  const found = { messages: 0, bytes: 0, lastSequence, isRecovering: true };
  return Object.assign(disk.open(), { found, keys: () => Promise.withResolvers<never>().promise });
}

/** One of three messages could not be read. */
function recovered({ totals }: MemoryDisk): Extract<StoreNews, { type: 'recovered' }> {
  const setAside = 'outbox/damaged-now.db';
  return { type: 'recovered', setAside, messages: totals.messages, missing: 1, isLast: true, totals };
}

describe('a message of a lane whose files were removed', () => {
  /** Two messages are in lanes and one waits, all for a region; then the files are gone. */
  async function gone() {
    const clock = new VirtualClock();
    const disk = new MemoryDisk(clock);
    const outbox = outboxOf(clock, { store: disk.open() });
    const { messages, told } = taken(outbox, 3);
    outbox.write(messages);
    await clock.passUntil(outbox.flush());
    const [first, second] = await clock.passUntil(outbox.next(PAGE));
    if (first?.type !== 'row' || second?.type !== 'row') throw new Error('not on disk');
    disk.mode = 'broken';
    outbox.news({ type: 'gone', because });
    return { clock, outbox, told, first, second };
  }

  test('I14, INV-1: is not said to be on disk, nor to be lost, nor sent twice', async () => {
    const { clock, outbox, told } = await gone();
    outbox.acknowledgeAwaited();
    expect([told.size, outbox.lost]).toEqual([0, 0]);
    expect(sequencesOf(await clock.passUntil(outbox.next(PAGE)))).toEqual([3]);
  });

  test('I14, INV-11: is sent again when it comes back', async () => {
    const { clock, outbox, told, first, second } = await gone();
    outbox.stored(first.rows, 1, RECEIPT);
    outbox.givenBack(second.rows, 2, KEY);
    expect([told.get(1), told.has(2), outbox.lost]).toEqual([RECEIPT, false, 0]);
    expect(sequencesOf(await clock.passUntil(outbox.next(PAGE)))).toEqual([2, 3]);
  });
});

test('I14: what a region has is not taken for a message that is lost', async () => {
  const clock = new VirtualClock();
  const outbox = outboxOf(clock, { store: diskOf(clock, 1).open() });
  outbox.write(taken(outbox, 1).messages);
  await clock.passUntil(outbox.flush());
  const [found, written] = await clock.passUntil(outbox.next(PAGE));
  storeAll(outbox, [written!]);
  outbox.returned([found!]);
  await clock.passUntil(outbox.flush());
  outbox.news({ type: 'gone', because });
  expect(outbox.lost).toBe(1);
});

describe('the close of an outbox', () => {
  test('INV-11: tells senders that wait for a region that their messages are on disk', async () => {
    const clock = new VirtualClock();
    const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open() });
    const { messages, told } = taken(outbox, 2);
    outbox.write(messages);
    await clock.passUntil(outbox.close());
    expect([...told.values()]).toMatchObject([{ type: 'outbox' }, { type: 'outbox' }]);
  });

  test('I5: removes what is stored, of an ended process too: the next start sends no copies', async () => {
    const clock = new VirtualClock();
    const [own, other] = [diskOf(clock, 1), diskOf(clock, 1)];
    const outbox = outboxOf(clock, { store: own.open(), openLeft: slotOf(other).open });
    storeAll(outbox, await clock.passUntil(outbox.next(PAGE)));
    storeAll(outbox, await clock.passUntil(outbox.next(PAGE)));
    await clock.passUntil(outbox.close());
    expect([own.rows.size, other.rows.size, clock.timers]).toEqual([0, 0, 0]);
  });

  test('I5, I1: closes the slot of an ended process that is just being opened', async () => {
    const clock = new VirtualClock();
    const opening = Promise.withResolvers<void>();
    const slot = slotOf(diskOf(clock, 1), opening.promise);
    const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open(), openLeft: slot.open });
    const next = outbox.next(PAGE);
    await clock.passUntil(outbox.close());
    opening.resolve();
    expect(await clock.passUntil(next)).toEqual([]);
    expect(slot.closed).toBe(1);
  });
});

describe('a slot of an ended process', () => {
  test('I5: stays open while its messages are in lanes, is counted, and is closed when all are stored', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 2);
    const slot = slotOf(disk);
    const events: HaEvent[] = [];
    const emit = (event: HaEvent): void => void events.push(event);
    const outbox = outboxOf(clock, { store: diskOf(clock, 0).open(), openLeft: slot.open, emit });
    const rows = await clock.passUntil(outbox.next(PAGE));
    expect(outbox.totals).toEqual(disk.totals);
    expect(events).toMatchObject([{ type: 'outbox-found', directory: 'outbox/1', messages: 2 }]);
    expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
    storeAll(outbox, rows.slice(0, 1));
    outbox.returned(rows.slice(1));
    await clock.passUntil(outbox.flush());
    expect([outbox.totals.messages, slot.closed]).toEqual([1, 0]);

    const again = await clock.passUntil(outbox.next(PAGE));
    expect(sequencesOf(again)).toEqual([2]);
    storeAll(outbox, again);
    expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
    expect([disk.rows.size, outbox.isEmpty, slot.closed]).toEqual([0, true, 1]);
    await clock.passUntil(outbox.close());
    expect(clock.timers).toBe(0);
  });

  test('I14: whose files are removed: what was in no lane is lost, and is told with its directory', async () => {
    const clock = new VirtualClock();
    const slot = slotOf(diskOf(clock, 3));
    const events: HaEvent[] = [];
    const emit = (event: HaEvent): void => void events.push(event);
    const outbox = outboxOf(clock, { store: diskOf(clock, 0).open(), openLeft: slot.open, emit });
    await clock.passUntil(outbox.next(PAGE));
    slot.tell({ type: 'gone', because });
    expect([outbox.lost, outbox.totals.messages]).toEqual([1, 0]);
    expect(events.at(-1)).toEqual({ type: 'outbox-lost', directory: 'outbox/1', messages: 1, because });
  });

  test.each(['stopped', 'gone'] as const)(
    'F7: that is %s is closed when nothing of it is in lanes, and not opened again at once',
    async (type) => {
      const clock = new VirtualClock();
      const disk = diskOf(clock, 3);
      const slot = slotOf(disk);
      const outbox = outboxOf(clock, { store: diskOf(clock, 0).open(), openLeft: slot.open });
      storeAll(outbox, await clock.passUntil(outbox.next(PAGE)));
      await clock.passUntil(outbox.flush());
      disk.mode = 'broken';
      slot.tell({ type, because: 'disk I/O error' });
      for (let rounds = 0; rounds < 2; rounds++) expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
      expect([slot.opened, slot.closed]).toEqual([1, 1]);
    },
  );

  test('F7: that is found damaged as it is opened is told with its directory', async () => {
    const clock = new VirtualClock();
    const slot = slotOf(diskOf(clock, 1));
    const events: HaEvent[] = [];
    const openLeft: OutboxParts['openLeft'] = (news) => {
      news({ type: 'damaged', file: 'outbox/1/messages-1.db', because: 'it is cut off' });
      return slot.open(news);
    };
    const emit = (event: HaEvent): void => void events.push(event);
    const outbox = outboxOf(clock, { store: diskOf(clock, 0).open(), openLeft, emit });
    await clock.passUntil(outbox.next(PAGE));
    expect(events[0]).toMatchObject({ type: 'outbox-damaged', directory: 'outbox/1' });
    expect(outbox.isRecovering).toBe(true);
  });

  test('INV-1: has a sequence of its own: what is stored of it is no receipt for a message of this process', async () => {
    const clock = new VirtualClock();
    const slot = slotOf(diskOf(clock, 1));
    const outbox = outboxOf(clock, { store: diskOf(clock, 0).open(), openLeft: slot.open });
    const { messages, told } = taken(outbox, 1);
    outbox.write(messages);
    await clock.passUntil(outbox.flush());
    const own = await clock.passUntil(outbox.next(PAGE));
    const left = await clock.passUntil(outbox.next(PAGE));
    expect([sequencesOf(own), sequencesOf(left)]).toEqual([[1], [1]]);
    storeAll(outbox, left);
    expect(told.size).toBe(0);
    storeAll(outbox, own);
    expect(told.get(1)).toEqual(RECEIPT);
  });
});

describe('INV-2: a later message of a key waits', () => {
  test('INV-2: while an earlier one is being written', async () => {
    const clock = new VirtualClock();
    const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open() });
    outbox.write(taken(outbox, 1).messages);
    expect(await outbox.next(PAGE)).toEqual([]);
    expect(outbox.mayHold(KEY)).toBe(true);
    await clock.passUntil(outbox.flush());
    const [row] = await clock.passUntil(outbox.next(PAGE));
    outbox.handed(row!, KEY);
    expect(outbox.mayHold(KEY)).toBe(false);
  });

  test('INV-2, INV-5: while so many messages wait to be removed that no more are read', async () => {
    const clock = new VirtualClock();
    const disk = diskOf(clock, 50_001);
    const store = Object.assign(disk.open(), { remove: () => Promise.withResolvers<never>().promise });
    const outbox = outboxOf(clock, { store });
    const rows = await clock.passUntil(outbox.next({ messages: 50_000, bytes: 100_000_000 }));
    for (const each of rows) outbox.handed(each, each.type === 'row' ? each.row.key : null);
    storeAll(outbox, rows);
    expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
    expect(outbox.mayHold(disk.rows.get(50_001)!.key)).toBe(true);
  });

  test('INV-2, F3: behind messages on a disk that is full; on one that failed, only behind what is in memory', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk(clock);
    const outbox = outboxOf(clock, { store: disk.open() });
    outbox.write(taken(outbox, 1).messages);
    await clock.passUntil(outbox.flush());
    disk.mode = 'full';
    outbox.write(taken(outbox, 1, OTHER_KEY).messages);
    await clock.pass(100);
    expect([outbox.mayHold(KEY), outbox.mayHold(OTHER_KEY)]).toEqual([true, true]);
    outbox.news({ type: 'stopped', because: 'disk I/O error' });
    expect([outbox.mayHold(KEY), outbox.mayHold(OTHER_KEY)]).toEqual([false, true]);
  });

  test('INV-2, I5: while one is being written and a message that an ended process left comes into its lane', async () => {
    const clock = new VirtualClock();
    const outbox = outboxOf(clock, {
      store: diskOf(clock, 0).open(),
      openLeft: slotOf(diskOf(clock, 1)).open,
    });
    const [left] = await clock.passUntil(outbox.next(PAGE));
    outbox.write(taken(outbox, 1).messages);
    outbox.handed(left!, KEY);
    expect(outbox.mayHold(KEY)).toBe(true);
  });

  test('INV-2, F3: while one is in memory and a message that was read before the disk failed comes into its lane', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk(clock);
    const outbox = outboxOf(clock, { store: disk.open() });
    outbox.write(taken(outbox, 1).messages);
    await clock.passUntil(outbox.flush());
    const [row] = await clock.passUntil(outbox.next(PAGE));
    disk.mode = 'broken';
    outbox.write(taken(outbox, 1).messages);
    await clock.pass(100);
    expect(outbox.isStopped).toBe(true);
    outbox.handed(row!, KEY);
    expect(outbox.mayHold(KEY)).toBe(true);
  });
});

describe('a disk that takes nothing more', () => {
  test('INV-2, F3: what is on it and what is in memory is handed out in the order of acceptance', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk(clock);
    const outbox = outboxOf(clock, { store: disk.open() });
    const { messages } = taken(outbox, 5);
    const [first, second, third, fourth, fifth] = messages as [
      SingleMessage,
      SingleMessage,
      SingleMessage,
      SingleMessage,
      SingleMessage,
    ];
    outbox.write([first, third, fourth]);
    await clock.passUntil(outbox.flush());
    disk.mode = 'full';
    outbox.write([fifth]);
    outbox.write([second]);
    await clock.pass(100);
    const pages: number[][] = [];
    for (let page = 0; page < 3; page++) pages.push(sequencesOf(await clock.passUntil(outbox.next(PAGE))));
    expect(pages).toEqual([[1, 2, 3], [4], [5]]);
  });

  test('F3, I13: what it holds back in memory is drained when it is in lanes, whatever came back meanwhile', async () => {
    const clock = new VirtualClock();
    const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open() });
    outbox.news({ type: 'stopped', because: 'disk I/O error' });
    let changes = 0;
    outbox.onChange = () => void changes++;
    outbox.write(taken(outbox, 2).messages);
    // The drain waits for a change.
    expect(changes).toBe(1);
    const [one] = await clock.passUntil(outbox.next({ ...PAGE, messages: 1 }));
    expect(outbox.isDrained).toBe(false);
    outbox.returned([one!]);
    const both = await clock.passUntil(outbox.next(PAGE));
    expect(sequencesOf(both)).toEqual([1, 2]);
    expect(outbox.isDrained).toBe(false);
    for (const each of both) outbox.handed(each, KEY);
    expect(outbox.isDrained).toBe(true);
  });

  test('F3, INV-1: is not drained while an ended process has messages in another slot', async () => {
    const clock = new VirtualClock();
    const outbox = outboxOf(clock, {
      store: diskOf(clock, 0).open(),
      openLeft: slotOf(diskOf(clock, 1)).open,
    });
    outbox.news({ type: 'stopped', because: 'disk I/O error' });
    await clock.passUntil(outbox.next(PAGE));
    expect(outbox.isDrained).toBe(false);
  });

  test('F3: what is being written as the drain looks is handed out once', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk(clock);
    const outbox = outboxOf(clock, { store: disk.open() });
    disk.mode = 'full';
    outbox.write(taken(outbox, 1).messages);
    await clock.pass(100);
    disk.mode = 'works';
    disk.syncMs = 500;
    await clock.pass(1_000);
    const handed = [...(await clock.passUntil(outbox.next(PAGE)))];
    await clock.pass(10_000);
    handed.push(...(await clock.passUntil(outbox.next(PAGE))));
    expect(sequencesOf(handed)).toEqual([1]);
  });
});

test('F5: of the keys that are found at the start, only those with messages on disk wait', async () => {
  const clock = new VirtualClock();
  const outbox = outboxOf(clock, { store: diskOf(clock, 1).open() });
  expect(outbox.mayHold(KEY)).toBe(true);
  await clock.pass(10);
  expect([outbox.mayHold(KEY), outbox.mayHold(rowsFrom(1, 1)[0]!.key)]).toEqual([false, true]);
});

test('F5, I3: no later message waits for one that was given up before it was written', async () => {
  const clock = new VirtualClock();
  const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open() });
  const { messages } = taken(outbox, 1);
  outbox.write(messages);
  messages[0]?.fail(new HaError('ABORTED', 'given up'));
  messages[0]?.release();
  await clock.passUntil(outbox.flush());
  expect(await clock.passUntil(outbox.next(PAGE))).toEqual([]);
  expect(outbox.mayHold(KEY)).toBe(false);
});

test('F1, INV-11: when no region takes messages, senders that wait for one learn that theirs are on disk', async () => {
  const clock = new VirtualClock();
  const outbox = outboxOf(clock, { store: new MemoryDisk(clock).open() });
  const { messages, told } = taken(outbox, 3);
  outbox.write(messages.slice(0, 1));
  await clock.passUntil(outbox.flush());
  expect(told.size).toBe(0);
  outbox.regionsAreOut = true;
  expect([...told.keys()]).toEqual([1]);
  outbox.write(messages.slice(1, 2));
  await clock.passUntil(outbox.flush());
  expect([...told.keys()]).toEqual([1, 2]);
  outbox.regionsAreOut = false;
  outbox.write(messages.slice(2));
  await clock.passUntil(outbox.flush());
  expect(told.size).toBe(2);
});

test('I3, I5: what its sender gives up while it is being written is sent no more, and waits nowhere', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const outbox = outboxOf(clock, { store: disk.open() });
  const { messages } = taken(outbox, 1);
  outbox.write(messages);
  await clock.pass(1);
  expect([disk.rows.size, outbox.isEmpty]).toEqual([0, false]);
  messages[0]?.fail(new HaError('ABORTED', 'given up'));
  expect(messages[0]?.wasSent).toBe(true);
  await clock.passUntil(outbox.flush());
  expect([disk.rows.size, outbox.isEmpty, outbox.mayHold(KEY)]).toEqual([0, true, false]);
});

/** What an ended process left in a slot that works, found once. `opened` and `closed`: so many times. */
function slotOf(disk: MemoryDisk, ready: Promise<void> = Promise.resolve()) {
  let listener: (news: StoreNews) => void = () => {};
  const open: OutboxParts['openLeft'] = async (told) => {
    listener = told;
    if (slot.opened++ > 0) return undefined;
    await ready;
    const store = disk.open();
    const close = store.close.bind(store);
    const counted = Object.assign(store, { close: () => (slot.closed++, close()) });
    return { store: counted, directory: 'outbox/1' };
  };
  const slot = { opened: 0, closed: 0, open, tell: (news: StoreNews): void => listener(news) };
  return slot;
}

test('F2: that an outbox is full is told once, until it was empty', async () => {
  const clock = new VirtualClock();
  const events: HaEvent[] = [];
  const emit = (event: HaEvent): void => void events.push(event);
  const outbox = outboxOf(clock, { store: diskOf(clock, 2).open(), limits: { maxOutboxBytes: 200 }, emit });
  const rows = await clock.passUntil(outbox.next(PAGE));
  outbox.room.isAwaited();
  storeAll(outbox, rows.slice(0, 1));
  await clock.passUntil(outbox.flush());
  outbox.room.isAwaited();
  const full = (): HaEvent[] => events.filter(({ type }) => type === 'outbox-full');
  expect(full()).toHaveLength(1);
  storeAll(outbox, rows.slice(1));
  await clock.passUntil(outbox.flush());
  outbox.room.isAwaited();
  expect(full()).toHaveLength(2);
});

test('F7: a damaged file is told as it is found; what comes out of it counts', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(clock);
  const events: HaEvent[] = [];
  const emit = (event: HaEvent): void => void events.push(event);
  const outbox = outboxOf(clock, { store: disk.open(), emit });
  outbox.news({ type: 'damaged', file: 'outbox/0/messages-1.db', because: 'it is cut off' });
  expect([outbox.isRecovering, outbox.isEmpty, outbox.lost]).toEqual([true, false, 0]);
  for (const row of rowsFrom(1, 2)) disk.rows.set(row.sequence, row);
  outbox.news({ ...recovered(disk), isLast: false });
  expect(outbox.isRecovering).toBe(true);
  outbox.news(recovered(disk));
  expect([outbox.isRecovering, outbox.totals]).toEqual([false, disk.totals]);
  expect(events.map(({ type }) => type)).toEqual(['outbox-damaged', 'outbox-recovered', 'outbox-recovered']);
});
