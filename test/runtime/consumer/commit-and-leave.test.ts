import { describe, expect, test } from 'vitest';

import { commitAndLeave, commitByReading } from '../../../runtime/consumer/commit-and-leave.ts';
import { offsetsOf, type CallFailure } from '../../../runtime/core/index.ts';
import type { HaEvent } from '../../../runtime/events.ts';
import type { Answer, GroupPosition, ReadReply, StoredMessage } from '../../../runtime/region.ts';
import { readSettings } from '../../../runtime/settings/index.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { status } from './group-region.ts';

const POSITION: GroupPosition = {
  group: 'group',
  instance: 'me',
  from: 'TRIM_HORIZON',
  timeoutMs: 1_000,
  commitOnGet: true,
};

function at(partition: string, ...offsets: number[]): StoredMessage[] {
  return offsets.map((offset) => ({
    partition,
    offset,
    key: null,
    value: new Uint8Array(),
    timestamp: '2026-11-23T12:00:00.000Z',
  }));
}

/** A group whose reads answer as scripted. Its cursors say what they stand for. */
class ScriptedGroup {
  readonly clock = new VirtualClock();
  readonly positions: GroupPosition[] = [];
  readonly reads: { readonly cursor: string; readonly limit: number; readonly at: number }[] = [];
  readonly committed: string[] = [];
  readonly #script: readonly (readonly StoredMessage[] | 'fails')[];
  cursorFails = false;
  commitFails = false;

  constructor(...script: readonly (readonly StoredMessage[] | 'fails')[]) {
    this.#script = script;
  }

  commit(handled: readonly StoredMessage[], partitions = 3): Promise<Answer<null>> {
    const { signal } = new AbortController();
    const parts = {
      stream: streamRef('sa-saopaulo-1', 'ocid1.stream.oc1.sa-saopaulo-1.a'),
      position: POSITION,
    };
    const calls = { groupCursor: this.#cursor, read: this.#read, commit: this.#commit };
    return this.clock.passUntil(
      commitByReading(offsetsOf(handled), { ...parts, calls, partitions, clock: this.clock, signal }),
    );
  }

  readonly #cursor = async (_: unknown, position: GroupPosition): Promise<Answer<string>> => {
    this.positions.push(position);
    return this.cursorFails ? { ok: false, failure: status(503) } : { ok: true, value: 'start' };
  };

  readonly #read = async (
    _: unknown,
    cursor: string,
    { limit }: { limit: number },
  ): Promise<Answer<ReadReply>> => {
    const scripted = this.#script[this.reads.length] ?? [];
    this.reads.push({ cursor, limit, at: this.clock.now() });
    if (scripted === 'fails') return { ok: false, failure: status(500) };
    const stands = scripted.map(({ partition, offset }) => `${partition}/${offset}`).join(' ');
    return { ok: true, value: { messages: scripted, nextCursor: `${cursor} + ${stands}` } };
  };

  readonly #commit = async (_: unknown, cursor: string): Promise<Answer<string>> => {
    if (this.commitFails) return { ok: false, failure: status(400, 'unreserved partition') };
    this.committed.push(cursor);
    return { ok: true, value: `committed ${this.committed.length}` };
  };
}

