import { expect, test } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { Outbox, type OutboxStore, type StoreNews } from '../../../runtime/outbox/index.ts';
import type { OutboxParts } from '../../../runtime/outbox/outbox.ts';
import { SingleMessage } from '../../../runtime/producer/pending-message.ts';
import type { AnyReceipt } from '../../../runtime/receipt.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { rowsFrom } from './rows.ts';

const PAGE = { messages: 2, bytes: 1_048_576 };
const because = 'its files were removed';

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
  left.tell(recovered(disk));
  expect(outbox.totals.messages).toBe(2);
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

function messageOf(): SingleMessage {
  const accounts = { stored: () => {}, failed: () => {}, released: () => {} };
  const message = { key: 'a2V5', value: 'MQ==', bytes: 1 };
  return new SingleMessage(
    message,
    accounts,
    () => {},
    () => {},
  );
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
function recovered({ totals }: MemoryDisk): StoreNews {
  const setAside = 'outbox/damaged-now.db';
  return { type: 'recovered', setAside, messages: totals.messages, missing: 1, isLast: true, totals };
}
