import type { Clock } from '../../../runtime/clock.ts';
import type { CallFailure } from '../../../runtime/core/index.ts';
import type {
  Answer,
  CallOptions,
  GroupPosition,
  PartitionPosition,
  ReadOptions,
  ReadReply,
  Region,
  Reservation,
  StoredMessage,
  StreamRef,
} from '../../../runtime/region.ts';
import { streamRef } from '../../support/stream-ref.ts';
import { Members } from './members.ts';

export type Operation =
  | 'groupCursor'
  | 'read'
  | 'commit'
  | 'heartbeat'
  | 'resetGroup'
  | 'group'
  | 'partitionCursor';

interface Cursor {
  /** Reads this partition alone, outside of the group, what comes after this offset. */
  readonly alone?: { readonly partition: string; readonly after: number };
  readonly generation: number;
  readonly instance: string;
  readonly timeoutMs: number;
  readonly commitOnGet: boolean;
  /** Partition to last offset delivered and not committed. */
  readonly delivered: Readonly<Record<string, number>>;
}

export interface Call {
  readonly operation: Operation;
  readonly at: number;
  readonly failure?: CallFailure | undefined;
}

interface GroupRegionOptions {
  /** Members share the partitions; else each one reads all of them. */
  readonly shared?: boolean;
  /** The service's limits: 5 reads a second per partition, 5 a second of each other call. */
  readonly strict?: boolean;
}

/**
 * The reading half of a region, for one group, in memory. As mean as the protocol allows: one answer holds one partition,
 * an empty one says nothing about the others, offsets have gaps.
 */
export class GroupRegion implements Pick<Region, Operation | 'name'> {
  readonly name: string;
  readonly partitions: number;
  /** OCID of the stream: another one is another stream, with nothing in it but what is stored from then on. */
  ocid: string;
  /** Of the stream; OCI's own when undefined. */
  endpoint: string | undefined;
  /** What each call is answered with instead; undefined lets it through. May throw anything. */
  fault: ((operation: Operation) => CallFailure | undefined) | undefined;
  /** How long each call takes: resolves when it is to be answered. */
  latency: (() => Promise<unknown>) | undefined;
  /** How long the messages of a read take, after its head. */
  transfer: (() => Promise<unknown>) | undefined;
  /** Whether the messages of a read do not arrive, though its head does. */
  cuts: (() => boolean) | undefined;
  readonly calls: Call[] = [];
  readonly positions: GroupPosition[] = [];
  /** Partition to last committed offset. */
  readonly committed = new Map<string, number>();
  readonly members: Members;
  readonly #shared: boolean;
  readonly #strict: boolean;
  #logs: StoredMessage[][];
  /** Partition to how many of its oldest messages retention took. */
  readonly #expired = new Map<string, number>();
  readonly #clock: Pick<Clock, 'now' | 'wall'>;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  #generation = 0;

  constructor(
    name: string,
    partitions: number,
    clock: Pick<Clock, 'now' | 'wall'>,
    { shared = false, strict = false }: GroupRegionOptions = {},
  ) {
    this.name = name;
    this.partitions = partitions;
    this.ocid = `ocid1.stream.oc1.${name}.a`;
    this.members = new Members(partitions);
    this.#shared = shared;
    this.#strict = strict;
    this.#logs = emptyLogs(partitions);
    this.#clock = clock;
  }

  get stream(): StreamRef {
    return streamRef(this.name, this.ocid, this.endpoint);
  }

  /** The stream is deleted and created again. */
  recreate(ocid: string): void {
    this.ocid = ocid;
    this.#logs = emptyLogs(this.partitions);
    this.committed.clear();
    this.spoilCursors();
  }

  /** Stores texts, with offsets 0, 3, 6, … in their partition. */
  store(partition: number, ...texts: string[]): void {
    for (const text of texts) this.storeBytes(partition, null, Buffer.from(text));
  }

  storeBytes(partition: number, key: Uint8Array | null, value: Uint8Array): void {
    const log = this.#logs[partition] ?? [];
    const timestamp = new Date(this.#clock.wall()).toISOString();
    log.push({ partition: String(partition), offset: log.length * 3, key, value, timestamp });
  }

  /** Retention takes the oldest `count` messages of a partition, all in all. */
  expire(partition: number, count: number): void {
    this.#expired.set(String(partition), count);
  }

  /** The texts that a group's new member would still get. */
  uncommitted(): string[] {
    const kept = this.#logs.flatMap((_, partition) => this.#kept(String(partition)));
    const left = kept.filter(({ partition, offset }) => offset > this.#position(partition));
    return left.map(({ value }) => Buffer.from(value).toString());
  }

  /** Every cursor that is out becomes useless: expired, or made so by a rebalance. */
  spoilCursors(): void {
    this.#generation += 1;
  }

  /** Calls of one kind. */
  of(operation: Operation): readonly Call[] {
    return this.calls.filter((call) => call.operation === operation);
  }

  /** UpdateGroup to the oldest message: by the consumer, or by an operator. */
  resetGroup(
    stream: StreamRef = this.stream,
    _group?: string,
    _to?: PartitionPosition,
    options?: CallOptions,
  ): Promise<Answer<null>> {
    return this.#call('resetGroup', stream, options, () => {
      this.committed.clear();
      this.spoilCursors();
      return null;
    });
  }

