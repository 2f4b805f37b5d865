import type { PartitionLog } from './partition-log.ts';

export type GroupStart =
  | { readonly type: 'TRIM_HORIZON' }
  | { readonly type: 'LATEST' }
  | { readonly type: 'AT_TIME'; readonly time: number };

/** What a group knows of one partition. The field names are also those of the data file. */
interface GroupPartition {
  /** The offset of the last message committed. */
  committed: number | undefined;
  /** Where reads start before the first commit. */
  start: { readonly from: 'oldest' } | { readonly from: number } | { readonly time: number };
  holder: string | undefined;
}

interface Member {
  timeoutMs: number;
  lastSeen: number;
  /** The partition that the next read tries first. Without it a busy partition would starve the others. */
  turn: number;
}

/** A consumer group as plain values, as the data file holds it. */
export interface GroupRecord {
  readonly name: string;
  readonly generation: number;
  readonly lastUsed: number;
  readonly places: readonly GroupPartition[];
  readonly members: readonly (readonly [instance: string, member: Member])[];
}

/**
 * A consumer group: which member reads which partition, and up to which offset. A member joins with its first read, and is removed when
 * it sent nothing for its time-out. One partition has at most one member. A member learns of a rebalance only from the partitions
 * that it gets.
 */
export class ConsumerGroup {
  readonly name: string;
  /** Increases with each reset. The offsets in cursors of an older generation are ignored. */
  generation = 0;
  lastUsed: number;
  #partitions: GroupPartition[];
  /** In the order of joining. */
  readonly #members = new Map<string, Member>();

  constructor(name: string, logs: readonly PartitionLog[], start: GroupStart, now: number) {
    this.name = name;
    this.lastUsed = now;
    this.#partitions = logs.map((log) => partitionAt(log, start));
  }

  record(): GroupRecord {
    const { name, generation, lastUsed } = this;
    return { name, generation, lastUsed, places: this.#partitions, members: [...this.#members] };
  }

  static restored({ name, generation, lastUsed, places, members }: GroupRecord): ConsumerGroup {
    const group = new ConsumerGroup(name, [], { type: 'TRIM_HORIZON' }, lastUsed);
    group.generation = generation;
    group.#partitions = [...places];
    for (const [instance, member] of members) group.#members.set(instance, member);
    return group;
  }

  /** Sets every partition to `start`. Members keep their partitions. */
  reset(logs: readonly PartitionLog[], start: GroupStart): void {
    this.generation += 1;
    this.#partitions = this.#partitions.map(({ holder }, index) => ({
      ...partitionAt(logs[index]!, start),
      holder,
    }));
  }

  /** Removes the members whose time-out is over, and frees their partitions. */
  removeTimedOut(now: number): void {
    for (const [name, member] of this.#members) {
      if (now - member.lastSeen < member.timeoutMs) continue;
      this.#members.delete(name);
      for (const place of this.#partitions) if (place.holder === name) place.holder = undefined;
    }
  }

  /** Adds the member if it is new. */
  recordHeartbeat(instance: string, timeoutMs: number, now: number): void {
    this.lastUsed = now;
    const member = this.#members.get(instance);
    if (member === undefined) this.#members.set(instance, { timeoutMs, lastSeen: now, turn: 0 });
    else Object.assign(member, { timeoutMs, lastSeen: now });
  }

  /**
   * Gives the member its share of the partitions. It releases those above its share (first those without uncommitted messages), and takes
   * free ones up to its share.
   */
  rebalance(instance: string, uncommitted: ReadonlySet<number>): void {
    const rank = [...this.#members.keys()].indexOf(instance);
    const share = Math.floor(this.#partitions.length / this.#members.size);
    const target = share + (rank < this.#partitions.length % this.#members.size ? 1 : 0);
    const held = this.heldBy(instance);
    const releaseOrder = [...held].sort(
      (a, b) => Number(uncommitted.has(a)) - Number(uncommitted.has(b)) || b - a,
    );
    for (const partition of releaseOrder.slice(0, Math.max(0, held.length - target))) {
      this.#partitions[partition]!.holder = undefined;
    }
    let missing = target - held.length;
    for (const place of this.#partitions) {
      if (missing <= 0) return;
      if (place.holder !== undefined) continue;
      place.holder = instance;
      missing -= 1;
    }
  }

  heldBy(instance: string): number[] {
    return this.#partitions.flatMap((place, index) => (place.holder === instance ? [index] : []));
  }

  /** The member's partitions, in the order in which its next read tries them. */
  readOrder(instance: string): number[] {
    const held = this.heldBy(instance);
    const turn = this.#members.get(instance)?.turn ?? 0;
    return [...held.filter((index) => index >= turn), ...held.filter((index) => index < turn)];
  }

  /** The next read starts with the partition after this one. */
  recordRead(instance: string, partition: number): void {
    const member = this.#members.get(instance);
    if (member !== undefined) member.turn = partition + 1;
  }

  /** An offset that is already committed may be committed again: a client may repeat its call. */
  mayCommit(instance: string, partition: number, offset: number): boolean {
    const place = this.#partitions[partition];
    return place !== undefined && (place.holder === instance || offset <= (place.committed ?? -1));
  }

  /** A commit of an older offset changes nothing. */
  commit(partition: number, offset: number): void {
    const place = this.#partitions[partition]!;
    place.committed = Math.max(place.committed ?? -1, offset);
  }

  /** The offset after the last commit; without a commit, the start. */
  position(partition: number, log: PartitionLog): number {
    const { committed, start } = this.#partitions[partition]!;
    if (committed !== undefined) return committed + 1;
    if ('time' in start) return log.offsetAt(start.time);
    return start.from === 'oldest' ? log.lostBefore : start.from;
  }

  reservations(): {
    committedOffset: number | undefined;
    instance: string | undefined;
    until: number | undefined;
  }[] {
    return this.#partitions.map(({ committed, holder }) => {
      const member = holder === undefined ? undefined : this.#members.get(holder);
      const until = member === undefined ? undefined : member.lastSeen + member.timeoutMs;
      return { committedOffset: committed, instance: holder, until };
    });
  }
}

function partitionAt(log: PartitionLog, start: GroupStart): GroupPartition {
  const partition = { committed: undefined, holder: undefined };
  switch (start.type) {
    case 'TRIM_HORIZON':
      return { ...partition, start: { from: 'oldest' } };
    case 'LATEST':
      return { ...partition, start: { from: log.nextOffset } };
    case 'AT_TIME':
      return { ...partition, start: { time: start.time } };
  }
}
