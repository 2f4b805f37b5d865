import type { Clock } from '../clock.ts';
import { groupStart, type CallFailure, type Moment } from '../core/index.ts';
import type { EventListener, Role } from '../events.ts';
import { answerOf, type Answer, type Region, type StreamRef } from '../region.ts';
import type { Settings } from '../settings/index.ts';
import type { Deduplicator } from './deduplicator.ts';
import { GroupReader } from './group-reader.ts';
import type { ReadCalls } from './read-calls.ts';

/** One of the two regions that a consumer reads. */
export interface ConsumedRegion {
  readonly role: Role;
  readonly region: Region;
  /**
   * Finds its stream; undefined while it is not known. Called when reading begins, after `relocate`, after each refusal
   * (401, 403, 404), and every 10 s while there is none.
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

type Located =
  | { readonly type: 'unchanged' }
  /** The region has another stream by now, or its first one, or none. */
  | { readonly type: 'changed' }
  | { readonly type: 'failure'; readonly failure: CallFailure };

/** How often a stream that is not there is looked for, in ms: it may be created at any time. */
const ABSENT_MS = 10_000;

/** Finds the stream of a region, and is a member of a group there: of one stream after another. */
export class Membership {
  readonly #consumed: ConsumedRegion;
  readonly #calls: ReadCalls;
  readonly #context: ReaderContext;
  #group: GroupReader | undefined;
  #isAhead = false;
  #mustLocate = true;
  #isAbsent = false;
  /** From here on (monotonic ms) a stream that is not there is looked for again. */
  #lookAgainAt = -Infinity;
  /** Messages that were committed in streams that are not read any more. */
  #committedBefore = 0;

  constructor(consumed: ConsumedRegion, calls: ReadCalls, context: ReaderContext) {
    this.#consumed = consumed;
    this.#calls = calls;
    this.#context = context;
  }

  /** Undefined while the stream is not known. */
  get group(): GroupReader | undefined {
    return this.#group;
  }

  /** There is no stream, as far as is known. */
  get isAbsent(): boolean {
    return this.#isAbsent;
  }

  /** Messages that were committed, in all streams. */
  get committed(): number {
    return this.#committedBefore + (this.#group?.committed ?? 0);
  }

  /** `locate` is to be called before the next read. */
  get mustLocate(): boolean {
    return this.#mustLocate || (this.#isAbsent && this.#context.clock.now() >= this.#lookAgainAt);
  }

  get lookAgainAt(): number {
    return this.#lookAgainAt;
  }

  relocate(): void {
    this.#mustLocate = true;
  }

  /** From now on reads commit nothing (`GroupReader`). */
  readAhead(): void {
    this.#isAhead = true;
    this.#group?.readAhead();
  }

  /** Looks for the stream. When there is another one, `leave` is called before the group of the old one is let go of. */
  async locate(leave: () => Promise<void>): Promise<Located> {
    // Before the call, so that a `relocate` during the call is not lost.
    this.#mustLocate = false;
    const { signal } = this.#context;
    const located = await answerOf(() => this.#consumed.locate(signal), signal);
    if (!located.ok) {
      this.#mustLocate = true;
      return { type: 'failure', failure: located.failure };
    }
    const found = located.value;
    this.#isAbsent = found === undefined;
    this.#lookAgainAt = this.#context.clock.now() + ABSENT_MS;
    if (isSameStream(found, this.#group?.stream)) return { type: 'unchanged' };
    if (found !== undefined) await leave();
    this.#committedBefore = this.committed;
    this.#group = found && this.#member(found);
    return { type: 'changed' };
  }

  #member(stream: StreamRef): GroupReader {
    const { settings, clock, started, instance, deduplicator } = this.#context;
    const { region, role } = this.#consumed;
    const group = new GroupReader(this.#calls, stream, {
      origin: { region: region.name, role, stream: stream.ocid },
      deduplicator,
      group: settings.group,
      instance,
      timeoutMs: settings.groupTimeoutMs,
      limit: settings.readLimit,
      start: () => groupStart(settings.from, started, clock.now()),
    });
    if (this.#isAhead) group.readAhead();
    return group;
  }
}

function isSameStream(a: StreamRef | undefined, b: StreamRef | undefined): boolean {
  return a?.ocid === b?.ocid && a?.endpoint === b?.endpoint;
}
