interface Member {
  timeoutMs: number;
  lastSeen: number;
  turn: number;
}

/**
 * Who of a consumer group holds which partition: a member joins when it reads, is gone when it was silent for its time-out,
 * and holds its share of the partitions alone. Members are not told of a rebalance.
 */
export class Members {
  /** In the order in which they joined. */
  readonly #members = new Map<string, Member>();
  readonly #turns = new Map<string, number>();
  readonly #holders: (string | undefined)[];

  constructor(partitions: number) {
    this.#holders = Array.from({ length: partitions }, () => undefined);
  }

  holder(partition: number): string | undefined {
    return this.#holders[partition];
  }

  evict(now: number): void {
    for (const [name, { lastSeen, timeoutMs }] of this.#members) {
      if (now - lastSeen < timeoutMs) continue;
      this.#members.delete(name);
      for (const [partition, holder] of this.#holders.entries()) {
        if (holder === name) this.#holders[partition] = undefined;
      }
    }
  }

  see(name: string, timeoutMs: number, now: number): void {
    const turn = this.#members.get(name)?.turn ?? 0;
    this.#members.set(name, { timeoutMs, lastSeen: now, turn });
  }

  /** The partitions of a member that reads now, after it has let go of what is too much and taken what is free. */
  read(name: string, timeoutMs: number, now: number): number[] {
    this.evict(now);
    this.see(name, timeoutMs, now);
    const rank = [...this.#members.keys()].indexOf(name);
    const share = Math.floor(this.#holders.length / this.#members.size);
    const target = share + (rank < this.#holders.length % this.#members.size ? 1 : 0);
    for (const partition of this.#heldBy(name).slice(target)) this.#holders[partition] = undefined;
    for (const [partition, holder] of this.#holders.entries()) {
      if (holder === undefined && this.#heldBy(name).length < target) this.#holders[partition] = name;
    }
    return this.#heldBy(name);
  }

  /** `held`, beginning with the partition whose turn it is. */
  inTurn(name: string, held: readonly number[]): number[] {
    const turn = this.#turns.get(name) ?? 0;
    return [...held.filter((each) => each >= turn), ...held.filter((each) => each < turn)];
  }

  took(name: string, partition: number): void {
    this.#turns.set(name, partition + 1);
  }

  #heldBy(name: string): number[] {
    return [...this.#holders.entries()]
      .filter(([, holder]) => holder === name)
      .map(([partition]) => partition);
  }
}
