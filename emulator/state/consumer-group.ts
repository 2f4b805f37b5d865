import type { PartitionLog } from './partition-log.ts';

export type GroupStart =
  | { readonly type: 'TRIM_HORIZON' }
  | { readonly type: 'LATEST' }
  | { readonly type: 'AT_TIME'; readonly time: number };

/** A partition as a group sees it. */
interface Place {
  /** Offset of the last message committed. */
  committed: number | undefined;
  /** Where reading starts before the first commit. */
  start: { readonly from: 'oldest' } | { readonly from: number } | { readonly time: number };
  holder: string | undefined;
}

interface Member {
  timeoutMs: number;
  lastSeen: number;
  /** The partition that its next read starts looking at: no partition waits for ever behind a busy one. */
  turn: number;
}

/** A consumer group as plain values. */
export interface GroupRecord {
  readonly name: string;
  readonly generation: number;
  readonly lastUsed: number;
  readonly places: readonly Place[];
  readonly members: readonly (readonly [instance: string, member: Member])[];
}

/**
 * A consumer group: who reads which partition, and up to where. A member joins when it reads, is gone when it has
 * been silent for its time-out, and holds its share of the partitions alone. Members are not told of a rebalance.
 */
export class ConsumerGroup {
  readonly name: string;
  /** Goes up with each reset: cursors of an older generation no longer say where to read. */
  generation = 0;
  lastUsed: number;
  #places: Place[];
  /** In the order in which they joined. */
  readonly #members = new Map<string, Member>();

  constructor(name: string, logs: readonly PartitionLog[], start: GroupStart, now: number) {
    this.name = name;
    this.lastUsed = now;
    this.#places = logs.map((log) => placeAt(log, start));
  }

  /** All there is to it, as plain values. */
  record(): GroupRecord {
    const { name, generation, lastUsed } = this;
    return { name, generation, lastUsed, places: this.#places, members: [...this.#members] };
  }

  static restored({ name, generation, lastUsed, places, members }: GroupRecord): ConsumerGroup {
    const group = new ConsumerGroup(name, [], { type: 'TRIM_HORIZON' }, lastUsed);
    group.generation = generation;
    group.#places = [...places];
    for (const [instance, member] of members) group.#members.set(instance, member);
    return group;
  }

  /** Takes every partition back to `start`; members keep their places. */
  reset(logs: readonly PartitionLog[], start: GroupStart): void {
    this.generation += 1;
    this.#places = this.#places.map(({ holder }, index) => ({ ...placeAt(logs[index]!, start), holder }));
  }

  /** Removes members that were silent for too long; their partitions are free. */
  evict(now: number): void {
    for (const [name, member] of this.#members) {
      if (now - member.lastSeen < member.timeoutMs) continue;
      this.#members.delete(name);
      for (const place of this.#places) if (place.holder === name) place.holder = undefined;
    }
  }

  /** The member is alive. Joins it when it is new. */
  see(instance: string, timeoutMs: number, now: number): void {
    this.lastUsed = now;
    const member = this.#members.get(instance);
    if (member === undefined) this.#members.set(instance, { timeoutMs, lastSeen: now, turn: 0 });
    else Object.assign(member, { timeoutMs, lastSeen: now });
  }

  /**
   * Gives the member its share, plus or minus one: it lets go of what is too much (those it has nothing uncommitted
   * in go first) and takes what is free.
   */
  rebalance(instance: string, uncommitted: ReadonlySet<number>): void {
    const rank = [...this.#members.keys()].indexOf(instance);
    const share = Math.floor(this.#places.length / this.#members.size);
    const target = share + (rank < this.#places.length % this.#members.size ? 1 : 0);
    const held = this.heldBy(instance);
    const dispensable = [...held].sort(
      (a, b) => Number(uncommitted.has(a)) - Number(uncommitted.has(b)) || b - a,
    );
    for (const partition of dispensable.slice(0, Math.max(0, held.length - target))) {
      this.#places[partition]!.holder = undefined;
    }
    let missing = target - held.length;
    for (const place of this.#places) {
      if (missing <= 0) return;
      if (place.holder !== undefined) continue;
      place.holder = instance;
      missing -= 1;
    }
  }

  heldBy(instance: string): number[] {
    return this.#places.flatMap((place, index) => (place.holder === instance ? [index] : []));
  }

  /** The member's partitions, beginning with the one whose turn it is. */
  inTurn(instance: string): number[] {
    const held = this.heldBy(instance);
    const turn = this.#members.get(instance)?.turn ?? 0;
    return [...held.filter((index) => index >= turn), ...held.filter((index) => index < turn)];
  }

  /** The member has read from this partition: the next one is first next time. */
  took(instance: string, partition: number): void {
    const member = this.#members.get(instance);
    if (member !== undefined) member.turn = partition + 1;
  }

  /** Whether the member may commit `offset`. What is committed already may be said again: a repeated call is no fault. */
  mayCommit(instance: string, partition: number, offset: number): boolean {
    const place = this.#places[partition];
    return place !== undefined && (place.holder === instance || offset <= (place.committed ?? -1));
  }

  /** Never goes back. */
  commit(partition: number, offset: number): void {
    const place = this.#places[partition]!;
    place.committed = Math.max(place.committed ?? -1, offset);
  }

  /** The offset to read next, as far as commits tell. */
  position(partition: number, log: PartitionLog): number {
    const { committed, start } = this.#places[partition]!;
    if (committed !== undefined) return committed + 1;
    if ('time' in start) return log.offsetAt(start.time);
    return start.from === 'oldest' ? log.lostBefore : start.from;
  }

  reservations(): {
    committedOffset: number | undefined;
    instance: string | undefined;
    until: number | undefined;
  }[] {
    return this.#places.map(({ committed, holder }) => {
      const member = holder === undefined ? undefined : this.#members.get(holder);
      const until = member === undefined ? undefined : member.lastSeen + member.timeoutMs;
      return { committedOffset: committed, instance: holder, until };
    });
  }
}

function placeAt(log: PartitionLog, start: GroupStart): Place {
  const place = { committed: undefined, holder: undefined };
  switch (start.type) {
    case 'TRIM_HORIZON':
      return { ...place, start: { from: 'oldest' } };
    case 'LATEST':
      return { ...place, start: { from: log.nextOffset } };
    case 'AT_TIME':
      return { ...place, start: { time: start.time } };
  }
}
