import {
  CALL_SPACING_MS,
  readFault,
  readSpacingMs,
  retryHintMs,
  UNKNOWN_SHARE,
  type CallFailure,
  type GroupShare,
  type ReadHealth,
  type ReadStep,
} from '../core/index.ts';
import { CallError, type HaError } from '../errors.ts';
import type { Role } from '../events.ts';
import type { Reservation, StreamRef } from '../region.ts';
import type { Batch } from './batch-queue.ts';
import { commitAndLeave } from './commit-and-leave.ts';
import type { GroupReader } from './group-reader.ts';
import { Membership, type ConsumedRegion, type ReaderContext } from './membership.ts';
import { PacedCommits } from './paced-commits.ts';
import { guardedCalls, type ReadCalls } from './read-calls.ts';
import { ReadingHealth } from './reading-health.ts';
import type { RegionStats } from './stream-consumer.ts';

/** The result of one step of reading. */
export type Step =
  /** `batch`: the messages to handle, if there are any. `empty`: the answer held no message at all. */
  | { readonly type: 'answer'; readonly batch: Batch | undefined; readonly empty: boolean }
  /** The stream is not known. */
  | { readonly type: 'nowhere' }
  | { readonly type: 'failure'; readonly error: HaError; readonly pauseMs: number };

const OPERATIONS = {
  locate: 'GetStream',
  cursor: 'CreateGroupCursor',
  read: 'GetMessages',
  commit: 'ConsumerCommit',
} as const;

/**
 * Reads one region step by step, and judges from the results whether it can be read. `polling.ts` decides when to take a step.
 *
 * Either each read commits the one before it, which must be handled (commit on get), or, after `readAhead`, it reads while an
 * answer is being handled, and `commit` commits.
 */
export class RegionReader {
  /** New messages are written to this region: its failures matter more. */
  isActive = false;
  readonly #consumed: ConsumedRegion;
  readonly #calls: ReadCalls;
  readonly #membership: Membership;
  readonly #context: ReaderContext;
  readonly #health: ReadingHealth;
  readonly #commits: PacedCommits;
  /** Retention passed over the group's position. */
  #overtaken = false;
  #readAt = -Infinity;
  /** After a 429: the end of the wait that it names. */
  #throttledUntil: number | undefined;
  #reads = 0;
  #received = 0;

  constructor(consumed: ConsumedRegion, context: ReaderContext) {
    this.#consumed = consumed;
    this.#calls = guardedCalls(consumed.region);
    this.#context = context;
    this.#membership = new Membership(consumed, this.#calls, context);
    this.#health = new ReadingHealth({ region: this.regionName, role: this.role, ...context });
    this.#commits = new PacedCommits(context);
  }

