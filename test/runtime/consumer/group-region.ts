import type { CallFailure } from '../../../runtime/core/index.ts';
import { CallError } from '../../../runtime/errors.ts';
import type { GroupPosition, ReadReply, Region, StoredMessage, StreamRef } from '../../../runtime/region.ts';

type Operation =
  | 'groupCursor'
  | 'read'
  | 'commit'
  | 'heartbeat'
  | 'resetGroup'
  | 'committedOffsets'
  | 'oldestCursor';

interface Cursor {
  /** Reads this partition alone, from its oldest message on. */
  readonly oldestOf?: string;
  readonly generation: number;
  readonly commitOnGet: boolean;
  /** Partition to last offset delivered and not committed. */
  readonly delivered: Readonly<Record<string, number>>;
}

/**
 * The reading half of a region, for one group, in memory. As mean as the protocol allows: one answer holds one partition,
 * an empty one says nothing about the others, offsets have gaps.
 */
export class GroupRegion implements Pick<Region, Operation | 'name'> {
  readonly name: string;
  readonly partitions: number;
  /** What each call is answered with instead; undefined lets it through. */
  fault: ((operation: Operation) => CallFailure | undefined) | undefined;
  readonly calls: { readonly operation: Operation; readonly at: number }[] = [];
  readonly positions: GroupPosition[] = [];
  /** Partition to last committed offset. */
  readonly committed = new Map<string, number>();
  readonly #logs: StoredMessage[][];
  /** Partition to how many of its oldest messages retention took. */
  readonly #expired = new Map<string, number>();
  readonly #now: () => number;
  #generation = 0;
  #turn = 0;

  constructor(name: string, partitions: number, now: () => number) {
    this.name = name;
    this.partitions = partitions;
    this.#logs = Array.from({ length: partitions }, () => []);
    this.#now = now;
  }

  get stream(): StreamRef & { readonly partitions: number } {
    const endpoint = `https://cell-1.streaming.${this.name}.oci.oraclecloud.com`;
    return {
      region: this.name,
      ocid: `ocid1.stream.oc1.${this.name}.a`,
      endpoint,
      partitions: this.partitions,
    };
  }

  /** Stores texts, with offsets 0, 3, 6, … in their partition. */
  store(partition: number, ...texts: string[]): void {
    const log = this.#logs[partition] ?? [];
    for (const text of texts) {
      const value = Buffer.from(text);
      const timestamp = new Date(this.#now()).toISOString();
      log.push({ partition: String(partition), offset: log.length * 3, key: null, value, timestamp });
    }
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

  /** UpdateGroup to the oldest message: by the consumer, or by an operator. */
  async resetGroup(): Promise<void> {
    this.#called('resetGroup');
    this.committed.clear();
    this.spoilCursors();
  }

  async groupCursor(_stream: StreamRef, position: GroupPosition): Promise<string> {
    this.#called('groupCursor');
    this.positions.push(position);
    return this.#issue({ generation: this.#generation, commitOnGet: position.commitOnGet, delivered: {} });
  }

  async read(_stream: StreamRef, given: string, { limit }: { limit: number }): Promise<ReadReply> {
    this.#called('read');
    const cursor = this.#open(given);
    if (cursor.oldestOf !== undefined) {
      return { messages: this.#kept(cursor.oldestOf).slice(0, limit), nextCursor: given };
    }
    if (cursor.commitOnGet) this.#commit(cursor);
    const partition = String(this.#turn++ % this.partitions);
    const from = Math.max(this.#position(partition), cursor.delivered[partition] ?? -1);
    const lost = this.#logs[Number(partition)]![(this.#expired.get(partition) ?? 0) - 1];
    if (this.committed.has(partition) && lost !== undefined && lost.offset > from) throw OUTSIDE_RETENTION;
    const messages = this.#kept(partition)
      .filter(({ offset }) => offset > from)
      .slice(0, limit);
    const last = messages.at(-1);
    const before = cursor.commitOnGet ? {} : cursor.delivered;
    const delivered = last === undefined ? before : { ...before, [partition]: last.offset };
    return { messages, nextCursor: this.#issue({ ...cursor, delivered }) };
  }

  async commit(_stream: StreamRef, given: string): Promise<string> {
    this.#called('commit');
    const cursor = this.#open(given);
    this.#commit(cursor);
    return this.#issue({ ...cursor, delivered: {} });
  }

  async heartbeat(_stream: StreamRef, given: string): Promise<string> {
    this.#called('heartbeat');
    return this.#issue(this.#open(given));
  }

  async committedOffsets(): Promise<ReadonlyMap<string, number>> {
    this.#called('committedOffsets');
    return new Map(this.committed);
  }

  async oldestCursor(_stream: StreamRef, partition: string): Promise<string> {
    this.#called('oldestCursor');
    return this.#issue({
      generation: this.#generation,
      commitOnGet: false,
      delivered: {},
      oldestOf: partition,
    });
  }

  #kept(partition: string): StoredMessage[] {
    return this.#logs[Number(partition)]!.slice(this.#expired.get(partition) ?? 0);
  }

  #called(operation: Operation): void {
    this.calls.push({ operation, at: this.#now() });
    const failure = this.fault?.(operation);
    if (failure !== undefined) throw new CallError({ region: this.name, operation }, failure);
  }

  #position(partition: string): number {
    return this.committed.get(partition) ?? -1;
  }

  #commit({ delivered }: Cursor): void {
    for (const [partition, offset] of Object.entries(delivered)) this.committed.set(partition, offset);
  }

  #issue(cursor: Cursor): string {
    return JSON.stringify(cursor);
  }

  #open(text: string): Cursor {
    const cursor = JSON.parse(text) as Cursor;
    if (cursor.generation === this.#generation) return cursor;
    throw new CallError(
      { region: this.name, operation: 'read' },
      status(400, 'The cursor is invalid. Create a new one.'),
    );
  }
}

export function status(code: number, message = ''): CallFailure {
  return { type: 'status', status: code, code: '', message };
}

const OUTSIDE_RETENTION = new CallError(
  { region: 'any', operation: 'read' },
  status(400, 'The cursor is outside the retention period and is now invalid.'),
);
