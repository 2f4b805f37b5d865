import type { Clock } from '../clock.ts';
import {
  afterReadFailure,
  groupStart,
  NOT_READ_YET,
  readFault,
  type Beginning,
  type CallFailure,
  type ReadHealth,
  type ReadStep,
} from '../core/index.ts';
import { CallError, HaError } from '../errors.ts';
import type { EventListener, Role } from '../events.ts';
import type { Reservation } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import { Batch } from './batch.ts';
import type { ConsumedRegion, ConsumedStream } from './consumed-region.ts';
import { GroupReader } from './group-reader.ts';
import { lostToRetention, type LostRange } from './lost-to-retention.ts';
import { readNews } from './read-news.ts';
import { readRefusal } from './read-refusal.ts';
import { settle } from './settle.ts';

/** What the readers of both regions share. */
export interface ReaderContext {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Name of this member of the group: its own in each process. */
  readonly instance: string;
  readonly began: Beginning;
  /** Ends calls that are under way. */
  readonly signal: AbortSignal;
  isActive(role: Role): boolean;
  healthChanged(role: Role): void;
  /** The active region refuses to be read, and only a person can mend it. */
  refused(error: HaError): void;
}

/** What one step of reading came to. */
export type Step =
  /** `batch`: what is to be handled, if anything; `empty`: nothing came at all. */
  | { readonly came: 'answer'; readonly batch: Batch | undefined; readonly empty: boolean }
  /** Nobody knows yet where the stream is. */
  | { readonly came: 'nowhere' }
  | { readonly came: 'failure'; readonly error: HaError; readonly pauseMs: number };

/** Reads one region step by step, and keeps book of how that goes. When to take a step is for others to say. */
export class RegionReader {
  readonly #consumed: ConsumedRegion;
  readonly #context: ReaderContext;
  #group: GroupReader | undefined;
  #inHand: Batch | undefined;
  #health: ReadHealth = NOT_READ_YET;
  #askWhere = true;
  /** Retention passed over the group's position. */
  #overtaken = false;

