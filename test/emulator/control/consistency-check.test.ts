import { expect, test } from 'vitest';
import { checkConsistency, ExpiredOffsets } from '../../../emulator/control/consistency-check.ts';
import { ControlError } from '../../../emulator/control/control-reply.ts';
import type { LedgerEntry } from '../../../emulator/control/ledger.ts';
import { activeStream, base64, openBench } from '../client.ts';

const [A, B] = [base64('A'), base64('B')];
const key = base64('k');
const NOTHING = {
  lost: [],
  expired: [],
  unknown: [],
  misplaced: [],
  duplicate: [],
  outOfOrder: [],
  unseen: [],
  unexpected: [],
};
const NOTHING_EXPIRED = new ExpiredOffsets([]);

function entries(region: string, values: readonly string[], more: Partial<LedgerEntry> = {}): LedgerEntry[] {
  return values.map((value, offset) => ({
    region,
    stream: 'orders',
    streamId: 'id',
    partition: '0',
    offset,
    key,
    value,
    timestamp: '2026-01-01T00:00:00.000Z',
    ...more,
  }));
}

const sentInOrder = (...values: string[]) => ({ sent: values.map((value) => ({ key, value })) });

test('a copy in another region hides no disorder in this one', () => {
  const ledger = [...entries('one', [A]), ...entries('two', [B, A])];
  expect(checkConsistency(ledger, NOTHING_EXPIRED, sentInOrder(A, B))).toEqual({
    ...NOTHING,
    duplicate: [A],
    outOfOrder: [A],
  });
});

test('a copy in another stream hides no disorder in this one', () => {
  const ledger = [...entries('one', [A], { streamId: 'other' }), ...entries('one', [B, A])];
  expect(checkConsistency(ledger, NOTHING_EXPIRED, sentInOrder(A, B))).toEqual({
    ...NOTHING,
    duplicate: [A],
    outOfOrder: [A],
  });
});

test('a copy within one region, behind a later message, is a duplicate and no disorder', () => {
  const ledger = [...entries('one', [A, B, A]), ...entries('two', [A, B])];
  expect(checkConsistency(ledger, NOTHING_EXPIRED, sentInOrder(A, B))).toEqual({
    ...NOTHING,
    duplicate: [A, B],
  });
});

test.each([
  ['value', 'valuew=='],
  ['YQ', 'YQ=='],
  ['YR==', 'YQ=='],
  ['YWI', 'YWI='],
  ['', ''],
])('knows %j again that is stored as %j', async (given, stored) => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 1 });
  const messages = [{ key, value: given }];
  await bench.data.putMessages({ streamId: id, putMessagesDetails: { messages } });
  expect(bench.emulator.ledger().map(({ value }) => value)).toEqual([stored]);
  for (const received of [given, stored])
    expect(bench.emulator.check({ sent: messages, received: [received] })).toEqual(NOTHING);
});

test('does not take for another what no put takes', () => {
  const history = { ...sentInOrder('YQ==', 'Y.Q==', 'Y=Q=', 'YQ==='), received: ['Y-Q'] };
  expect(checkConsistency(entries('one', ['YQ==']), NOTHING_EXPIRED, history)).toEqual({
    ...NOTHING,
    lost: ['Y.Q==', 'Y=Q=', 'YQ==='],
    unseen: ['YQ=='],
    unexpected: ['Y-Q'],
  });
});

test.each([A, 'QQ'])('refuses a history that sent a value twice, the second time as %j', (again) => {
  const refused = () => checkConsistency([], NOTHING_EXPIRED, sentInOrder(A, B, again));
  expect(refused).toThrow(ControlError);
  expect(refused).toThrow(
    expect.objectContaining({
      status: 400,
      message: `sent.2.value: sent values must be unique, and this repeats sent.0: ${A}`,
    }),
  );
});

const DAY_MS = 86_400_000;

test('with receipts, what retention took has expired, and what never was there is lost', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 1 });
  const put = async (value: string) => {
    const messages = [{ key, value }];
    const { putMessagesResult } = await bench.data.putMessages({
      streamId: id,
      putMessagesDetails: { messages },
    });
    const { partition, offset } = putMessagesResult.entries[0]!;
    return { key, value, receipt: { streamId: id, partition: partition!, offset: offset! } };
  };
  const old = await put(A);
  bench.emulator.clock.advance(DAY_MS + 1);
  const young = await put(B);
  const never = { key, value: base64('never'), receipt: { ...young.receipt, offset: 2 } };
  const sent = [old, young, never];
  expect(bench.emulator.check({ sent })).toEqual({ ...NOTHING, lost: [never.value], expired: [A] });
  // Nobody can say of A that it was read, and retention is no excuse.
  expect(bench.emulator.check({ sent, received: [B] })).toMatchObject({ unseen: [A] });

  const withoutReceipts = sent.map(({ value }) => ({ key, value }));
  expect(bench.emulator.check({ sent: withoutReceipts })).toEqual({
    ...NOTHING,
    unknown: [A, never.value],
  });
});

test('a message that is not where its receipt says is misplaced, one stored under another key unexpected', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 1 });
  const messages = [A, B].map((value) => ({ key, value }));
  await bench.data.putMessages({ streamId: id, putMessagesDetails: { messages } });
  const receipt = (offset: number) => ({ streamId: id, partition: '0', offset });
  expect(
    bench.emulator.check({
      sent: [
        { key, value: A, receipt: receipt(1) },
        { key: base64('other'), value: B, receipt: receipt(1) },
      ],
    }),
  ).toEqual({ ...NOTHING, misplaced: [A], unexpected: [B] });
});

test('a copy left behind of a message whose place retention took is not misplaced', async () => {
  await using bench = await openBench();
  const { id } = await activeStream(bench, { partitions: 1 });
  const put = (value: string) =>
    bench.data.putMessages({ streamId: id, putMessagesDetails: { messages: [{ key, value }] } });
  await put(A);
  bench.emulator.clock.advance(DAY_MS + 1);
  await put(A);
  const sent = [{ key, value: A, receipt: { streamId: id, partition: '0', offset: 0 } }];
  expect(bench.emulator.check({ sent })).toEqual(NOTHING);
});