describe('messages that are handled, without a cursor that stands for exactly them', () => {
  test('H14: are read once more with a cursor that commits nothing by itself, and committed', async () => {
    const group = new ScriptedGroup(at('0', 3, 5));
    expect(await group.commit(at('0', 3, 5))).toEqual({ ok: true, value: null });

    expect(group.positions).toEqual([{ ...POSITION, commitOnGet: false }]);
    expect(group.reads).toMatchObject([{ cursor: 'start', limit: 2 }]);
    expect(group.committed).toEqual(['start + 0/3 0/5']);
  });

  test('H14, H6: an answer that holds one message more commits nothing', async () => {
    const group = new ScriptedGroup(at('0', 3, 5, 7), at('0', 3, 5, 7), at('0', 3, 5, 7));
    await group.commit(at('0', 3, 5));

    expect(group.committed).toEqual([]);
  });

  test('H14, H6: an answer that holds other messages commits nothing', async () => {
    const group = new ScriptedGroup(at('0', 7, 9), at('1', 3, 5), at('0', 1, 3));
    await group.commit(at('0', 3, 5));

    expect(group.committed).toEqual([]);
  });

  test('H14, H6: no more are asked for at a time than are left of any partition', async () => {
    const group = new ScriptedGroup(at('0', 1, 2), at('1', 1, 2), at('1', 3));
    await group.commit([...at('0', 1, 2), ...at('1', 1, 2, 3)]);

    expect(group.reads.map(({ limit }) => limit)).toEqual([2, 3, 1]);
    expect(group.committed).toHaveLength(3);
  });

  test('H14, H6: a partition that answers in between is passed over, and never committed with a later answer', async () => {
    const group = new ScriptedGroup(at('1', 8), [], at('0', 3, 5));
    await group.commit(at('0', 3, 5));

    expect(group.reads.map(({ cursor }) => cursor)).toEqual(['start', 'start', 'start']);
    expect(group.committed).toEqual(['start + 0/3 0/5']);
  });

  test('H14: it goes on from the cursor that a commit gives, in parts', async () => {
    const group = new ScriptedGroup(at('0', 3), at('1', 9), at('0', 5));
    await group.commit(at('0', 3, 5));

    expect(group.reads.map(({ cursor }) => cursor)).toEqual(['start', 'committed 1', 'committed 1']);
    expect(group.committed).toEqual(['start + 0/3', 'committed 1 + 0/5']);
  });

  test.each([1, 3])(
    'H14: it ends when %i partitions in a row gave nothing that is wanted',
    async (partitions) => {
      const group = new ScriptedGroup();
      expect(await group.commit(at('0', 3), partitions)).toEqual({ ok: true, value: null });

      expect(group.reads).toHaveLength(partitions);
    },
  );

  test('H14: an answer that is wanted starts the count of partitions again', async () => {
    const group = new ScriptedGroup([], at('0', 3), [], at('1', 4));
    await group.commit([...at('0', 3), ...at('1', 4)], 2);

    expect(group.committed).toHaveLength(2);
  });

  test('H17: reads and commits are 210 ms apart', async () => {
    const group = new ScriptedGroup([], at('0', 3), at('1', 4));
    const startedAt = group.clock.now();
    await group.commit([...at('0', 3), ...at('1', 4)]);

    expect(group.reads.map((read) => read.at - startedAt)).toEqual([0, 210, 420]);
    expect(group.clock.now() - startedAt).toBe(420);
  });

  test('B14, H14: a failure of any call is the result, and nothing more is committed', async () => {
    const group = new ScriptedGroup(at('0', 3), 'fails', at('1', 4));
    expect(await group.commit([...at('0', 3), ...at('1', 4)])).toEqual({ ok: false, failure: status(500) });
    expect(group.committed).toEqual(['start + 0/3']);

    const withoutCursor = new ScriptedGroup(at('0', 3));
    withoutCursor.cursorFails = true;
    expect(await withoutCursor.commit(at('0', 3))).toEqual({ ok: false, failure: status(503) });
    expect(withoutCursor.reads).toEqual([]);

    const refused = new ScriptedGroup(at('0', 3), at('0', 3));
    refused.commitFails = true;
    expect(await refused.commit(at('0', 3))).toMatchObject({ ok: false, failure: { status: 400 } });
    expect(refused.reads).toHaveLength(1);
  });
});

/** A member whose commits and whose leave fail as scripted, then succeed. */
class Leaving {
  readonly clock = new VirtualClock();
  readonly events: HaEvent[] = [];
  readonly calls: { readonly what: 'commit' | 'leave' | 'forget'; readonly at: number }[] = [];
  readonly closing = new AbortController();
  readonly #commits: CallFailure[];
  readonly #leaves: CallFailure[];

  constructor(commits: CallFailure[] = [], leaves: CallFailure[] = []) {
    this.#commits = commits;
    this.#leaves = leaves;
  }

