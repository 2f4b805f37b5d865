import { expectAgain, leaveOutReplayed, NO_REPLAY, type Replay } from '../core/index.ts';
import type { GroupPosition, Region, StoredMessage } from '../region.ts';
import type { ConsumedStream } from './consumed-region.ts';
import { commitHandled } from './commit-handled.ts';

/** Who reads. One instance name a process: it is what holds the partitions. */
export interface GroupMember {
  readonly group: string;
  readonly instance: string;
  /** ms */
  readonly timeoutMs: number;
  /** Messages an answer, at most. */
  readonly limit: number;
  /** Where the group begins if it does not exist yet, said at the moment a cursor is made. */
  readonly start: () => GroupPosition['from'];
}

/** A member that says nothing for so long is gone, in ms: what is said when leaving. 1000 was accepted by the service. */
const LEAVING_TIMEOUT_MS = 1_000;

/**
 * A member of a consumer group of one stream, and the life of its cursor. The cursor commits on get: the next read commits
 * what the last answer held. So `read` may be called only when all of that is handled; that costs no commit calls, which
 * are limited to 5 a second.
 */
export class GroupReader {
  readonly stream: ConsumedStream;
  readonly #region: Region;
  readonly #member: GroupMember;
  #cursor: string | undefined;
  /** The last answer: what the cursor stands for. */
  #answer: readonly StoredMessage[] = [];
  #replay: Replay = NO_REPLAY;

  constructor(region: Region, stream: ConsumedStream, member: GroupMember) {
    this.#region = region;
    this.stream = stream;
    this.#member = member;
  }

  get hasCursor(): boolean {
    return this.#cursor !== undefined;
  }

  /**
   * Commits the last answer and gives the next, without the messages that were handled before a cursor was lost. `empty`:
   * nothing came at all.
   */
  async read(signal: AbortSignal): Promise<{ fresh: readonly StoredMessage[]; empty: boolean }> {
    this.#cursor ??= await this.#newCursor(signal);
    const { limit } = this.#member;
    const reply = await this.#region.read(this.stream, this.#cursor, { limit, signal });
    this.#cursor = reply.nextCursor;
    this.#answer = reply.messages;
    const { fresh, replay } = leaveOutReplayed(this.#replay, reply.messages);
    this.#replay = replay;
    return { fresh, empty: reply.messages.length === 0 };
  }

  /** Keeps the partitions while an answer is being handled. Does nothing when the cursor is lost already. */
  async heartbeat(signal: AbortSignal): Promise<void> {
    if (this.#cursor === undefined) return;
    this.#cursor = await this.#region.heartbeat(this.stream, this.#cursor, { signal });
  }

  /** The cursor is of no use any more: the next read makes a new one, which starts from what is committed. */
  forgetCursor(): void {
    this.#cursor = undefined;
  }

  /** The group was moved on purpose: nothing is expected to come again. */
  forgetPosition(): void {
    this.#cursor = undefined;
    this.#answer = [];
    this.#replay = NO_REPLAY;
  }

  /** Commits what is handled of the last answer; `unhandled` is the part of it that is not. */
  async commit(unhandled: readonly StoredMessage[], signal: AbortSignal): Promise<void> {
    const left = new Set(unhandled);
    const handled = this.#answer.filter((message) => !left.has(message));
    if (handled.length === 0) return;
    if (left.size === 0 && this.#cursor !== undefined) {
      this.#cursor = await this.#region.commit(this.stream, this.#cursor, { signal });
    } else {
      // The cursor is lost, or stands for the whole answer.
      const position = { ...this.#position(), timeoutMs: LEAVING_TIMEOUT_MS };
      await commitHandled(this.#region, this.stream, position, handled, signal);
    }
    this.forgetPosition();
  }

  /** Lets go of the partitions: another member can have them in a second instead of after this one's whole time-out. */
  async leave(signal: AbortSignal): Promise<void> {
    const leaving = { ...this.#position(), timeoutMs: LEAVING_TIMEOUT_MS };
    const cursor = await this.#region.groupCursor(this.stream, leaving, { signal });
    await this.#region.heartbeat(this.stream, cursor, { signal });
  }

  async #newCursor(signal: AbortSignal): Promise<string> {
    const cursor = await this.#region.groupCursor(this.stream, this.#position(), { signal });
    this.#replay = expectAgain(this.#replay, this.#answer);
    this.#answer = [];
    return cursor;
  }

  #position(): GroupPosition {
    const { group, instance, timeoutMs, start } = this.#member;
    return { group, instance, timeoutMs, from: start(), commitOnGet: true };
  }
}