  groupCursor(stream: StreamRef, position: GroupPosition, options?: CallOptions): Promise<Answer<string>> {
    return this.#call('groupCursor', stream, options, () => {
      this.positions.push(position);
      const { commitOnGet, instance, timeoutMs } = position;
      return issue({ generation: this.#generation, instance, timeoutMs, commitOnGet, delivered: {} });
    });
  }

  async read(
    stream: StreamRef,
    given: string,
    { limit, onNextCursor, ...options }: ReadOptions,
  ): Promise<Answer<ReadReply>> {
    const answer = await this.#call('read', stream, options, () => {
      const cursor = this.#open(given);
      if (cursor.alone !== undefined) return this.#readAlone(cursor, cursor.alone, limit);
      if (cursor.commitOnGet) this.#commit(cursor);
      const partition = this.#turn(cursor);
      const before = cursor.commitOnGet ? {} : cursor.delivered;
      if (partition === undefined)
        return { messages: [], nextCursor: issue({ ...cursor, delivered: before }) };
      const from = Math.max(this.#position(partition), before[partition] ?? -1);
      if (this.committed.has(partition) && this.#lostOffset(partition) > from) throw OUTSIDE_RETENTION;
      const messages = this.#kept(partition)
        .filter(({ offset }) => offset > from)
        .slice(0, limit);
      const last = messages.at(-1);
      const delivered = last === undefined ? before : { ...before, [partition]: last.offset };
      return { messages, nextCursor: issue({ ...cursor, delivered }) };
    });
    if (answer.ok) onNextCursor?.(answer.value.nextCursor);
    await this.transfer?.();
    return this.cuts?.() === true ? { ok: false, failure: status(500) } : answer;
  }