  async go(answering = true): Promise<void> {
    const { clock, closing } = this;
    const called = async <T>(
      what: 'commit' | 'leave',
      failures: CallFailure[],
      value: T,
    ): Promise<Answer<T>> => {
      this.calls.push({ what, at: clock.now() });
      const failure = failures.shift();
      return failure === undefined ? { ok: true, value } : { ok: false, failure };
    };
    const member = {
      commit: () => called('commit', this.#commits, null),
      leave: () => called('leave', this.#leaves, 'left'),
      forgetCursor: () => void this.calls.push({ what: 'forget', at: clock.now() }),
    };
    const settings = readSettings({ compartmentId: 'ocid1.compartment.oc1..x', maxAttempts: 4 }, {});
    const emit = (event: HaEvent): void => void this.events.push(event);
    const parts = { settings, clock, emit, signal: closing.signal };
    await clock.passUntil(commitAndLeave(member, { parts: true }, 'sa-saopaulo-1', answering, parts));
  }

  get done(): string[] {
    return this.calls.map(({ what }) => what);
  }

  /** The times between calls, in ms. */
  get pausesMs(): number[] {
    return this.calls.slice(1).map(({ at: time }, index) => time - this.calls[index]!.at);
  }
}

describe('the last commit of a member, and its leave', () => {
  const many = (failure: CallFailure): CallFailure[] => Array.from({ length: 20 }, () => failure);
  const throttled = (retryAfter: string): CallFailure => ({ ...status(429), retryAfter }) as CallFailure;

  test('H14: the commit comes first, then the leave', async () => {
    const leaving = new Leaving();
    await leaving.go();
    expect(leaving.done).toEqual(['commit', 'leave']);
    expect(leaving.events).toEqual([]);
  });

  test('H14, INV-9: a commit that fails is made again with pauses, as long as the service says', async () => {
    const leaving = new Leaving([throttled('2'), status(503), status(503)]);
    await leaving.go();
    expect(leaving.done).toEqual(['commit', 'commit', 'commit', 'commit', 'leave']);
    const [named = 0, ...others] = leaving.pausesMs;
    expect(named).toBeGreaterThanOrEqual(2_000);
    for (const pause of others.slice(0, 2)) expect(pause).toBeGreaterThan(0);
  });

  test('H14: after maxAttempts it is a warning that names the region, and the member does not leave', async () => {
    const leaving = new Leaving(many(status(503)));
    await leaving.go();
    expect(leaving.done).toEqual(['commit', 'commit', 'commit', 'commit']);
    expect(leaving.events).toEqual([
      {
        type: 'warning',
        code: 'not-committed',
        region: 'sa-saopaulo-1',
        message: expect.stringMatching(
          /^The last handled messages of sa-saopaulo-1 could not be committed \(503.*\): they will be delivered again\.$/,
        ) as string,
      },
    ]);
  });

  test('I1: a region that does not answer is asked once, and is not left', async () => {
    const failing = new Leaving(many(status(503)));
    await failing.go(false);
    expect(failing.done).toEqual(['commit']);
    const answering = new Leaving();
    await answering.go(false);
    expect(answering.done).toEqual(['commit']);
  });

  test('B14: a cursor that has expired is forgotten, and the commit made again at once', async () => {
    const leaving = new Leaving([status(400), status(409)]);
    await leaving.go();
    expect(leaving.done).toEqual(['commit', 'forget', 'commit', 'forget', 'commit', 'leave']);
    expect(leaving.pausesMs).toEqual([0, 0, 0, 0, 0]);
  });

  test('C4: what will not pass is not tried again', async () => {
    const leaving = new Leaving([status(403)]);
    await leaving.go();
    expect(leaving.done).toEqual(['commit']);
    expect(leaving.events).toHaveLength(1);
  });

  test('H11: a leave that fails is made again, without forgetting anything, and is never a warning', async () => {
    const leaving = new Leaving([], many(status(503)));
    await leaving.go();
    expect(leaving.done).toEqual(['commit', 'leave', 'leave', 'leave', 'leave']);
    const refused = new Leaving([], [status(400)]);
    await refused.go();
    expect(refused.done).toEqual(['commit', 'leave']);
    expect([...leaving.events, ...refused.events]).toEqual([]);
  });

  test('I1: when closing takes too long it ends, also while it waits to try again', async () => {
    const leaving = new Leaving(many(throttled('60')));
    leaving.clock.after(1_000, () => leaving.closing.abort());
    const beganAt = leaving.clock.now();
    await leaving.go();
    expect(leaving.clock.now() - beganAt).toBe(1_000);
    expect(leaving.done).toEqual(['commit', 'commit']);
  });
});
