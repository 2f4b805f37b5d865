import type { Clock } from '../clock.ts';
import {
  asksForShare,
  countOf,
  expectAgain,
  NOTHING_EXPECTED,
  offsetsOf,
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
import type { Answer, GroupPosition, ReadReply, StreamRef } from '../region.ts';
import { Batch } from './batch-queue.ts';
import { commitByReading } from './commit-and-leave.ts';
import type { Origin } from './consumed-message.ts';
import type { Deduplicator } from './deduplicator.ts';
import { handledOffsets, handledPages, isHandled, type Page } from './page.ts';
import type { ReadCalls } from './read-calls.ts';
import { retentionGaps, type Gap } from './retention-gaps.ts';

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
  /** Where its messages come from. */
  readonly origin: Origin;
  /** Undefined: not in envelope mode. */
  readonly deduplicator?: Deduplicator | undefined;
}

export type GroupRead =
  /** `batch`: without messages that were handled before the cursor was lost; undefined: none is left. `empty`: the answer held no message at all. */
  | { readonly type: 'answer'; readonly batch: Batch | undefined; readonly empty: boolean }
  | { readonly type: 'failure'; readonly step: ReadStep; readonly failure: CallFailure };

/** A read that is under way. */
interface Reading {
  readonly reply: Promise<Answer<ReadReply>>;
  /** `#givenUp` when it began. */
  readonly givenUp: number;
}

/** The time-out that a leaving member asks for, in ms. The service accepts 1000. */
const LEAVING_TIMEOUT_MS = 1_000;
/** The time limit of GetGroup, in ms: reading waits for it. */
const SHARE_TIMEOUT_MS = 1_000;
/** The number of partitions that is assumed when GetGroup fails. */
const UNKNOWN_PARTITIONS = 12;

/**
 * A member of a consumer group of one stream, with its cursor.
 *
 * Either each read commits the answer before it (commit on get), which must be handled by then, or, after `readAhead`,
 * `commitHandled` commits, so that an answer can be read while another one is being handled. It may run beside any other
 * call; the others run one at a time.
 */
export class GroupReader {
  readonly stream: StreamRef;
  readonly #calls: ReadCalls;
  readonly #member: GroupMember;
  /** It stands for all of `#pages`: the next read gives what comes after them. */
  #cursor: string | undefined;
  /** Oldest first. */
  #pages: Page[] = [];
  /** The next one waits until it is handled. */
  #lastBatch: Batch | undefined;
  #expected: ExpectedAgain = NOTHING_EXPECTED;
  #share: GroupShare = UNKNOWN_SHARE;
  #committed = 0;
  #commitsOnGet = true;
  /** How many times the cursor was given up: what a call gives that began before is not used. */
  #givenUp = 0;
  #committing: Promise<CallFailure | undefined> | undefined;
  /** A read that began while the answer before it was arriving, and that `read` has not taken yet. */
  #begun: Reading | undefined;

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

  /** The next read creates a cursor, which starts at the committed offsets: all that was read must be handled by then. */
  get needsCursor(): boolean {
    return this.#cursor === undefined;
  }

  /** Batches that are not handled. */
  get unhandled(): readonly Batch[] {
    return this.#pages.flatMap(({ batch }) => (batch === undefined || batch.isFinished ? [] : [batch]));
  }

  /** A read is under way that `read` will take: it makes no call of its own then. */
  get hasBegun(): boolean {
    return this.#begun?.givenUp === this.#givenUp;
  }