  constructor(consumed: ConsumedRegion, context: ReaderContext) {
    this.#consumed = consumed;
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

  /** Undefined while nobody knows where it is. */
  get stream(): ConsumedStream | undefined {
    return this.#group?.stream;
  }

  /** The stream may be known at last, or be another one: the next step asks. */
  askWhere(): void {
    this.#askWhere = true;
  }

  /** Attempts that are used up do not count any more. */
  judgeAnew(): void {
    if (this.#health.state === 'failing') this.#health = NOT_READ_YET;
  }

  /** Reads once. All that earlier steps gave must be handled: this commits it. */
  async step(): Promise<Step> {
    try {
      if (this.#askWhere) await this.#locate();
      if (this.#group === undefined) return { came: 'nowhere' };
      if (this.#overtaken) await this.#moveOn(this.#group);
      const { fresh, empty } = await this.#group.read(this.#context.signal);
      this.#inHand = fresh.length === 0 ? undefined : new Batch(this.#origin(this.#group), fresh);
      this.#become({ state: 'answering', at: this.#context.clock.now() });
      return { came: 'answer', batch: this.#inHand, empty };
    } catch (error) {
      if (!(error instanceof HaError)) throw error;
      return this.#failed(error);
    }
  }

  /** Partitions of the group that other members hold. Empty when that cannot be asked. */
  async heldByOthers(): Promise<readonly Reservation[]> {
    const { settings, signal, instance } = this.#context;
    const { stream } = this;
    if (stream === undefined) return [];
    try {
      const held = await this.#consumed.region.reservations(stream, settings.group, { signal });
      return held.filter((each) => each.instance !== instance);
    } catch (error) {
      if (error instanceof CallError) return [];
      throw error;
    }
  }

  /** Keeps the reservation while a batch is in hand. Other failures than a lost cursor show at the next read. */
  async heartbeat(): Promise<void> {
    try {
      await this.#group?.heartbeat(this.#context.signal);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (readFault(error.failure, 'read') !== 'cursor') return;
      this.#group?.forgetCursor();
      this.#context.emit({ type: 'cursor-renewed', region: this.regionName, because: error.message });
    }
  }

  /** Commits what is handled, or with `commit: false` nothing of the last read, and leaves the group. */
  async settle({ commit } = { commit: true }): Promise<void> {
    if (this.#group === undefined) return;
    const patient = this.#health.state === 'answering';
    const left = (commit ? this.#inHand?.unhandled() : this.#inHand?.all()) ?? [];
    await settle(this.#group, left, this.regionName, patient, this.#context);
  }

  async #locate(): Promise<void> {
    // Before the answer: whoever asks for another look meanwhile gets one.
    this.#askWhere = false;
    const { signal } = this.#context;
    try {
      const found = await this.#consumed.locate(signal);
      if (sameStream(found, this.stream)) return;
      if (found !== undefined) await this.settle();
      this.#group = found && this.#member(found);
      this.#health = NOT_READ_YET;
      this.#overtaken = false;
      this.#inHand = undefined;
    } catch (error) {
      this.#askWhere = true;
      throw error;
    }
  }

  #member(stream: ConsumedStream): GroupReader {
    const { settings, clock, began, instance } = this.#context;
    return new GroupReader(this.#consumed.region, stream, {
      group: settings.group,
      instance,
      timeoutMs: settings.groupTimeoutMs,
      limit: settings.readLimit,
      start: () => groupStart(settings.from, began, clock.now()),
    });
  }

  /** A new cursor alone would stand at the same lost position. The reset moves every partition: some come twice. */
  async #moveOn(group: GroupReader): Promise<void> {
    const { settings, signal, emit } = this.#context;
    // Before the reset: it forgets where the group stood.
    const lost = await this.#lost(group);
    await this.#consumed.region.resetGroup(group.stream, settings.group, 'TRIM_HORIZON', { signal });
    group.forgetPosition();
    this.#overtaken = false;
    const unknown = { partition: undefined, from: undefined, to: undefined };
    for (const range of lost.length === 0 ? [unknown] : lost) {
      emit({ type: 'gap', region: this.regionName, ...range });
    }
  }

  /** Empty when that cannot be found out, which must not keep the group from moving on. */
  async #lost({ stream }: GroupReader): Promise<LostRange[]> {
    const { settings, signal, clock } = this.#context;
    const { region } = this.#consumed;
    try {
      return await lostToRetention({ region, stream, group: settings.group, clock, signal });
    } catch (error) {
      if (error instanceof CallError) return [];
      throw error;
    }
  }

  #failed(error: HaError): Step {
    const { clock, settings, emit } = this.#context;
    const called = error instanceof CallError;
    const failure: CallFailure = called ? error.failure : { came: 'local', detail: error.message };
    const fault = called ? readFault(failure, this.#stepNow()) : 'refused';
    const active = this.#context.isActive(this.role);
    const times = { now: clock.now(), wallMs: clock.wall(), chance: clock.random() };
    const before = this.#health;
    const { health, pauseMs } = afterReadFailure(before, { fault, failure, active, ...times }, settings);
    const told = health.state === 'refused' ? readRefusal(error, this.#consumed) : error;
    const { role, regionName: region } = this;
    const news = readNews({
      region,
      role,
      active,
      fault,
      failure,
      error: told,
      before,
      after: health,
      pauseMs,
    });
    if (news !== undefined) emit(news);
    if (fault === 'absent') this.#askWhere = true;
    if (fault === 'cursor') this.#group?.forgetCursor();
    if (fault === 'retention') this.#overtaken = true;
    if (health.state === 'refused' && active) this.#context.refused(told);
    this.#become(health);
    return { came: 'failure', error: told, pauseMs };
  }

  #stepNow(): ReadStep {
    if (this.#askWhere || this.#overtaken) return 'locate';
    return this.#group?.hasCursor === true ? 'read' : 'cursor';
  }

  #become(health: ReadHealth): void {
    this.#health = health;
    this.#context.healthChanged(this.role);
  }

  #origin({ stream }: GroupReader): { region: string; role: Role; stream: string } {
    return { region: this.regionName, role: this.role, stream: stream.ocid };
  }
}

function sameStream(a: ConsumedStream | undefined, b: ConsumedStream | undefined): boolean {
  return a?.ocid === b?.ocid && a?.endpoint === b?.endpoint;
}
