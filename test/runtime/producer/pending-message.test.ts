import { describe, expect, test } from 'vitest';

import { HaError } from '../../../runtime/errors.ts';
import { SingleMessage, type PendingMessage } from '../../../runtime/producer/pending-message.ts';

const receipt = {
  region: 'sa-saopaulo-1',
  stream: 'ocid1.stream.oc1..p',
  partition: '0',
  offset: 3,
  timestamp: '2026-11-26T12:00:00.000Z',
};
const onDisk = { type: 'outbox', directory: 'outbox/0', sequence: 1 } as const;
const error = new HaError('REJECTED', 'as told');

/** A message, and what its producer and its sender are told. */
function pending(): { message: PendingMessage; told: string[] } {
  const told: string[] = [];
  const message = new SingleMessage(
    { key: 'aw==', value: 'eA==', bytes: 2 },
    {
      stored: (region) => void told.push(`stored in ${region}`),
      failed: () => void told.push('failed'),
      released: (bytes) => void told.push(`released ${bytes}`),
    },
    ({ type }) => void told.push(type === 'outbox' ? 'receipt of the disk' : 'receipt'),
    ({ code }) => void told.push(code),
  );
  return { message, told };
}

describe('a pending message', () => {
  const ends = {
    succeed: (message: PendingMessage) => message.succeed(receipt),
    acknowledge: (message: PendingMessage) => message.acknowledge(onDisk),
    fail: (message: PendingMessage) => message.fail(error),
  };

  test.each([
    ['succeed', ['stored in sa-saopaulo-1', 'receipt']],
    // The message that is drained from disk is counted.
    ['acknowledge', ['receipt of the disk']],
    ['fail', ['failed', 'REJECTED']],
  ] as const)('INV-1: is settled once: after %s nothing changes it', (first, wanted) => {
    const { message, told } = pending();
    ends[first](message);
    expect([message.isSettled, told]).toEqual([true, wanted]);
    for (const end of Object.values(ends)) end(message);
    expect(told).toEqual(wanted);
  });

  test('INV-5: gives its memory back once, and holds nothing afterwards', () => {
    const { message, told } = pending();
    const slot = { lane: { remove: () => {} }, messages: 2 };
    message.slot = slot;
    message.release();
    message.release();
    expect(told).toEqual(['released 2']);
    expect(message).toMatchObject({ key: null, value: '', slot: undefined });
    expect(slot.messages).toBe(1);
  });

  test('INV-5: keeps its memory while a call needs it', () => {
    const { message, told } = pending();
    message.isInFlight = true;
    message.release();
    expect([told, message.value]).toEqual([[], 'eA==']);
    message.isInFlight = false;
    message.release();
    expect(told).toEqual(['released 2']);
  });
});