  /** There is something for `commitHandled`: with commit on get the next read commits it. */
  get hasHandled(): boolean {
    if (this.#commitsOnGet || this.#cursor === undefined) return false;
    return this.#pages[0] !== undefined && isHandled(this.#pages[0]);
  }

  /** From now on a read commits nothing. The next one creates a cursor for that. */
  readAhead(): void {
    this.#commitsOnGet = false;
    this.forgetCursor();
  }

  /**
   * Reads the next answer. `mayReadOn` is asked when the cursor after it is known and its messages are still arriving; if
   * true, the next read begins at once.
   */
  async read(signal: AbortSignal, mayReadOn: () => boolean): Promise<GroupRead> {
    const { origin, deduplicator } = this.#member;
    if (!this.hasBegun) await this.dropBegun();
    if (this.#commitsOnGet || this.#cursor === undefined) await this.#saveHandledIds(this.#pages);
    if (this.#cursor === undefined) {
      await this.#committing;
      const position = this.#position(this.#commitsOnGet);
      const made = await this.#calls.groupCursor(this.stream, position, { signal });
      if (!made.ok) return { type: 'failure', step: 'cursor', failure: made.failure };
      this.#cursor = made.value;
      // If the cursor was lost while this began, a page may be in hand: its messages come twice, which is better than never.
      this.#expected = expectAgain(
        this.#expected,
        this.#pages.filter(isHandled).map(({ offsets }) => offsets),
      );
      this.#pages = [];
    }
    const reading = this.#begun ?? this.#begin(this.#cursor, signal, mayReadOn);
    this.#begun = undefined;
    const reply = await reading.reply;
    if (!reply.ok) {
      // It began where this answer ends, which is not here.
      await this.dropBegun();
      if (readFault(reply.failure, 'read') === 'throttled') this.#share = shareAfterThrottling(this.#share);
      return { type: 'failure', step: 'read', failure: reply.failure };
    }
    const { messages, nextCursor } = reply.value;
    if (this.#givenUp === reading.givenUp) this.#cursor = nextCursor;
    if (this.#commitsOnGet) this.#forgetCommitted(this.#pages.length);
    const { fresh, expected } = withoutRedelivered(this.#expected, messages);
    this.#expected = expected;
    const offsets = offsetsOf(messages);
    this.#share = shareAfterRead(this.#share, [...offsets.keys()]);
    const latest = this.#pages.at(-1);
    if (messages.length === 0) {
      if (latest !== undefined) latest.cursor = nextCursor;
      return { type: 'answer', batch: undefined, empty: true };
    }
    const batch = fresh.length === 0 ? undefined : new Batch(origin, fresh, deduplicator, this.#lastBatch);
    this.#lastBatch = batch ?? this.#lastBatch;
    this.#pages.push({ offsets, batch, cursor: nextCursor });
    return { type: 'answer', batch, empty: false };
  }

  /** Resolves when no read is under way. The messages of one that `read` has not taken are delivered again. */
  async dropBegun(): Promise<void> {
    await this.#begun?.reply;
    this.#begun = undefined;
  }

  #begin(cursor: string, signal: AbortSignal, mayReadOn: () => boolean): Reading {
    const { limit } = this.#member;
    const givenUp = this.#givenUp;
    const onNextCursor = (next: string): void => {
      // With commit on get it would commit an answer that is not handled; and one read ahead is enough.
      if (this.#commitsOnGet || this.#begun !== undefined || this.#givenUp !== givenUp) return;
      if (mayReadOn()) this.#begun = this.#begin(next, signal, mayReadOn);
    };
    return { reply: this.#calls.read(this.stream, cursor, { limit, signal, onNextCursor }), givenUp };
  }

  /** Commits the answers that are handled, up to the first one that is not. If it is under way: when that has ended. */
  commitHandled(signal: AbortSignal): Promise<CallFailure | undefined> {
    this.#committing ??= this.#commitHandled(signal).finally(() => {
      this.#committing = undefined;
    });
    return this.#committing;
  }

  async #commitHandled(signal: AbortSignal): Promise<CallFailure | undefined> {
    const handled = handledPages(this.#pages);
    const latest = handled.at(-1);
    if (latest === undefined) return undefined;
    await this.#saveHandledIds(handled);
    const before = this.#cursor;
    const answer = await this.#calls.commit(this.stream, latest.cursor, { signal });
    if (!answer.ok) return answer.failure;
    this.#forgetCommitted(handled.length);
    // The documentation wants this cursor in the next call. A later answer is not in it, and would be delivered again.
    if (this.#pages.length === 0 && this.#cursor === before) this.#cursor = answer.value;
    return undefined;
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
    // Gaps are counted from the committed offsets.
    await this.#commitLatest(handledPages(this.#pages), signal);
    // Before the reset, which removes the committed offsets.
    const gaps = await retentionGaps({ calls: this.#calls, stream: this.stream, group, clock, signal });
    const reset = await this.#calls.resetGroup(this.stream, group, 'TRIM_HORIZON', { signal });
    if (!reset.ok) return reset;
    this.forgetPosition();
    return { ok: true, value: gaps };
  }

  /** Keeps the partitions while answers are being handled, and their cursors from expiring. Does nothing without a cursor. */
  async heartbeat(signal: AbortSignal): Promise<CallFailure | undefined> {
    if (this.#cursor === undefined) return undefined;
    const givenUp = this.#givenUp;
    const latest = this.#pages.at(-1);
    const earlier = this.#pages.filter((page) => page !== latest && !isHandled(page));
    for (const page of earlier) {
      const answer = await this.#calls.heartbeat(this.stream, page.cursor, { signal });
      if (!answer.ok) return answer.failure;
      page.cursor = answer.value;
    }
    const answer = await this.#calls.heartbeat(this.stream, this.#cursor, { signal });
    if (!answer.ok) return answer.failure;
    if (this.#givenUp === givenUp) this.#cursor = answer.value;
    if (latest !== undefined) latest.cursor = answer.value;
    return undefined;
  }

  /** The cursor is not valid any more: the next read creates a new one, which starts at the committed offsets. */
  forgetCursor(): void {
    this.#cursor = undefined;
    this.#givenUp += 1;
  }

  /** The group was moved on purpose: no message is expected to be delivered again. */
  forgetPosition(): void {
    this.forgetCursor();
    this.#pages = [];
    this.#expected = NOTHING_EXPECTED;
  }

  /**
   * Commits what is handled: answers as a whole, and with `parts` the handled messages of the first one that is not handled to its
   * end. A cursor commits whole answers only: for a part, or without a cursor, the messages are read once more.
   */
  async commit(
    { parts }: { readonly parts: boolean },
    signal: AbortSignal,
    clock: Clock,
  ): Promise<Answer<null>> {
    const failure = await this.#commitLatest(parts ? this.#pages : handledPages(this.#pages), signal);
    if (failure !== undefined) return { ok: false, failure };
    const handled = handledOffsets(parts ? this.#pages : handledPages(this.#pages));
    if (handled.size > 0) {
      const answer = await commitByReading(handled, {
        calls: this.#calls,
        stream: this.stream,
        position: { ...this.#position(false), timeoutMs: LEAVING_TIMEOUT_MS },
        partitions: this.#share.partitions ?? UNKNOWN_PARTITIONS,
        clock,
        signal,
      });
      if (!answer.ok) return answer;
      this.#committed += countOf(handled);
      this.forgetPosition();
    }
    return { ok: true, value: null };
  }

  /** Releases the partitions: other members get them after one second instead of after the group's time-out. */
  async leave(signal: AbortSignal): Promise<Answer<string>> {
    const made = await this.#calls.groupCursor(
      this.stream,
      { ...this.#position(true), timeoutMs: LEAVING_TIMEOUT_MS },
      { signal },
    );
    if (!made.ok) return made;
    return this.#calls.heartbeat(this.stream, made.value, { signal });
  }

  /**
   * Commits the answers that are handled. A commit that is under way may have begun before the latest one was. Does nothing without a
   * cursor. `last`: pages whose messages are committed now or never, so their ids are saved, whatever comes of the commit.
   */
  async #commitLatest(last: readonly Page[], signal: AbortSignal): Promise<CallFailure | undefined> {
    await this.#committing;
    await this.#saveHandledIds(last);
    return this.#cursor === undefined ? undefined : this.commitHandled(signal);
  }

  /** Just before their messages are committed: saved earlier, they could hide a message that is never committed. */
  async #saveHandledIds(pages: readonly Page[]): Promise<void> {
    await this.#member.deduplicator?.save(pages.flatMap(({ batch }) => batch?.takeHandledIds() ?? []));
  }

  #forgetCommitted(pages: number): void {
    for (const { offsets } of this.#pages.splice(0, pages)) this.#committed += countOf(offsets);
  }

  #position(commitOnGet: boolean): GroupPosition {
    const { group, instance, timeoutMs, start } = this.#member;
    return { group, instance, timeoutMs, from: start(), commitOnGet };
  }
}
