import type { Clock } from '../clock.ts';
import {
  afterReadFailure,
  CALL_SPACING_MS,
  groupStart,
  NOT_READ_YET,
  readFault,
  readSpacingMs,
  retryHintMs,
  type CallFailure,
  type GroupShare,
  type Moment,
  type ReadHealth,
  type ReadStep,
} from '../core/index.ts';
import { CallError, type HaError } from '../errors.ts';
import type { EventListener, Role } from '../events.ts';
import { answerOf, type Answer, type Region, type Reservation, type StreamRef } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { Batch } from './batch-queue.ts';
import { commitAndLeave } from './commit-and-leave.ts';
import type { Deduplicator } from './deduplicator.ts';
import { GroupReader } from './group-reader.ts';
import { guardedCalls, readError, readFailureEvent, type ReadCalls } from './read-calls.ts';

/** One of the two regions that a consumer reads. */
export interface ConsumedRegion {
  readonly role: Role;
  readonly region: Region;
  /**
   * Finds its stream; undefined while it is not known. Called when reading begins, after `relocate`, and after each refusal
   * (401, 403, 404).
   */
  locate(signal: AbortSignal): Promise<Answer<StreamRef | undefined>>;
}

/** The same for the readers of both regions. */
export interface ReaderContext {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** The name of this member of the group; each process needs its own. */
  readonly instance: string;
  readonly started: Moment;
  /** Undefined: not in envelope mode. */
  readonly deduplicator: Deduplicator | undefined;
  /** Ends calls that are under way. */
  readonly signal: AbortSignal;
}

/** The result of one step of reading. */
export type Step =
  /** `batch`: the messages to handle, if there are any. `empty`: the answer held no message at all. */
  | { readonly type: 'answer'; readonly batch: Batch | undefined; readonly empty: boolean }
  /** The stream is not known. */
  | { readonly type: 'nowhere' }
  | { readonly type: 'failure'; readonly error: HaError; readonly pauseMs: number };

const OPERATIONS = { locate: 'GetStream', cursor: 'CreateGroupCursor', read: 'GetMessages' } as const;

/** Reads one region step by step, and judges from the results whether it can be read. `polling.ts` decides when to take a step. */
export class RegionReader {
  /** New messages are written to this region: its failures matter more. */
  isActive = false;
  readonly #consumed: ConsumedRegion;
  readonly #calls: ReadCalls;
  readonly #context: ReaderContext;
  #group: GroupReader | undefined;
  #inHand: Batch | undefined;
  #health: ReadHealth = NOT_READ_YET;
  #error: HaError | undefined;
  #relocate = true;
  #isAbsent = false;
  /** Retention passed over the group's position. */
  #overtaken = false;
  #readAt = -Infinity;
  /** After a 429: the end of the wait that it names. */
  #throttledUntil: number | undefined;
  #received = 0;
  /** Messages that were committed in streams that are not read any more. */
  #committedBefore = 0;

  constructor(consumed: ConsumedRegion, context: ReaderContext) {
    this.#consumed = consumed;
    this.#calls = guardedCalls(consumed.region);
    this.#context = context;
  }

  get role(): Role {
    return this.#consumed.role;
  }

  get regionName(): string {
    return this.#consumed.region.name;
  }

  get health(): ReadHealth {
    return this.#health;
  }

  /** Of the latest failure. */
  get error(): HaError | undefined {
    return this.#error;
  }

  /** Undefined while it is not known. */
  get stream(): StreamRef | undefined {
    return this.#group?.stream;
  }

  /** There is no stream, as far as is known. */
  get isAbsent(): boolean {
    return this.#isAbsent;
  }

  /** The partitions of this member, as far as they are known; undefined while the stream is not known. */
  get share(): GroupShare | undefined {
    return this.#group?.share;
  }

