import type { Clock } from '../../clock.ts';
import type { Reading, StreamConsumer } from '../../consumer/index.ts';
import type { Note } from '../../log/log.ts';

/** Why a bounded read cannot say that it read everything; empty when it can. */
export function unreached(readings: readonly Reading[]): string[] {
  return readings.flatMap(({ region, isAbsent, health }) => {
    switch (health.type) {
      case 'answering':
        return [];
      case 'unknown':
        // There is no stream before the first failover.
        if (isAbsent) return [];
        return [`${region} has not answered yet`];
      case 'retrying':
      case 'failing':
        return [`${region} does not answer: ${health.latest}`];
      case 'renewing':
        return [`${region} takes no cursor`];
      case 'refused':
        return [`${region} refuses to be read: ${health.latest}`];
    }
  });
}

/** Whether a region that has not answered can still do so. */
function isPending(readings: readonly Reading[]): boolean {
  return readings.some(
    ({ isAbsent, health }) =>
      (health.type === 'unknown' && !isAbsent) ||
      health.type === 'retrying' ||
      health.type === 'renewing' ||
      (health.type === 'refused' && !health.final),
  );
}

/** How often a bounded read checks again whether it may end (ms). */
const CHECK_AGAIN_MS = 250;

interface IdleParts {
  readonly clock: Clock;
  readonly note: (note: Note) => void;
  readonly untilIdleMs: number;
  /** How long a region that does not answer is waited for. */
  readonly patienceMs: number;
  /** Partitions of this member are read at least this often. */
  readonly pollMs: number;
  readonly readings: () => readonly Reading[];
  /** The number of messages that were read so far and not handed out, because they are copies. */
  readonly copies: () => number;
  readonly heldByOthers: StreamConsumer['heldByOthers'];
  readonly onIdle: (unreached: readonly string[]) => void;
}

/**
 * Ends a read when no message came for `untilIdleMs`, no copy either: behind it may be messages that are none. Idle time counts only
 * while the regions answer and no message is in hand.
 * A region that does not answer is waited for as long as a call is retried.
 */
export class IdleEnd {
  readonly #parts: IdleParts;
  /** Partitions that are held by others, with the time until which they were held when that was logged. */
  readonly #heldUntil = new Map<string, string>();
  #since: number;
  /** What other members held at the last look, by region and partition. */
  #held: ReadonlySet<string> = new Set();
  #isInHand = false;
  #copies = 0;
  #isStopped = false;
  #cancel: () => void;

  constructor(parts: IdleParts) {
    this.#parts = parts;
    this.#since = parts.clock.now();
    this.#cancel = parts.clock.after(this.#lookAtMs, () => void this.#check());
  }

  /** A message came. There is no idle time until it is handled: that may take longer than `untilIdleMs`, and others wait behind it. */
  messageCame(): void {
    this.#isInHand = true;
  }

  /** The message is printed, executed or stored as a dead letter: idle time begins again. */
  messageHandled(): void {
    this.#isInHand = false;
    this.#restart();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #check(): Promise<void> {
    const { clock, untilIdleMs, patienceMs, readings, copies, heldByOthers, onIdle } = this.#parts;
    if (this.#isInHand) return this.#checkIn(CHECK_AGAIN_MS);
    const removed = copies();
    if (removed > this.#copies) this.#restart();
    this.#copies = removed;
    const idleMs = clock.now() - this.#since;
    if (idleMs < this.#lookAtMs) return this.#checkIn(this.#lookAtMs - idleMs);
    if (isPending(readings()) && idleMs < patienceMs) return this.#checkIn(CHECK_AGAIN_MS);
    const held = await heldByOthers();
    if (this.#isStopped) return;
    // What a dead member held can be read now: idle time begins again.
    if (this.#isAnyFree(held)) this.#restart();
    const leftMs = untilIdleMs - (clock.now() - this.#since);
    if (leftMs > 0) return this.#checkIn(leftMs);
    const isIdle = !this.#waitsFor(held) && !this.#isInHand;
    if (!isIdle) return this.#checkIn(CHECK_AGAIN_MS);
    onIdle(unreached(readings()));
  }

  /**
   * When to look, of the idle time, which partitions others hold, and not only at its end: one that is free by then, or is just
   * being taken over, was not read. What becomes free before this look is read in the rest.
   */
  get #lookAtMs(): number {
    const { untilIdleMs, pollMs } = this.#parts;
    return Math.max(0, Math.min(untilIdleMs / 2, untilIdleMs - 2 * pollMs));
  }

  #isAnyFree(held: Awaited<ReturnType<StreamConsumer['heldByOthers']>>): boolean {
    const before = this.#held;
    this.#held = new Set(held.map(({ region, partition }) => `${region} ${partition}`));
    return [...before].some((partition) => !this.#held.has(partition));
  }

  #restart(): void {
    this.#since = this.#parts.clock.now();
  }

  #checkIn(ms: number): void {
    this.#cancel = this.#parts.clock.after(ms, () => void this.#check());
  }

  /** A dead member keeps its partitions until its time-out, so they are waited for. A live one reads them itself. */
  #waitsFor(held: Awaited<ReturnType<StreamConsumer['heldByOthers']>>): boolean {
    let isWaiting = false;
    for (const { region, partition, instance, until = 'its time-out' } of held) {
      const name = `${region} ${partition} ${instance}`;
      const before = this.#heldUntil.get(name);
      this.#heldUntil.set(name, before ?? until);
      if (before === undefined) {
        const lines = [
          `Partition ${partition} of ${region} is held by another member of the group until ${until}: its messages are not read here.`,
        ];
        const fields = { partition, until };
        this.#parts.note({ type: 'partitions-held', level: 'warn', region, lines, fields });
      }
      if (before === undefined || before === until) isWaiting = true;
    }
    return isWaiting;
  }
}
