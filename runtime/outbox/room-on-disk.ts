import { HaError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { rowCost, type OutboxTotals } from './outbox-store.ts';
import type { WriteQueue } from './write-queue.ts';

interface RoomParts {
  readonly directory: string;
  readonly emit: EventListener;
  readonly limits: { readonly maxOutboxBytes: number };
  readonly queue: WriteQueue;
  /** On disk. */
  readonly totals: () => OutboxTotals;
}

/** How much the outbox takes yet: `maxOutboxBytes`, and what the disk has room for. */
export class RoomOnDisk {
  readonly #parts: RoomParts;
  /** That the limit is reached is told once, until the outbox was empty. */
  #isTold = false;

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  /** Whether a message of so many bytes (key plus value) can be written. */
  has(bytes: number): boolean {
    const { queue, limits } = this.#parts;
    if (queue.problem?.type === 'full') return false;
    // What comes waits in memory.
    if (queue.problem?.type === 'stopped') return true;
    const taken = this.#taken;
    // One message fits in any case: no limit is smaller than one.
    return taken === 0 || taken + rowCost({ bytes }) <= limits.maxOutboxBytes;
  }

  /** A sender has to wait for room. */
  isAwaited(): void {
    const { queue, directory, emit } = this.#parts;
    if (this.#isTold || queue.problem !== undefined) return;
    this.#isTold = true;
    emit({ type: 'outbox-full', directory, because: this.#limitInWords() });
  }

  /** Nothing is on disk. */
  isEmptied(): void {
    this.#isTold = false;
  }

  /** The error of a message for which there is no room; undefined when nothing had to wait for it. */
  get error(): HaError | undefined {
    const { queue, directory } = this.#parts;
    if (queue.problem === undefined && !this.#isTold) return undefined;
    return new HaError(
      'OUTBOX_FULL',
      `The message is not accepted: no region takes messages fast enough, and the outbox ${directory} has no room: ${queue.problem?.because ?? this.#limitInWords()}.`,
    );
  }

  /** Bytes that are on disk, and those on their way there. */
  get #taken(): number {
    return this.#parts.totals().bytes + this.#parts.queue.bytes;
  }

  #limitInWords(): string {
    const { limits } = this.#parts;
    return `it holds ${this.#taken} of ${limits.maxOutboxBytes} bytes (\`maxOutboxBytes\`)`;
  }
}
