import type { StoredMessage, Stream } from '../state/index.ts';
import type { Context } from './operation.ts';
import { refusal } from './service-error.ts';

/** How fast one group (`''` stands for plain cursors) reads the partitions of a stream. */
export class ReadRate {
  readonly #context: Context;
  readonly #name: string;

  constructor(context: Context, stream: Stream, group: string) {
    this.#context = context;
    this.#name = `${stream.id} ${group}`;
  }

  /** Those of `partitions` that may be read now. Refuses the call when there are some, but none may. */
  check(partitions: readonly number[]): readonly number[] {
    const waits = partitions.map((partition) => this.#waitMs(partition));
    if (waits.length > 0 && !waits.includes(0)) throw refusal.tooMany('reads', Math.min(...waits));
    return partitions.filter((_, index) => waits[index] === 0);
  }

  /** Counts one read of `partition` that gave `messages`. */
  take(partition: number, messages: readonly StoredMessage[]): void {
    const { now, region } = this.#context;
    const { getsPerSecond, getBytesPerSecond } = region.rules.limits;
    if (getsPerSecond < Infinity)
      region.throttle.take(`get ${this.#name} ${partition}`, 1, getsPerSecond, now);
    if (getBytesPerSecond === Infinity) return;
    let bytes = 0;
    for (const { key, value } of messages) bytes += (((key?.length ?? 0) + value.length) * 3) / 4;
    region.throttle.take(`out ${this.#name} ${partition}`, bytes, getBytesPerSecond, now);
  }

  #waitMs(partition: number): number {
    const { now, region } = this.#context;
    const { getsPerSecond, getBytesPerSecond } = region.rules.limits;
    return Math.max(
      getsPerSecond === Infinity
        ? 0
        : region.throttle.wait(`get ${this.#name} ${partition}`, getsPerSecond, now),
      getBytesPerSecond === Infinity
        ? 0
        : region.throttle.wait(`out ${this.#name} ${partition}`, getBytesPerSecond, now),
    );
  }
}
