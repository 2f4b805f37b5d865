import type { Clock } from '../clock.ts';
import {
  asksForShare,
  CALL_SPACING_MS,
  expectAgain,
  NOTHING_EXPECTED,
  readFault,
  shareAfterGroup,
  shareAfterGroupFailed,
  shareAfterRead,
  shareAfterThrottling,
  UNKNOWN_SHARE,
  withoutRedelivered,
  type CallFailure,
  type ExpectedAgain,
  type GroupShare,
  type ReadStep,
} from '../core/index.ts';
import type { Answer, GroupPosition, StoredMessage, StreamRef } from '../region.ts';
import { commitHandled } from './commit-and-leave.ts';
import type { ReadCalls } from './read-calls.ts';

/** A member of a group. The service assigns partitions to the instance name, so each process needs its own. */
export interface GroupMember {
  readonly group: string;
  readonly instance: string;
  /** ms */
  readonly timeoutMs: number;
  /** The largest number of messages in one answer. */
  readonly limit: number;
  /** Where a group begins that does not exist yet. Called whenever a cursor is created. */
  readonly start: () => GroupPosition['from'];
}

export type GroupRead =
  /** `fresh`: without messages that were handled before the cursor was lost. `empty`: the answer held no message at all. */
  | { readonly type: 'answer'; readonly fresh: readonly StoredMessage[]; readonly empty: boolean }
  | { readonly type: 'failure'; readonly step: ReadStep; readonly failure: CallFailure };

/** The time-out that a leaving member asks for, in ms. The service accepts 1000. */
const LEAVING_TIMEOUT_MS = 1_000;
/** The time limit of GetGroup, in ms: reading waits for it. */
const SHARE_TIMEOUT_MS = 1_000;
/** The number of partitions that is assumed when GetGroup fails. */
const UNKNOWN_PARTITIONS = 12;

/**
 * A member of a consumer group of one stream, with its cursor. The cursor commits on get: each read commits the answer of
 * the read before it, so `read` may be called only when that answer is handled. This needs no commit calls, which the
 * service limits to 5 a second.
 */
export class GroupReader {
  readonly stream: StreamRef;
  readonly #calls: ReadCalls;
  readonly #member: GroupMember;
  #cursor: string | undefined;
  /** The last answer: the next read with the cursor commits it. */
  #answer: readonly StoredMessage[] = [];
  #expected: ExpectedAgain = NOTHING_EXPECTED;
  #share: GroupShare = UNKNOWN_SHARE;
  #committed = 0;

  constructor(calls: ReadCalls, stream: StreamRef, member: GroupMember) {
    this.#calls = calls;
    this.stream = stream;
    this.#member = member;
  }

  /** The partitions of this member, as far as they are known. */
  get share(): GroupShare {
    return this.#share;
  }

  /** Messages that were committed through this reader. */
  get committed(): number {
    return this.#committed;
  }

