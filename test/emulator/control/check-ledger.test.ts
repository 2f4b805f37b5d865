import { expect, test } from 'vitest';
import { checkLedger } from '../../../emulator/control/check-ledger.ts';
import { ControlError } from '../../../emulator/control/control-error.ts';
import type { LedgerEntry } from '../../../emulator/control/ledger.ts';
import { activeStream, base64, openBench } from '../client.ts';

const [A, B] = [base64('A'), base64('B')];
const key = base64('k');
const NOTHING = { lost: [], duplicate: [], outOfOrder: [], unseen: [], unexpected: [] };

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
  expect(checkLedger(ledger, sentInOrder(A, B))).toEqual({ ...NOTHING, duplicate: [A], outOfOrder: [A] });
});

test('a copy in another stream hides no disorder in this one', () => {
  const ledger = [...entries('one', [A], { streamId: 'other' }), ...entries('one', [B, A])];
  expect(checkLedger(ledger, sentInOrder(A, B))).toEqual({ ...NOTHING, duplicate: [A], outOfOrder: [A] });
});

test('a copy within one region, behind a later message, is a duplicate and no disorder', () => {
  const ledger = [...entries('one', [A, B, A]), ...entries('two', [A, B])];
  expect(checkLedger(ledger, sentInOrder(A, B))).toEqual({ ...NOTHING, duplicate: [A, B] });
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
  expect(checkLedger(entries('one', ['YQ==']), history)).toEqual({
    ...NOTHING,
    lost: ['Y.Q==', 'Y=Q=', 'YQ==='],
    unseen: ['YQ=='],
    unexpected: ['Y-Q'],
  });
});

test.each([A, 'QQ'])('refuses a history that sent a value twice, the second time as %j', (again) => {
  const refused = () => checkLedger([], sentInOrder(A, B, again));
  expect(refused).toThrow(ControlError);
  expect(refused).toThrow(
    expect.objectContaining({
      status: 400,
      message: `sent.2.value: sent values must be unique, and this repeats sent.0: ${A}`,
    }),
  );
});
