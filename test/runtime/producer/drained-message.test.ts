import { describe, expect, test } from 'vitest';

import { HaError, type HaErrorCode } from '../../../runtime/errors.ts';
import { DrainedMessage, type DrainedFrom } from '../../../runtime/producer/drained-message.ts';

const row = { sequence: 7, acceptedAt: 1_700_000_000_000, key: 'aw==', value: 'eA==', bytes: 2 };
const receipt = {
  region: 'sa-saopaulo-1',
  stream: 'ocid1.stream.oc1..p',
  partition: '0',
  offset: 3,
  timestamp: '2026-11-26T12:00:00.000Z',
};

/** A message of the outbox, and what the outbox and flow control are told of it. */
function drained(): { message: DrainedMessage; told: string[] } {
  const told: string[] = [];
  const from = {
    rows: {},
    outbox: {
      stored: (_: object, sequence: number) => void told.push(`stored ${sequence}`),
      refused: (_: object, sequence: number, { code }: HaError) =>
        void told.push(`refused ${sequence} ${code}`),
      givenBack: (_: object, sequence: number, key: string) => void told.push(`back ${sequence} ${key}`),
    },
    onHeldUp: ({ code }: HaError) => void told.push(`held up ${code}`),
  };
  const message = new DrainedMessage(
    row,
    {
      stored: (region) => void told.push(`counted ${region}`),
      failed: () => {},
      released: (bytes) => void told.push(`released ${bytes}`),
    },
    from as unknown as DrainedFrom,
  );
  return { message, told };
}

const error = (code: HaErrorCode): HaError => new HaError(code, 'as told');

describe('a message from disk', () => {
  test('keeps its place in the order and the time when it was accepted', () => {
    expect(drained().message).toMatchObject({ sequence: 7, acceptedAt: row.acceptedAt, key: 'aw==' });
  });

  test('leaves the disk when a region has stored it, once', () => {
    const { message, told } = drained();
    message.succeed(receipt);
    message.succeed(receipt);
    message.giveBack();
    expect(told).toEqual(['counted sa-saopaulo-1', 'stored 7']);
  });

  test.each(['REJECTED', 'BAD_MESSAGE', 'TOO_OLD'] as const)(
    'is set aside after %s: no attempt would end otherwise',
    (code) => {
      const { message, told } = drained();
      message.fail(error(code));
      expect(told).toEqual([`refused 7 ${code}`]);
    },
  );

  test.each(['AUTH', 'DELIVERY_TIMEOUT', 'CLOSED', 'CONFIG'] as const)(
    'stays on disk after %s, and holds up what is later',
    (code) => {
      const { message, told } = drained();
      message.fail(error(code));
      expect(told).toEqual(['back 7 aw==', `held up ${code}`]);
    },
  );

  test('goes back to the disk when its lane gives it back, once, and frees its memory', () => {
    const { message, told } = drained();
    message.giveBack();
    message.giveBack();
    message.fail(error('REJECTED'));
    expect(told).toEqual(['back 7 aw==', 'released 2']);
  });
});