  commit(stream: StreamRef, given: string, options?: CallOptions): Promise<Answer<string>> {
    return this.#call('commit', stream, options, () => {
      const cursor = this.#open(given);
      this.#commit(cursor);
      return issue({ ...cursor, delivered: {} });
    });
  }

  heartbeat(stream: StreamRef, given: string, options?: CallOptions): Promise<Answer<string>> {
    return this.#call('heartbeat', stream, options, () => issue(this.#open(given)));
  }

  group(stream: StreamRef, _group: string, options?: CallOptions): Promise<Answer<readonly Reservation[]>> {
    return this.#call('group', stream, options, () => {
      this.members.evict(this.#clock.now());
      return this.#logs.map((_log, partition) => ({
        partition: String(partition),
        committedOffset: this.committed.get(String(partition)),
        instance: this.#shared ? this.members.holder(partition) : this.positions.at(-1)?.instance,
        until: undefined,
      }));
    });
  }

  partitionCursor(
    stream: StreamRef,
    partition: string,
    from: PartitionPosition,
    options?: CallOptions,
  ): Promise<Answer<string>> {
    return this.#call('partitionCursor', stream, options, () =>
      issue({
        generation: this.#generation,
        instance: '',
        timeoutMs: 0,
        commitOnGet: false,
        delivered: {},
        alone: { partition, after: this.#before(partition, from) },
      }),
    );
  }

  #before(partition: string, from: PartitionPosition): number {
    const log = this.#logs[Number(partition)]!;
    if (from === 'TRIM_HORIZON') return this.#lostOffset(partition);
    if (from === 'LATEST') return log.at(-1)?.offset ?? -1;
    if ('atOffset' in from) return from.atOffset - 1;
    if ('afterOffset' in from) return from.afterOffset;
    return log.findLast(({ timestamp }) => timestamp < from.time)?.offset ?? -1;
  }

  #readAlone(cursor: Cursor, { partition, after }: NonNullable<Cursor['alone']>, limit: number): ReadReply {
    if (after < this.#lostOffset(partition)) throw OUTSIDE_RETENTION;
    const left = this.#kept(partition).filter(({ offset }) => offset > after);
    const messages = left.slice(0, limit);
    const last = messages.at(-1)?.offset ?? after;
    return { messages, nextCursor: issue({ ...cursor, alone: { partition, after: last } }) };
  }

  /** Of the last message that retention took; -1 for none. */
  #lostOffset(partition: string): number {
    return this.#logs[Number(partition)]![(this.#expired.get(partition) ?? 0) - 1]?.offset ?? -1;
  }

  async #call<T>(
    operation: Operation,
    stream: StreamRef,
    options: CallOptions | undefined,
    answer: () => T,
  ): Promise<Answer<T>> {
    await this.latency?.();
    const at = this.#clock.now();
    const absent = stream.ocid === this.ocid ? undefined : status(404);
    const failure = this.fault?.(operation) ?? absent ?? this.#tooMany(operation);
    const isAborted = options?.signal?.aborted === true;
    const ended = failure ?? (isAborted ? ABORTED : undefined);
    if (ended !== undefined) {
      this.calls.push({ operation, at, failure: ended });
      return { ok: false, failure: ended };
    }
    try {
      const value = answer();
      this.calls.push({ operation, at });
      return { ok: true, value };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.calls.push({ operation, at, failure: error.failure });
      return { ok: false, failure: error.failure };
    }
  }

  /** The partition that a read of a member is about. */
  #turn({ instance, timeoutMs }: Cursor): string | undefined {
    const all = this.#logs.map((_, partition) => partition);
    const held = this.#shared ? this.members.read(instance, timeoutMs, this.#clock.now()) : all;
    const inTurn = this.members.inTurn(instance, held);
    const free = inTurn.filter((partition) => !this.#strict || this.#waitMs(`read ${partition}`) === 0);
    const partition = free[0];
    if (partition === undefined) {
      if (inTurn.length === 0) return undefined;
      throw new Refusal(tooMany(Math.min(...inTurn.map((each) => this.#waitMs(`read ${each}`)))));
    }
    if (this.#strict) this.#take(`read ${partition}`);
    this.members.took(instance, partition);
    return String(partition);
  }

  #tooMany(operation: Operation): CallFailure | undefined {
    if (!this.#strict || operation === 'read') return undefined;
    const waitMs = this.#waitMs(operation);
    if (waitMs > 0) return tooMany(waitMs);
    this.#take(operation);
    return undefined;
  }

  /** A second's worth is saved up; the last call may overdraw it. */
  #waitMs(name: string): number {
    const { tokens } = this.#bucket(name);
    return tokens > 0 ? 0 : Math.floor(-tokens * 200) + 1;
  }

  #take(name: string): void {
    this.#bucket(name).tokens -= 1;
  }

  #bucket(name: string): { tokens: number; at: number } {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(name) ?? { tokens: 5, at: now };
    bucket.tokens = Math.min(5, bucket.tokens + (now - bucket.at) / 200);
    bucket.at = now;
    this.#buckets.set(name, bucket);
    return bucket;
  }

  #kept(partition: string): StoredMessage[] {
    return this.#logs[Number(partition)]!.slice(this.#expired.get(partition) ?? 0);
  }

  #position(partition: string): number {
    return this.committed.get(partition) ?? -1;
  }

  /** All or nothing: one partition that another member holds refuses the whole commit. */
  #commit({ delivered, instance }: Cursor): void {
    const taken = ([partition]: [string, number]): boolean => {
      const holder = this.members.holder(Number(partition));
      return this.#shared && holder !== instance;
    };
    const entries = Object.entries(delivered);
    if (entries.some((entry) => taken(entry) && entry[1] > this.#position(entry[0]))) {
      throw new Refusal(status(400, 'Trying to commit unreserved partition'));
    }
    for (const [partition, offset] of entries) {
      this.committed.set(partition, Math.max(offset, this.#position(partition)));
    }
  }

  #open(text: string): Cursor {
    const cursor = JSON.parse(text) as Cursor;
    if (cursor.generation !== this.#generation) {
      throw new Refusal(status(400, 'The cursor is invalid. Create a new one.'));
    }
    if (this.#shared && cursor.alone === undefined) {
      this.members.evict(this.#clock.now());
      this.members.see(cursor.instance, cursor.timeoutMs, this.#clock.now());
    }
    return cursor;
  }
}

class Refusal extends Error {
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super('refused');
    this.failure = failure;
  }
}

export const ABORTED: CallFailure = { type: 'aborted', written: false };

const OUTSIDE_RETENTION = new Refusal(
  status(400, 'The cursor is outside the retention period and is now invalid.'),
);

export function status(code: number, message = ''): CallFailure {
  return { type: 'status', status: code, code: '', message };
}

function tooMany(waitMs: number): CallFailure {
  return status(429, `Too many requests, next request can be made in ${waitMs} ms`);
}

function issue(cursor: Cursor): string {
  return JSON.stringify(cursor);
}

function emptyLogs(partitions: number): StoredMessage[][] {
  return Array.from({ length: partitions }, () => []);
}
