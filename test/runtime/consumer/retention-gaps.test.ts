import { expect, test } from 'vitest';

import { retentionGaps, type Gap } from '../../../runtime/consumer/retention-gaps.ts';
import type { Answer } from '../../../runtime/region.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { status } from './group-region.ts';

/** Of a partition: its last committed offset and the offset of its oldest message; or which call for it fails. */
interface Partition {
  readonly committed?: number;
  readonly oldest?: number;
  readonly fails?: 'cursor' | 'read';
}

const FAILED = { ok: false, failure: status(500) } as const;

async function gapsOf(...partitions: readonly Partition[]): Promise<{ gaps: Gap[]; ms: number }> {
  return gapsUntil(new AbortController().signal, partitions);
}

async function gapsUntil(
  signal: AbortSignal,
  partitions: readonly Partition[],
): Promise<{ gaps: Gap[]; ms: number }> {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const answer = async <T>(value: T): Promise<Answer<T>> => ({ ok: true, value });
  const gaps = retentionGaps({
    calls: {
      group: () =>
        answer(
          partitions.map(({ committed }, index) => ({
            partition: `${index}`,
            committedOffset: committed,
            instance: undefined,
            until: undefined,
          })),
        ),
      partitionCursor: async (_stream, partition) =>
        partitions[Number(partition)]!.fails === 'cursor' ? FAILED : answer(partition),
      read: async (_stream, cursor) => {
        const { fails, oldest } = partitions[Number(cursor)]!;
        if (fails === 'read') return FAILED;
        const stored = { partition: cursor, key: null, value: new Uint8Array(), timestamp: '' };
        return answer({
          messages: oldest === undefined ? [] : [{ ...stored, offset: oldest }],
          nextCursor: cursor,
        });
      },
    },
    stream: streamRef('sa-saopaulo-1', 'ocid1.stream.oc1.sa-saopaulo-1.a'),
    group: 'group',
    clock,
    signal,
  });
  return { gaps: await clock.passUntil(gaps), ms: clock.now() - startedAt };
}

test('H10: the offsets between the last commit and the oldest message are lost', async () => {
  const { gaps } = await gapsOf({ committed: 3, oldest: 12 }, { committed: 5, oldest: 7 });
  expect(gaps).toEqual([
    { partition: '0', from: 4, to: 11 },
    { partition: '1', from: 6, to: 6 },
  ]);
});

test('H10: nothing is lost where the oldest message is the next one, or was read', async () => {
  const { gaps } = await gapsOf({ committed: 3, oldest: 4 }, { committed: 3, oldest: 2 });
  expect(gaps).toEqual([]);
});

test('H10: where all is gone, or nothing can be read, some may be lost; without a commit nothing is known', async () => {
  const { gaps } = await gapsOf(
    { oldest: 12 },
    { committed: 3 },
    { committed: 3, oldest: 12, fails: 'cursor' },
    { committed: 3, oldest: 12, fails: 'read' },
    { committed: 3, oldest: 12 },
  );
  expect(gaps).toEqual([
    ...['1', '2', '3'].map((partition) => ({ partition, from: 4, to: undefined })),
    { partition: '4', from: 4, to: 11 },
  ]);
});

test('H17, H10: a cursor is created each 210 ms, for partitions with a commit alone', async () => {
  const { ms } = await gapsOf({ oldest: 1 }, { committed: 3, oldest: 12 }, { committed: 3 });
  expect(ms).toBe(2 * 210);
});

test('I1: a consumer that has no more time does not wait for the other partitions', async () => {
  const partitions = Array.from({ length: 200 }, () => ({ committed: 3, oldest: 12 }));
  const { ms } = await gapsUntil(AbortSignal.abort(), partitions);
  expect(ms).toBeLessThan(1_000);
});
