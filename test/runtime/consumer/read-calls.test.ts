import { describe, expect, test } from 'vitest';

import { guardedCalls, type ReadCalls } from '../../../runtime/consumer/read-calls.ts';
import type { Answer, CallOptions } from '../../../runtime/region.ts';
import { streamRef } from '../../support/stream-ref.ts';

const stream = streamRef('sa-saopaulo-1', 'ocid1.stream.oc1.sa-saopaulo-1.a');
const position = {
  group: 'group',
  instance: 'me',
  from: 'LATEST',
  timeoutMs: 1_000,
  commitOnGet: true,
} as const;
const never = new AbortController().signal;

/** Each call of a region, with its options last. */
const CALLS: Readonly<
  Record<keyof ReadCalls, (calls: ReadCalls, options?: CallOptions) => Promise<Answer<unknown>>>
> = {
  groupCursor: (calls, options) => calls.groupCursor(stream, position, options),
  read: (calls, options) => calls.read(stream, 'cursor', { limit: 1, signal: never, ...options }),
  commit: (calls, options) => calls.commit(stream, 'cursor', options),
  heartbeat: (calls, options) => calls.heartbeat(stream, 'cursor', options),
  group: (calls, options) => calls.group(stream, 'group', options),
  partitionCursor: (calls, options) => calls.partitionCursor(stream, '0', 'LATEST', options),
  resetGroup: (calls, options) => calls.resetGroup(stream, 'group', 'LATEST', options),
};
const names = Object.keys(CALLS) as (keyof ReadCalls)[];

/** A region that does the same whatever is called. */
function regionThat(does: () => Promise<never>): ReadCalls {
  return Object.fromEntries(names.map((name) => [name, does])) as unknown as ReadCalls;
}

describe.each(names)('%s', (name) => {
  test('I1: ends when its signal aborts, though the region does not answer', async () => {
    const ends = new AbortController();
    const call = CALLS[name](guardedCalls(regionThat(() => new Promise(() => {}))), { signal: ends.signal });
    ends.abort();
    expect(await call).toMatchObject({ ok: false, failure: { type: 'aborted' } });
  });

  test('INV-11: is a failure when the implementation throws or rejects, with or without a signal', async () => {
    const throwing = regionThat(() => {
      throw new Error('defect');
    });
    expect(await CALLS[name](guardedCalls(throwing))).toMatchObject({ ok: false });
    const rejecting = regionThat(() => Promise.reject(new Error('defect')));
    expect(await CALLS[name](guardedCalls(rejecting), { signal: never })).toMatchObject({ ok: false });
  });
});
