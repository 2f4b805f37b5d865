import { expect, test } from 'vitest';

import { PacedCommits } from '../../../runtime/consumer/paced-commits.ts';
import { UNKNOWN_SHARE, type CallFailure } from '../../../runtime/core/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { status } from './group-region.ts';

/** A member that reads ahead, one of three, whose commits fail as told. */
class Member {
  readonly clock = new VirtualClock();
  readonly commits = new PacedCommits({ clock: this.clock, signal: new AbortController().signal });
  readonly share = { ...UNKNOWN_SHARE, members: 3 };
  hasHandled = true;
  failure: CallFailure | undefined;
  readonly #startedAt = this.clock.now();

  async commitHandled(): Promise<CallFailure | undefined> {
    return this.failure;
  }

  commit(pauseMs?: number): Promise<CallFailure | undefined> {
    return this.commits.commit(this, () => pauseMs);
  }

  /** ms after the start. */
  get nextAt(): number {
    return this.commits.nextAt(this) - this.#startedAt;
  }

  get isLate(): boolean {
    return this.commits.isLate(this);
  }
}

test('H17: members share 5 commits a second', async () => {
  const member = new Member();
  expect(member.nextAt).toBe(210);
  await member.clock.pass(1_000);
  expect(await member.commit()).toBeUndefined();
  expect(member.nextAt).toBe(1_000 + 3 * 210);
});

test('H17: with nothing to commit, or no stream, there is no next commit, and none is late', async () => {
  const member = new Member();
  member.hasHandled = false;
  await member.clock.pass(60_000);
  expect(member.nextAt).toBe(Infinity);
  expect(member.isLate).toBe(false);
  expect(member.commits.nextAt(undefined)).toBe(Infinity);
  expect(member.commits.isLate(undefined)).toBe(false);
});

test('H17: the wait that a failure names is honoured, and does not bring the next commit nearer', async () => {
  const member = new Member();
  member.failure = status(429);
  expect(await member.commit(5_000)).toEqual(status(429));
  expect(member.nextAt).toBe(5_000);
  await member.commit(10);
  expect(member.nextAt).toBe(630);
  await member.commit();
  expect(member.nextAt).toBe(630);
});

test('H14: one is late when none has succeeded until a second after it was due', async () => {
  const member = new Member();
  await member.clock.pass(1_629);
  expect(member.isLate).toBe(false);
  await member.clock.pass(1);
  expect(member.isLate).toBe(true);
  member.failure = status(503);
  await member.commit();
  expect(member.isLate).toBe(true);
  member.failure = undefined;
  await member.commit();
  expect(member.isLate).toBe(false);
});
