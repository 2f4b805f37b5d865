import { expect, test } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import { Outbox } from '../../../runtime/outbox/index.ts';
import { SingleMessage } from '../../../runtime/producer/pending-message.ts';
import type { AnyReceipt } from '../../../runtime/receipt.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

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