  /** Commits the last answer and reads the next one. */
  async read(signal: AbortSignal): Promise<GroupRead> {
    if (this.#cursor === undefined) {
      const made = await this.#calls.groupCursor(this.stream, this.#position(), { signal });
      if (!made.ok) return { type: 'failure', step: 'cursor', failure: made.failure };
      this.#cursor = made.value;
      this.#expected = expectAgain(this.#expected, this.#answer);
      this.#answer = [];
    }
    const reply = await this.#calls.read(this.stream, this.#cursor, { limit: this.#member.limit, signal });
    if (!reply.ok) {
      if (readFault(reply.failure, 'read') === 'throttled') this.#share = shareAfterThrottling(this.#share);
      return { type: 'failure', step: 'read', failure: reply.failure };
    }
    const { messages, nextCursor } = reply.value;
    this.#cursor = nextCursor;
    this.#committed += this.#answer.length;
    this.#answer = messages;
    const { fresh, expected } = withoutRedelivered(this.#expected, messages);
    this.#expected = expected;
    const partitions = new Set(messages.map(({ partition }) => partition));
    this.#share = shareAfterRead(this.#share, [...partitions]);
    return { type: 'answer', fresh, empty: messages.length === 0 };
  }

  /** Asks which partitions this member holds, if the last answer is old. If the call fails, the answers to reads have to show it. */
  async refreshShare(signal: AbortSignal, now: () => number): Promise<void> {
    if (!asksForShare(this.#share, now())) return;
    const { group, instance } = this.#member;
    const answer = await this.#calls.group(this.stream, group, { signal, timeoutMs: SHARE_TIMEOUT_MS });
    this.#share = answer.ok
      ? shareAfterGroup(this.#share, answer.value, instance, now())
      : shareAfterGroupFailed(this.#share, now());
  }

  /**
   * Moves the group to the oldest message when retention has removed those at its position: a new cursor would stand at the
   * same position. It moves every partition, so some messages are delivered twice. Gives the removed offsets.
   */
  async moveToOldest(signal: AbortSignal, clock: Pick<Clock, 'after'>): Promise<Answer<readonly Gap[]>> {
    const { group } = this.#member;
    // Before the reset, which removes the committed offsets.
    const gaps = await retentionGaps({ calls: this.#calls, stream: this.stream, group, clock, signal });
    const reset = await this.#calls.resetGroup(this.stream, group, 'TRIM_HORIZON', { signal });
    if (!reset.ok) return reset;
    this.forgetPosition();
    return { ok: true, value: gaps };
  }

  /** Keeps the partitions while an answer is being handled. Does nothing without a cursor. */
  async heartbeat(signal: AbortSignal): Promise<CallFailure | undefined> {
    if (this.#cursor === undefined) return undefined;
    const answer = await this.#calls.heartbeat(this.stream, this.#cursor, { signal });
    if (!answer.ok) return answer.failure;
    this.#cursor = answer.value;
    return undefined;
  }

  /** The cursor is not valid any more: the next read creates a new one, which starts at the committed offsets. */
  forgetCursor(): void {
    this.#cursor = undefined;
  }

  /** The group was moved on purpose: no message is expected to be delivered again. */
  forgetPosition(): void {
    this.#cursor = undefined;
    this.#answer = [];
    this.#expected = NOTHING_EXPECTED;
  }

  /**
   * Commits the last answer without its `unhandled` messages. The cursor commits only the whole answer: for a part of it, or
   * without a cursor, the messages are read once more (`commitHandled`).
   */
  async commit(
    unhandled: readonly StoredMessage[],
    signal: AbortSignal,
    clock: Clock,
  ): Promise<Answer<null>> {
    const left = new Set(unhandled);
    const handled = this.#answer.filter((message) => !left.has(message));
    if (handled.length > 0) {
      const answer =
        left.size === 0 && this.#cursor !== undefined
          ? await this.#calls.commit(this.stream, this.#cursor, { signal })
          : await commitHandled(handled, {
              calls: this.#calls,
              stream: this.stream,
              position: { ...this.#position(), timeoutMs: LEAVING_TIMEOUT_MS },
              partitions: this.#share.partitions ?? UNKNOWN_PARTITIONS,
              clock,
              signal,
            });
      if (!answer.ok) return answer;
      this.#committed += handled.length;
      this.forgetPosition();
    }
    return { ok: true, value: null };
  }

  /** Releases the partitions: other members get them after one second instead of after the group's time-out. */
  async leave(signal: AbortSignal): Promise<Answer<string>> {
    const made = await this.#calls.groupCursor(
      this.stream,
      { ...this.#position(), timeoutMs: LEAVING_TIMEOUT_MS },
      { signal },
    );
    if (!made.ok) return made;
    return this.#calls.heartbeat(this.stream, made.value, { signal });
  }

  #position(): GroupPosition {
    const { group, instance, timeoutMs, start } = this.#member;
    return { group, instance, timeoutMs, from: start(), commitOnGet: true };
  }
}

/** Offsets of a partition, both included. Offsets are not dense: there may have been fewer messages. */
interface Gap {
  readonly partition: string;
  readonly from: number;
  readonly to: number;
}

interface GapParts {
  readonly calls: Pick<ReadCalls, 'group' | 'partitionCursor' | 'read'>;
  readonly stream: StreamRef;
  readonly group: string;
  readonly clock: Pick<Clock, 'after'>;
  readonly signal: AbortSignal;
}

/**
 * The messages that retention removed before the group read them: those between its last commit and the oldest message.
 * Partitions without a commit, empty ones, and those that cannot be read are left out.
 */
async function retentionGaps({ calls, stream, group, clock, signal }: GapParts): Promise<Gap[]> {
  const reservations = await calls.group(stream, group, { signal });
  if (!reservations.ok) return [];
  const gaps: Gap[] = [];
  for (const { partition, committedOffset } of reservations.value) {
    if (committedOffset === undefined) continue;
    // The service limits the creation of cursors to 5 a second.
    await new Promise<void>((resolve) => void clock.after(CALL_SPACING_MS, resolve));
    const cursor = await calls.partitionCursor(stream, partition, 'TRIM_HORIZON', { signal });
    if (!cursor.ok) continue;
    const reply = await calls.read(stream, cursor.value, { limit: 1, signal });
    const oldest = reply.ok ? reply.value.messages[0]?.offset : undefined;
    if (oldest === undefined || oldest <= committedOffset + 1) continue;
    gaps.push({ partition, from: committedOffset + 1, to: oldest - 1 });
  }
  return gaps;
}