  /** The number of messages that were read, and of those that were committed. */
  get counts(): { readonly received: number; readonly committed: number } {
    return { received: this.#received, committed: this.#committedBefore + (this.#group?.committed ?? 0) };
  }

  /** The start of the latest read. */
  get lastReadAt(): number {
    return this.#readAt;
  }

  /** The earliest moment of the next read that keeps within the service's limits. */
  get nextReadAt(): number {
    return this.#throttledUntil ?? this.#readAt + readSpacingMs(this.#group?.share.held.size ?? 1);
  }

  /** The next step looks for the stream again. */
  relocate(): void {
    this.#relocate = true;
  }

  /** Earlier failures no longer count. */
  resetHealth(): void {
    if (this.#health.type === 'failing' || this.#health.type === 'refused') this.#health = NOT_READ_YET;
  }

  /** Reads once, which commits the batch of the last step: it must be handled. Never rejects. */
  async step(): Promise<Step> {
    const { clock, signal, deduplicator } = this.#context;
    if (this.#relocate) {
      const failure = await this.#locate();
      if (failure !== undefined) return this.#failed('locate', failure);
    }
    if (this.#group === undefined) return { type: 'nowhere' };
    if (this.#overtaken) {
      const failure = await this.#moveOn(this.#group);
      if (failure !== undefined) return this.#failed('locate', failure);
    }
    await this.#saveHandledIds();
    this.#readAt = clock.now();
    this.#throttledUntil = undefined;
    const read = await this.#group.read(signal);
    if (read.type === 'failure') return this.#failed(read.step, read.failure);
    const { fresh, empty } = read;
    const origin = { region: this.regionName, role: this.role, stream: this.#group.stream.ocid };
    this.#inHand = fresh.length === 0 ? undefined : new Batch(origin, fresh, deduplicator);
    this.#received += fresh.length;
    this.#health = { type: 'answering', at: clock.now() };
    return { type: 'answer', batch: this.#inHand, empty };
  }

  /** Asks which partitions this member holds, if the last answer is old. Never rejects. */
  async refreshShare(): Promise<void> {
    const { clock, signal } = this.#context;
    await this.#group?.refreshShare(signal, () => clock.now());
  }

  /**
   * Keeps the partitions while a batch is in hand. Resolves with the wait that a 429 names, in ms. A lost cursor is renewed;
   * any other failure will be seen at the next read.
   */
  async heartbeat(): Promise<number | undefined> {
    const { clock, emit, signal } = this.#context;
    const failure = await this.#group?.heartbeat(signal);
    if (failure === undefined) return undefined;
    if (readFault(failure, 'read') === 'cursor') {
      this.#group?.forgetCursor();
      const { message } = new CallError({ region: this.regionName, operation: 'ConsumerHeartbeat' }, failure);
      emit({ type: 'cursor-renewed', region: this.regionName, because: message });
    }
    if (failure.type !== 'status' || failure.status !== 429) return undefined;
    return retryHintMs(failure, clock.wall()) ?? CALL_SPACING_MS;
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

  /** Commits the handled messages of the last read, or none without `commit`, and leaves the group. Never rejects. */
  async commitAndLeave({ commit } = { commit: true }): Promise<void> {
    if (this.#group === undefined) return;
    const { type } = this.#health;
    const answering = type === 'answering' || type === 'renewing';
    const unhandled = commit ? this.#inHand?.unhandled() : this.#inHand?.all();
    if (commit) await this.#saveHandledIds();
    await commitAndLeave(this.#group, unhandled ?? [], this.regionName, answering, this.#context);
  }

  /** Just before their messages are committed: saved earlier, they could hide a message that is never committed. */
  async #saveHandledIds(): Promise<void> {
    await this.#context.deduplicator?.save(this.#inHand?.takeHandledIds() ?? []);
  }

  async #locate(): Promise<CallFailure | undefined> {
    // Before the call, so that a `relocate` during the call is not lost.
    this.#relocate = false;
    const { signal } = this.#context;
    const located = await answerOf(() => this.#consumed.locate(signal), signal);
    if (!located.ok) {
      this.#relocate = true;
      return located.failure;
    }
    const found = located.value;
    this.#isAbsent = found === undefined;
    if (sameStream(found, this.stream)) return undefined;
    if (found !== undefined) await this.commitAndLeave();
    this.#committedBefore += this.#group?.committed ?? 0;
    this.#group = found && this.#member(found);
    this.#health = NOT_READ_YET;
    this.#overtaken = false;
    this.#inHand = undefined;
    return undefined;
  }

  #member(stream: StreamRef): GroupReader {
    const { settings, clock, started, instance } = this.#context;
    return new GroupReader(this.#calls, stream, {
      group: settings.group,
      instance,
      timeoutMs: settings.groupTimeoutMs,
      limit: settings.readLimit,
      start: () => groupStart(settings.from, started, clock.now()),
    });
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

  #failed(step: ReadStep, failure: CallFailure): Step {
    const { clock, settings, emit } = this.#context;
    const fault = readFault(failure, step);
    const before = this.#health;
    const times = { now: clock.now(), wallMs: clock.wall(), chance: clock.random() };
    const failed = { fault, failure, active: this.isActive, ...times };
    const { health, pauseMs } = afterReadFailure(before, failed, settings);
    const where = { region: this.regionName, role: this.role };
    const error = readError(failure, health, { ...where, operation: OPERATIONS[step] });
    const event = readFailureEvent({
      ...where,
      active: this.isActive,
      fault,
      failure,
      error,
      before,
      after: health,
      pauseMs,
    });
    if (event !== undefined) emit(event);
    if (health.type === 'refused') this.#relocate = true;
    if (fault === 'throttled') this.#throttledUntil = times.now + pauseMs;
    if (fault === 'cursor') this.#group?.forgetCursor();
    if (fault === 'retention') this.#overtaken = true;
    this.#health = health;
    this.#error = error;
    return { type: 'failure', error, pauseMs };
  }
}

function sameStream(a: StreamRef | undefined, b: StreamRef | undefined): boolean {
  return a?.ocid === b?.ocid && a?.endpoint === b?.endpoint;
}