  get #group(): GroupReader | undefined {
    return this.#membership.group;
  }

  get role(): Role {
    return this.#consumed.role;
  }

  get regionName(): string {
    return this.#consumed.region.name;
  }

  get health(): ReadHealth {
    return this.#health.now;
  }

  /** Of the latest failure. */
  get error(): HaError | undefined {
    return this.#health.error;
  }

  /** Undefined while it is not known. */
  get stream(): StreamRef | undefined {
    return this.#group?.stream;
  }

  /** There is no stream, as far as is known. */
  get isAbsent(): boolean {
    return this.#membership.isAbsent;
  }

  /** When a step looks for a stream that is not there (monotonic ms). */
  get lookAgainAt(): number {
    return this.#membership.lookAgainAt;
  }

  /** The partitions of this member, as far as they are known. */
  get share(): GroupShare {
    return this.#group?.share ?? UNKNOWN_SHARE;
  }

  /** The number of reads, of messages that were read, of those that are not handled, and of those that were committed. */
  get counts(): Omit<RegionStats, 'region'> {
    return {
      reads: this.#reads,
      received: this.#received,
      buffered: this.unhandled.reduce((sum, { left }) => sum + left, 0),
      committed: this.#membership.committed,
    };
  }

  /** The start of the latest read. */
  get lastReadAt(): number {
    return this.#readAt;
  }

  /** The earliest moment of the next read that keeps within the service's limits. */
  get nextReadAt(): number {
    const readAt = this.#throttledUntil ?? this.#readAt + readSpacingMs(this.share.held.size);
    return this.#commits.isLate(this.#group) ? Math.max(readAt, this.commitAt) : readAt;
  }

  /** Batches that are not handled. */
  get unhandled(): readonly Batch[] {
    return this.#group?.unhandled ?? [];
  }

  /** The next step creates a cursor, which starts at the committed offsets: nothing may be unhandled by then. */
  get beginsAnew(): boolean {
    return this.#membership.mustLocate || this.#overtaken || this.#group?.needsCursor !== false;
  }

  /** When `commit` may be called; Infinity while there is nothing to commit. */
  get commitAt(): number {
    return this.#commits.nextAt(this.#group);
  }

  /** From now on it reads one answer ahead of the handler. */
  readAhead(): void {
    this.#membership.readAhead();
  }

  /** The next step looks for the stream again. */
  relocate(): void {
    this.#membership.relocate();
  }

  /** Earlier failures no longer count. */
  resetHealth(): void {
    const { type } = this.health;
    if (type === 'failing' || type === 'refused') this.#health.forget();
  }

  /** The next step takes a read that has begun already. */
  get hasBegun(): boolean {
    return this.#group?.hasBegun === true;
  }

  /** Resolves when no read is under way. Nothing that was read ahead is handled. Never rejects. */
  async dropBegun(): Promise<void> {
    await this.#group?.dropBegun();
  }

  /**
   * Reads once. Never rejects. `mayReadOn` is asked when the next read could begin, while the messages of this one are still
   * arriving.
   */
  async step(mayReadOn: () => boolean = () => false): Promise<Step> {
    const { clock, signal } = this.#context;
    if (this.#membership.mustLocate && !this.hasBegun) {
      const located = await this.#membership.locate(() => this.commitAndLeave());
      if (located.type === 'failure') return this.#failed('locate', located.failure);
      if (located.type === 'changed') {
        this.#health.forget();
        this.#overtaken = false;
      }
    }
    if (this.#group === undefined) return { type: 'nowhere' };
    if (this.#overtaken) {
      const failure = await this.#moveOn(this.#group);
      if (failure !== undefined) return this.#failed('locate', failure);
    }
    if (this.#commits.isLate(this.#group)) {
      const failure = await this.#commit(this.#group);
      if (failure !== undefined) return this.#failed('commit', failure);
    } else if (this.commitAt <= clock.now()) void this.commit();
    if (!this.hasBegun) this.#countRead();
    const read = await this.#group.read(signal, () => this.#readsOn(mayReadOn));
    if (read.type === 'failure') return this.#failed(read.step, read.failure);
    const { batch, empty } = read;
    this.#received += batch?.left ?? 0;
    this.#health.answered();
    return { type: 'answer', batch, empty };
  }

  /** Asks which partitions this member holds, if the last answer is old. Never rejects. */
  async refreshShare(): Promise<void> {
    const { clock, signal } = this.#context;
    await this.#group?.refreshShare(signal, () => clock.now());
  }

  /**
   * Keeps the partitions while nothing is read. Resolves with the wait that a 429 names, in ms. A lost cursor is renewed;
   * any other failure will be seen at the next read.
   */
  async heartbeat(): Promise<number | undefined> {
    const failure = await this.#group?.heartbeat(this.#context.signal);
    if (failure === undefined) return undefined;
    this.#renewIfLost('ConsumerHeartbeat', failure);
    return this.#throttledMs(failure);
  }

  /**
   * Commits what is handled, from `commitAt` on, also beside a step. A lost cursor is renewed; any other failure is tried again,
   * and seen at a later step.
   */
  async commit(): Promise<void> {
    const failure = this.#group && (await this.#commit(this.#group));
    if (failure !== undefined) this.#renewIfLost('ConsumerCommit', failure);
  }

  /** The partitions of other members of the group; empty when the region does not tell. Never rejects. */
  async heldByOthers(): Promise<readonly Reservation[]> {
    const { settings, signal, instance } = this.#context;
    const { stream } = this;
    if (stream === undefined) return [];
    const held = await this.#calls.group(stream, settings.group, { signal });
    if (!held.ok) return [];
    return held.value.filter((each) => each.instance !== undefined && each.instance !== instance);
  }

  /** Commits what is handled, without `commit` only reads that are handled to their end, and leaves the group. Never rejects. */
  async commitAndLeave({ commit } = { commit: true }): Promise<void> {
    if (this.#group === undefined) return;
    const { type } = this.health;
    const answering = type === 'answering' || type === 'renewing';
    await commitAndLeave(this.#group, { parts: commit }, this.regionName, answering, this.#context);
  }

  #readsOn(mayReadOn: () => boolean): boolean {
    const isTooSoon = this.nextReadAt > this.#context.clock.now();
    if (this.#membership.mustLocate || isTooSoon || !mayReadOn()) return false;
    this.#countRead();
    return true;
  }

  #countRead(): void {
    this.#reads += 1;
    this.#readAt = this.#context.clock.now();
    this.#throttledUntil = undefined;
  }

  #commit(group: GroupReader): Promise<CallFailure | undefined> {
    return this.#commits.commit(group, (failure) => this.#throttledMs(failure));
  }

  #renewIfLost(operation: string, failure: CallFailure): void {
    if (readFault(failure, 'read') !== 'cursor' || this.#isLossKnown) return;
    this.#group?.forgetCursor();
    const { message } = new CallError({ region: this.regionName, operation }, failure);
    this.#context.emit({ type: 'cursor-renewed', region: this.regionName, because: message });
  }

  /** A call beside the one that failed has found that the cursor is lost. */
  get #isLossKnown(): boolean {
    return this.#group?.needsCursor === true;
  }

  /** The wait that a 429 names, as far as it is sane (B8). */
  #throttledMs(failure: CallFailure): number | undefined {
    if (failure.type !== 'status' || failure.status !== 429) return undefined;
    const { clock, settings } = this.#context;
    return Math.min(retryHintMs(failure, clock.wall()) ?? CALL_SPACING_MS, settings.maxDelayMs);
  }

  async #moveOn(group: GroupReader): Promise<CallFailure | undefined> {
    const { signal, emit, clock } = this.#context;
    const moved = await group.moveToOldest(signal, clock);
    if (!moved.ok) return moved.failure;
    this.#overtaken = false;
    const unknown = { partition: undefined, from: undefined, to: undefined };
    for (const gap of moved.value.length === 0 ? [unknown] : moved.value) {
      emit({ type: 'gap', region: this.regionName, ...gap });
    }
    return undefined;
  }

  #failed(step: ReadStep | 'commit', failure: CallFailure): Step {
    // The cursor is the only input of a commit too.
    const fault = readFault(failure, step === 'commit' ? 'read' : step);
    const operation = OPERATIONS[step];
    const { error, pauseMs, event } = this.#health.failed({
      operation,
      fault,
      failure,
      active: this.isActive,
    });
    if (event !== undefined && !(fault === 'cursor' && this.#isLossKnown)) this.#context.emit(event);
    if (this.health.type === 'refused') this.relocate();
    if (fault === 'throttled') this.#throttledUntil = this.#context.clock.now() + pauseMs;
    if (fault === 'cursor') this.#group?.forgetCursor();
    if (fault === 'retention') this.#overtaken = true;
    return { type: 'failure', error, pauseMs };
  }
}
