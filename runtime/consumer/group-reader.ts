import type { Clock } from '../clock.ts';
import {
  asksForShare,
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
import { commitHandled } from './commit-handled.ts';
import type { ReadCalls } from './read-calls.ts';

/** Who reads. One instance name per process: it is what holds the partitions. */
export interface GroupMember {
  readonly group: string;
  readonly instance: string;
  /** ms */
  readonly timeoutMs: number;
  /** The most messages of one answer. */
  readonly limit: number;
  /** Where the group begins if it does not exist yet, asked whenever a cursor is created. */
  readonly start: () => GroupPosition['from'];
}

export type GroupRead =
  /** `fresh`: without the messages that were handled before a cursor was lost; `empty`: the answer held nothing at all. */
  | { readonly type: 'answer'; readonly fresh: readonly StoredMessage[]; readonly empty: boolean }
  | { readonly type: 'failure'; readonly step: ReadStep; readonly failure: CallFailure };

/** A member that is silent for so long is gone, in ms: named when leaving. 1000 was accepted by the service. */
const LEAVING_TIMEOUT_MS = 1_000;
/** Reading waits for GetGroup at most so long, in ms. */
const SHARE_TIMEOUT_MS = 1_000;
/** Taken for the number of partitions where GetGroup does not tell it. */
const UNKNOWN_PARTITIONS = 12;

/**
 * A member of a consumer group of one stream, and the life of its cursor. The cursor commits on get: the next read commits
 * what the last answer held. So `read` may be called only when all of that is handled; that costs no commit calls, which
 * are limited to 5 a second.
 */
export class GroupReader {
  readonly stream: StreamRef;
  readonly #calls: ReadCalls;
  readonly #member: GroupMember;
  #cursor: string | undefined;
  /** The last answer: what the cursor stands for. */
  #answer: readonly StoredMessage[] = [];
  #expected: ExpectedAgain = NOTHING_EXPECTED;
  #share: GroupShare = UNKNOWN_SHARE;
  #committed = 0;

  constructor(calls: ReadCalls, stream: StreamRef, member: GroupMember) {
    this.#calls = calls;
    this.stream = stream;
    this.#member = member;
  }

  /** What is known of the partitions that this member holds. */
  get share(): GroupShare {
    return this.#share;
  }

  /** Messages that were committed through this reader. */
  get committed(): number {
    return this.#committed;
  }

  /** Commits the last answer and gives the next. */
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

  /** Asks which partitions this member holds, when it is time to. Where that fails, answers have to show it. */
  async refreshShare(signal: AbortSignal, now: () => number): Promise<void> {
    if (!asksForShare(this.#share, now())) return;
    const { group, instance } = this.#member;
    const answer = await this.#calls.group(this.stream, group, { signal, timeoutMs: SHARE_TIMEOUT_MS });
    this.#share = answer.ok
      ? shareAfterGroup(this.#share, answer.value, instance, now())
      : shareAfterGroupFailed(this.#share, now());
  }

  /** Keeps the partitions while an answer is being handled. Does nothing when the cursor is lost already. */
  async heartbeat(signal: AbortSignal): Promise<CallFailure | undefined> {
    if (this.#cursor === undefined) return undefined;
    const answer = await this.#calls.heartbeat(this.stream, this.#cursor, { signal });
    if (!answer.ok) return answer.failure;
    this.#cursor = answer.value;
    return undefined;
  }

  /** The cursor is of no use any more: the next read creates a new one, which starts from what is committed. */
  forgetCursor(): void {
    this.#cursor = undefined;
  }

  /** The group was moved on purpose: nothing is expected to be delivered again. */
  forgetPosition(): void {
    this.#cursor = undefined;
    this.#answer = [];
    this.#expected = NOTHING_EXPECTED;
  }

  /**
   * Commits what is handled of the last answer, without the part of it that is not. The cursor stands for the whole answer:
   * for a part of it, or without a cursor, the messages are read once more (`commitHandled`).
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

  /** Releases the partitions: another member can have them in a second instead of after this one's whole time-out. */
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
